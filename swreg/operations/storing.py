"""Where the files of a new version go, and their way there before the commit that names them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from swreg.domain.duration import parse_duration
from swreg.domain.quantity import parse_quantity
from swreg.errors import UsageError
from swreg.operations.project import Project
from swreg.operations.stored_files import SIDE_FILES
from swreg.operations.target import WriteOptions, target_of
from swreg.storage.artifacts.payload import Payload, staging
from swreg.storage.source import Revision, load_policy

if TYPE_CHECKING:
    from swreg.domain.metadata_keys import FileFact
    from swreg.domain.policy import Policy
    from swreg.storage.artifacts.cache import Cache
    from swreg.storage.artifacts.stores import Store

_KEYS = ("swreg.storetimeout", "swreg.cachedir", "swreg.cachesize")


def store_of(project: Project, options: WriteOptions) -> Store | None:
    """The store for a new version's files, None where git keeps them.

    What the caller named wins over the policy of the branch that is written to.
    """
    uri = project.storage or _policy(project, options).artifacts.storage
    if uri is None:
        return None
    from swreg.storage.artifacts.stores import open_store

    return open_store(uri)


def _policy(project: Project, options: WriteOptions) -> Policy:
    if options.branch is None:
        return project.policy
    base = target_of(project, options).base
    return load_policy(Revision(project.git, base), project.layout, project.index)


@contextmanager
def set_aside(project: Project, store: Store | None) -> Iterator[Path]:
    """A private folder for the files of a version, on the disk of a store that is a folder."""
    from swreg.storage.artifacts.in_folder import Folder

    if isinstance(store, Folder) and store.root.is_dir():
        with staging(store.temporary, shared=True) as place:
            yield place
    else:
        with staging(project.git.common_dir / "swreg") as place:
            yield place


def stored_part(payload: Payload) -> tuple[FileFact, ...]:
    """The files that a store keeps: all but those that readers of a version look into."""
    return tuple(one for one in payload.files if one.path not in SIDE_FILES)


def upload(
    project: Project,
    store: Store,
    payload: Payload,
    *,
    progress: Callable[[int], None] = lambda done: None,
) -> None:
    """Put a version's files into its store, proven, before anything names them.

    Where somebody frees files meanwhile, they are looked at again afterwards.
    """
    from swreg.storage.artifacts import sharing
    from swreg.storage.artifacts.crew import ask
    from swreg.storage.artifacts.publishing import publish

    limit, files = patience(project), stored_part(payload)
    of = str(store.address)
    names = sharing.names_of(project.git)
    ask(lambda: sharing.sign_in(store, names), of=of, patience=limit)
    publish(store, payload.folder, files, progress=progress, patience=limit)
    freed = False
    while ask(lambda: sharing.is_being_freed(store), of=of, patience=limit):
        freed = True
        time.sleep(1)
    if freed:
        publish(store, payload.folder, files, patience=limit)


def patience(project: Project) -> float:
    """Seconds to wait for a store that moves no byte: git's `swreg.storeTimeout`, such as `90s`."""
    from swreg.storage.artifacts.crew import PATIENCE

    text = _settings(project).get("swreg.storetimeout")
    return parse_duration(text, kind="swreg.storeTimeout") if text else PATIENCE


def cache_of(project: Project) -> Cache:
    """The cache of this machine: git's `swreg.cacheDir` and `swreg.cacheSize` (0 for none)."""
    from swreg.storage.artifacts.cache import LIMIT, Cache, user_cache

    settings = _settings(project)
    size, folder = settings.get("swreg.cachesize"), settings.get("swreg.cachedir")
    wanted = parse_quantity(size).value if size else LIMIT
    if wanted is None:
        raise UsageError(f"swreg.cacheSize is {size!r}, which is no size", "write it like 10GB")
    limit = int(wanted)
    return Cache(Path(folder).expanduser() if folder else user_cache(), limit)


def _settings(project: Project) -> dict[str, str]:
    return project.git.config(*_KEYS)

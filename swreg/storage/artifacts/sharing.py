"""Several registries, or several people, at one store: who keeps files there, and who is cleaning up.

A repository that puts files into a store leaves its name there, and one that frees files refuses
where it finds the name of another. While files are freed there is a mark, and who put files
meanwhile looks again whether they are there: every file is put before the mark is looked for, and
the mark is put before the store is listed, so that one of the two sees the other.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from swreg.errors import Contention
from swreg.storage.artifacts.stores import Store
from swreg.storage.clock import now
from swreg.storage.git import Git

_MARK = "freeing/now"
_OWNERS = "owners/"
_STALE = 60 * 60
_URL = re.compile(r"(?:\w[\w+.-]*://)?(?:[^@/\s]+@)?(.+?)(?:\.git)?/?", re.ASCII)


def names_of(git: Git) -> list[str]:
    """The names that this repository may have left: by its first commit, or by a remote's address.

    A shallow clone does not know the first commit.
    """
    names = []
    if not git.is_shallow:
        roots = git.run("rev-list", "--max-parents=0", "HEAD").text.split()
        names += [_name(root) for root in sorted(roots)]
    urls = git.run("config", "--get-regexp", r"^remote\..*\.url$").text.splitlines()
    for line in urls:
        plain = _URL.fullmatch(line.partition(" ")[2].strip())
        if plain:
            names.append(_name(plain[1].replace(":", "/").casefold()))
    return names


def _name(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def sign_in(store: Store, names: list[str]) -> None:
    """Leave our name, where none of ours is there."""
    if names and all(store.look(f"{_OWNERS}{name}") is None for name in names):
        _put(store, f"{_OWNERS}{names[0]}")


def strangers(store: Store, names: list[str]) -> list[str]:
    """The names of other repositories that keep files in the store."""
    return [one.key for one in store.listing(_OWNERS) if one.key.removeprefix(_OWNERS) not in names]


def is_being_freed(store: Store) -> bool:
    """Whether somebody frees files just now; a mark that is older than an hour was left behind."""
    mark = store.look(_MARK)
    return mark is not None and (now() - mark.modified).total_seconds() < _STALE


@contextmanager
def freeing(store: Store) -> Iterator[None]:
    """Let all others know that files are freed; `Contention` where somebody else does."""
    if is_being_freed(store):
        raise Contention(f"somebody frees files of {store.address} just now", "try again later")
    store.delete(_MARK)
    if not _put(store, _MARK):
        raise Contention(f"somebody frees files of {store.address} just now", "try again later")
    try:
        yield
    finally:
        store.delete(_MARK)


def _put(store: Store, key: str) -> bool:
    with tempfile.TemporaryDirectory() as place:
        (file := Path(place) / "mark").write_bytes(b"swreg\n")
        return store.put(key, file, lambda count: None)

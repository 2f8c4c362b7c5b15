"""Get the files of a version, verified against the committed catalog; nothing is loaded."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from swreg.domain.catalog import Found
from swreg.domain.metadata_keys import FileFact
from swreg.domain.names import Reference
from swreg.domain.stage import Stage
from swreg.errors import FactError, IntegrityError, SwregError
from swreg.operations.evidence import folder_of
from swreg.operations.outcome import Outcome, read_outcome
from swreg.operations.project import Project
from swreg.operations.stored_files import elsewhere, fetch
from swreg.operations.version_files import METADATA, SIGNATURE
from swreg.operations.views import VersionView, view
from swreg.storage.artifacts.in_git import restore
from swreg.storage.artifacts.payload import Payload, facts_of, tree_digest
from swreg.storage.files import disk_errors
from swreg.storage.source import Revision

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """Files on disk that are proven to be the version's: where, which, and at what commit."""

    version: VersionView
    folder: Path
    files: tuple[FileFact, ...]
    commit: str


def get(
    project: Project,
    reference: Reference,
    *,
    date: str | None = None,
    output: Path,
    progress: Progress = lambda done: None,
) -> Outcome[Fetched]:
    """Write a version's files to a folder that is empty or not there yet.

    With `date`, the version that stands for the reference at the end of that day. Raises
    `IntegrityError` where the bytes are not those that were registered or signed, and leaves none
    of them there.
    `progress` is told how many bytes were fetched.
    """
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise FactError(f"{output} is not empty", "name a folder that is empty or new")
    from swreg.operations.sealing import require_sealed

    commit = project.commit_at(date)
    found = project.find(reference, date)
    with disk_errors(f"write to {output}"):
        output.mkdir(parents=True, exist_ok=True)
        source = Revision(project.git, commit)
        with _emptied(output):
            files = write_version(project, source, found, output, progress=progress)
            require_sealed(project, found, output)
    data = Fetched(version=view(found), folder=output, files=files, commit=commit or "")
    return read_outcome(
        "registry-get", data, *project.date_warnings(date), *project.broken_warnings()
    )


@contextmanager
def _emptied(folder: Path) -> Iterator[None]:
    """Leave nothing in a folder of ours that could be taken for what was verified."""
    try:
        yield
    except SwregError:
        for one in folder.iterdir():
            shutil.rmtree(one) if one.is_dir() else one.unlink()
        raise


def in_production(project: Project, name: str, date: str) -> Found:
    """What was in production at the end of a day."""
    from swreg.domain.names import parse_name

    return project.find(Reference(name, (parse_name(name),), stage=Stage.PRODUCTION), date)


def write_version(
    project: Project,
    source: Revision,
    found: Found,
    into: Path,
    *,
    progress: Progress = lambda done: None,
) -> tuple[FileFact, ...]:
    """Write and verify all files of a version, from git and from where else they are.

    What a store holds is asked for only after the list of it is proven, and each of its files
    appears only after its bytes are.
    """
    folder = folder_of(project, source.commit, found)
    items = list(source.files(folder))
    for item in items:
        if item.mode not in ("100644", "100755"):
            raise IntegrityError(f"{item.path} is not a regular file", "restore it from git")
    restore(project.git, {item.path: item.oid for item in items}, folder, into)
    files = facts_of(into)
    if found.entry.artifact.store is None:
        verify(found, files)
        return files
    listed = (into / METADATA).read_bytes() if (into / METADATA).is_file() else b"{}"
    stored = elsewhere(listed, (one.path for one in files))
    verify(found, (*files, *stored))
    fetch(project, found, stored, into, progress=progress)
    return (*files, *stored)


def verify(found: Found, files: tuple[FileFact, ...]) -> None:
    """Hold files against the digest in the catalog."""
    name = f"{found.model.name} {found.version}"
    if not files:
        raise IntegrityError(
            f"the files of {name} are not in git", "restore them from git or its store"
        )
    digest = tree_digest(one for one in files if one.path != SIGNATURE)
    if digest != found.entry.artifact.digest:
        raise IntegrityError(
            f"the files of {name} are not the ones that were registered "
            f"(digest {digest[:19]}…, expected {found.entry.artifact.digest[:19]}…)",
            "do not use them; restore the folder from the commit that registered it",
        )


def write_payload(project: Project, source: Revision, found: Found, into: Path) -> Payload:
    """Write only what the caller once registered, without the files that swreg made."""
    everything = write_version(project, source, found, into)
    raw = (into / METADATA).read_bytes()
    from swreg.operations.version_files import load_json

    own = {one["path"] for one in load_json(raw, METADATA).get("files", [])}
    for one in everything:
        if one.path not in own:
            (into / one.path).unlink()
    return Payload(into, tuple(one for one in everything if one.path in own))

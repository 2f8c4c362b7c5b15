"""The files of a version that a store holds: which they are, and bringing them back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from swreg.domain import shape
from swreg.domain.catalog import Found
from swreg.domain.metadata_keys import FileFact
from swreg.domain.storage_address import object_key
from swreg.errors import IntegrityError, UsageError
from swreg.operations.project import Project
from swreg.operations.version_files import FEATURES, METADATA, REQUIREMENTS, SIGNATURE

SIDE_FILES = (METADATA, SIGNATURE, REQUIREMENTS, FEATURES)
"""What tells of a version without being the model: always in git."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Files:
    files: tuple[FileFact, ...] = ()


def elsewhere(metadata: bytes, here: Iterable[str]) -> tuple[FileFact, ...]:
    """The files that `metadata.json` lists and git does not hold (`here` has those it does).

    Raises `IntegrityError` for a list that leads out of the version's folder.
    """
    known = set(here)
    try:
        raw = json.loads(metadata).get("files", [])
        files = shape.read(_Files, {"files": raw}).files
        for one in files:
            object_key(one.sha256)
    except (ValueError, AttributeError, RecursionError, UsageError):
        raise IntegrityError(
            "metadata.json does not say which files the store holds", "restore it from git"
        ) from None
    for one in files:
        parts = PurePosixPath(one.path).parts
        if not parts or one.path.startswith("/") or {"..", ".git"}.intersection(parts):
            raise IntegrityError("metadata.json names a file elsewhere", "do not use this version")
    return tuple(one for one in files if one.path not in known)


def fetch(
    project: Project,
    found: Found,
    files: Iterable[FileFact],
    into: Path,
    *,
    progress: Callable[[int], None] = lambda done: None,
) -> None:
    """Bring files out of a version's store into a folder, each proven by its digest."""
    from swreg.operations.storing import cache_of, patience
    from swreg.storage.artifacts.downloading import download
    from swreg.storage.artifacts.stores import open_store

    store = open_store(found.entry.artifact.store or "")
    download(
        store, files, into,
        cache=cache_of(project), progress=progress, patience=patience(project),
    )  # fmt: skip

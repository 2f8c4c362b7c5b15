"""Put a version's files into its folder: which must be free, within the limit for git."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path

from swreg.domain.metadata_keys import FileFact
from swreg.domain.quantity import parse_quantity
from swreg.errors import AlreadyExists, FactError
from swreg.operations.transaction import Transaction
from swreg.operations.version_files import fact
from swreg.storage.artifacts import in_git
from swreg.storage.artifacts.payload import Payload, holds_only
from swreg.storage.commit import NewFile


def size_text(size: int) -> str:
    """Bytes as a quantity.

    >>> size_text(12_000_000)
    '12MB'
    """
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= factor:
            text = f"{size / factor:.1f}".removesuffix(".0") + unit
            assert parse_quantity(text).dimension
            return text
    return f"{size}B"


def place_files(
    tx: Transaction,
    folder: str,
    payload: Payload,
    made: Mapping[str, bytes],
    *,
    stored: tuple[FileFact, ...] = (),
) -> None:
    """Put a version's files into its folder, which must be free; `FactError` for too many bytes.

    `stored` are the files that a store has, and the folder has not.
    """
    git = tx.project.git
    paths = {
        f"{folder}/{one.path}": payload.folder / one.path
        for one in payload.files
        if one not in stored
    }
    _require_free(tx, folder, payload, made)
    filtered = in_git.filters(git, paths)
    kept = sum(file.stat().st_size for path, file in paths.items() if path not in filtered)
    _require_small(tx, kept)
    with tempfile.TemporaryDirectory() if tx.dry_run else nullcontext() as scratch:
        into = Path(scratch) if scratch else None
        kept_here = in_git.store(git, paths, into=into)
        kept += in_git.stored_size(git, [kept_here[path] for path in filtered], into=into)
    _require_small(tx, kept)
    tx.files |= kept_here
    tx.files |= {f"{folder}/{name}": NewFile(data=data) for name, data in made.items()}


def _require_small(tx: Transaction, kept: int) -> None:
    if kept > (parse_quantity(tx.policy.artifacts.max_size).value or 0):
        raise FactError(
            f"the artifact has {size_text(kept)}, the limit for git is {tx.policy.artifacts.max_size}",
            "track it with git-lfs, set artifacts.storage to a store's address, or raise "
            "artifacts.max_size with swreg registry-policy",
        )


def _require_free(
    tx: Transaction, folder: str, payload: Payload, made: Mapping[str, bytes]
) -> None:
    """No version lies in the folder, and no file of the work tree there would be written over."""
    for _, model in tx.registry.models():
        for version, entry in model.versions.items():
            place = f"/{entry.registered.increment}/{entry.artifact.path}"
            if f"/{folder}".endswith(place):
                raise AlreadyExists(
                    f"{folder} holds {model.name} {version}", "choose another name or version"
                )
    there = tx.project.git.root / folder
    if not tx.in_step or not there.exists():
        return
    planned = {one.path: one.sha256 for one in payload.files}
    planned |= {name: fact(name, data).sha256 for name, data in made.items()}
    if not there.is_dir() or not holds_only(there, planned):
        raise FactError(f"{folder} holds other files and is not registered", "move it away")

"""What a reader hands over: the versions of another registry, with a way to their bytes."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from swreg.domain.foreign import ForeignAct, ForeignVersion, Unmapped
from swreg.domain.shape import Timestamp
from swreg.errors import NotReady, SwregError, UsageError
from swreg.storage.git import Git

Write = Callable[[Path], None]
"""Writes the files of a version below an empty folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A version there. Without `write` its bytes are not to be had here, and `why` says so.

    `where` is what is known of the place of the bytes: path, hash, address.
    """

    version: ForeignVersion
    write: Write | None = None
    where: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Everything that was found in a source; `notes` are warnings about reading it."""

    system: str
    source: str
    versions: tuple[Offered, ...] = ()
    acts: tuple[ForeignAct, ...] = ()
    unmapped: tuple[Unmapped, ...] = ()
    notes: tuple[str, ...] = ()


def below(folder: Path, path: str) -> Path:
    """A path that a file names, held below its folder; `UsageError` where it leads out."""
    inside = Path(os.path.normpath(path))
    if not path or inside.is_absolute() or inside.parts[:1] == ("..",) or "\0" in path:
        raise UsageError(f"{path[:80]!r} leads out of {folder}", "name a path below that folder")
    return folder / inside


def file_time(path: Path) -> Timestamp:
    """When a file came to be: its last commit where git has it unchanged, else its own time."""
    try:
        git = Git.open(path.parent)
        name = str(path.resolve())
        clean = not git.run("status", "--porcelain", "--ignored", "--", name).out
        found = git.run("log", "-1", "--format=%at", "--", name).text if clean else ""
    except (NotReady, SwregError):
        found = ""
    seconds = int(found) if found else int(path.stat().st_mtime)
    return Timestamp(datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))

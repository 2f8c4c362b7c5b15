"""Which catalogs on disk are not what the commit has.

Reading and hashing them all would cost more than the listing that wants to know. So a file's
object id is kept with its status (size, times, inode), as git does in its index; a file that
changed only just now is not kept, because it could change again without a trace in its times.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from swreg.storage.git import Git
from swreg.storage.index import Index
from swreg.storage.layout import CATALOG

_SETTLED = 3.0
"""Seconds; more than the coarsest clock of a file system that people use."""


def dirty_catalogs(git: Git, homes: dict[str, str], index: Index) -> list[str]:
    """The paths of catalogs whose file on disk is not what the commit has.

    `homes` has the blob id of each home's catalog.
    """
    wanted = {f"{home}/{CATALOG}": oid for home, oid in homes.items()}
    files = {path: os.path.join(git.root, path) for path in wanted}
    now = {path: _status(file) for path, file in files.items()}
    seen = index.seen(list(files.values()))
    unsure = [
        path
        for path, oid in wanted.items()
        if now[path] is None or seen.get(files[path]) != (now[path], oid)
    ]
    clean = [path for path in unsure if same_on_disk(Path(files[path]), wanted[path])]
    settled = [(files[p], str(now[p]), wanted[p]) for p in clean if _is_settled(files[p], now[p])]
    if settled:
        index.remember_seen(settled)
    return [path for path in unsure if path not in set(clean)]


def _status(file: str) -> str | None:
    try:
        found = os.stat(file)
    except OSError:
        return None
    return f"{found.st_size} {found.st_mtime_ns} {found.st_ctime_ns} {found.st_ino} {found.st_mode}"


def _is_settled(file: str, before: str | None) -> bool:
    """Whether the file is as it was before it was read, and that for a while."""
    if before is None or _status(file) != before:
        return False
    _, changed, noted, *_ = (int(part) for part in before.split())
    return max(changed, noted) / 1e9 < time.time() - _SETTLED


def same_on_disk(file: Path, oid: str) -> bool:
    """Whether a file holds what a blob has, line ends aside; one that cannot be read is believed."""
    from swreg.storage.source import same_contents

    try:
        data = file.read_bytes()
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return same_contents(data, oid)

"""Whether files on disk are what a commit has: the one place that compares the two.

Reading and hashing all catalogs would cost more than the listing that wants to know. So a file's
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


def differs(git: Git, commit: str | None, path: str) -> bool:
    """Whether the work tree lacks a committed file, or has it with edits."""
    if git.bare or commit is None:
        return False
    items = list(git.list_tree(commit, path))
    return bool(items) and not same_on_disk(git.root / path, items[0].oid)


def same_on_disk(file: Path, oid: str) -> bool:
    """Whether a file holds what a blob has, line ends aside; one that cannot be read is believed."""
    try:
        return _same(file, oid)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True


def holds(git: Git, path: str, oid: str) -> bool:
    """Whether the work tree has that object at the path, or nothing there for an empty id.

    A link holds the name it points to. Where a filter is named for the path, as for git-lfs, what
    the filter makes of the file counts too.
    """
    file = git.root / path
    if not os.path.lexists(file):
        return not oid
    if not oid or (not file.is_symlink() and not file.is_file()):
        return False
    return _same(file, oid) or (not file.is_symlink() and _filtered(git, path) == oid)


def _same(file: Path, oid: str) -> bool:
    from swreg.storage.source import blob_id, same_contents

    if file.is_symlink():
        return blob_id(os.fsencode(os.readlink(file)), oid) == oid
    return same_contents(file.read_bytes(), oid)


def _filtered(git: Git, path: str) -> str:
    """The id of what git would store of a file; empty where its filter fails."""
    answer = git.run("hash-object", f"--path={path}", "--", str(git.root / path))
    return answer.text if answer.code == 0 else ""

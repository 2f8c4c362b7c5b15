"""Git's own lock files, `<file>.lock`: whom they stop, and which of them are ours to remove."""

from __future__ import annotations

import re
import time
from pathlib import Path

from swreg.errors import Contention
from swreg.storage.files import remove_durably
from swreg.storage.git import Git

_OURS_FOR = 0.3
_NAMED = re.compile(r"Unable to create '(.+\.lock)': File exists")
_STEPS = ((86400, "days"), (3600, "hours"), (60, "minutes"), (1, "seconds"))


def lock_held(lock: Path) -> Contention:
    """What to say where somebody's lock does not go away: which file, and how old it is."""
    try:
        age = time.time() - lock.stat().st_mtime
    except OSError:
        return Contention(f"another git process held {lock}", "try again")
    return Contention(
        f"another git process holds {lock}, made {ago(age)} ago",
        "wait for it; if none runs any more, delete that file",
    )


def named_in(said: str) -> Path | None:
    """The lock file that stopped a git process, from what it said.

    >>> named_in("fatal: Unable to create '/r/.git/HEAD.lock': File exists.").name
    'HEAD.lock'
    """
    found = _NAMED.search(said)
    return Path(found[1]) if found else None


def ago(seconds: float) -> str:
    """An age in its largest whole unit.

    >>> ago(0.2), ago(90), ago(7200), ago(200_000)
    ('0 seconds', '90 seconds', '2 hours', '2 days')
    """
    for size, unit in _STEPS:
        if seconds >= 2 * size or size == 1:
            return f"{max(0, int(seconds // size))} {unit}"
    return ""


def clear_ref_locks(git: Git, ref: str, new: str, *, theirs: Path | None = None) -> None:
    """Remove the lock files of a git that was killed while it moved our ref.

    Such a file holds our new id, or a beginning of it, and does not change any more. `theirs` is
    one that was there before our git, and so is not its.
    """
    locks = {folder / f"{name}.lock" for name in (ref, "HEAD")
             for folder in (git.common_dir, git.git_dir)}  # fmt: skip
    suspects = {lock: lock.stat() for lock in locks if lock.exists() and not _same(lock, theirs)}
    if not suspects:
        return
    time.sleep(_OURS_FOR)
    for lock, before in suspects.items():
        if not lock.exists() or lock.stat().st_mtime_ns != before.st_mtime_ns:
            continue
        content = lock.read_text("ascii", "replace").strip()
        if new.startswith(content):
            remove_durably(lock)


def _same(lock: Path, other: Path | None) -> bool:
    return other is not None and lock.resolve() == other.resolve()

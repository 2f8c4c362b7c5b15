"""A lock between processes of one repository. It only saves retries: the safety is elsewhere.

The system releases it when its holder dies, so there is no stale lock to reason about. (The
package `filelock` would do as well; its import costs several times a Python start.)
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from swreg.errors import Contention

_WAIT = 20.0


@contextmanager
def locked(path: Path, *, wait: float = _WAIT) -> Iterator[None]:
    """Hold the lock file; `Contention` names its holder where it is not free within `wait` s."""
    path.parent.mkdir(parents=True, exist_ok=True)
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
    handle = os.open(path, flags, 0o644)
    try:
        _acquire(handle, path, time.monotonic() + wait)
        os.truncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0) if hasattr(os, "pwrite") else None
        yield
    finally:
        os.close(handle)


def _acquire(handle: int, path: Path, deadline: float) -> None:
    pause = 0.002
    while not _try(handle):
        if time.monotonic() > deadline:
            holder = os.read(handle, 32).decode("ascii", "replace").strip() or "unknown"
            raise Contention(f"process {holder} holds {path}", "wait for it, then try again")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.05)


def _try(handle: int) -> bool:
    try:
        import fcntl
    except ImportError:  # pragma: no cover - Windows
        return _try_windows(handle)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        # A file system without locks: the compare-and-swap alone protects, as it always does.
        return True
    return True


def _try_windows(handle: int) -> bool:  # pragma: no cover - Windows
    import importlib

    msvcrt = importlib.import_module("msvcrt")
    try:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    except OSError:
        return False
    return True

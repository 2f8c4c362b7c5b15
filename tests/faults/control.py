"""The shared memory by which a test orders a fault: the struct `Control` of fault.c."""

from __future__ import annotations

import mmap
import struct

_HEAD = struct.Struct("=7q")
_PIDS = 4 * 8000
_WHAT = 256
SIZE = _HEAD.size + _PIDS + _WHAT
MODES = {"count": 0, "kill": 1, "once": 2, "all": 3, "torn": 4}


def order(control: mmap.mmap, *, mode: str, at: int, error: int = 0) -> None:
    """Prepare the next act's fault; it counts nothing until armed."""
    control[:] = bytes(SIZE)
    control[: _HEAD.size] = _HEAD.pack(0, MODES[mode], at, error, 0, 0, 0)


def arm(control: mmap.mmap) -> None:
    control[:8] = struct.pack("=q", 1)


def disarm(control: mmap.mmap) -> None:
    control[:8] = struct.pack("=q", 0)


def told(control: mmap.mmap) -> tuple[int, bool, str]:
    """How many calls were counted, whether the fault struck, and where."""
    facts = _HEAD.unpack(control[: _HEAD.size])
    what = control[_HEAD.size + _PIDS :].split(b"\0")[0].decode("utf-8", "replace")
    return facts[4], bool(facts[5]), what

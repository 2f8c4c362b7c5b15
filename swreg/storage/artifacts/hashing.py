"""Copy and hash in one pass over the same memory."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import IO

_PORTION = 256 << 10
"""What a processor keeps close by: with a megabyte, or with a second thread, it was slower."""


def copy_hashed(
    read: IO[bytes], write: IO[bytes], *, progress: Callable[[int], None]
) -> tuple[str, int]:
    """Copy an unbuffered file; its sha256 in hex, and how many bytes it had."""
    digest, done = hashlib.sha256(), 0
    portion = memoryview(bytearray(_PORTION))
    while count := read.readinto(portion):  # type: ignore[attr-defined]
        digest.update(portion[:count])
        _write(write, portion[:count])
        done += count
        progress(count)
    return digest.hexdigest(), done


def _write(file: IO[bytes], data: memoryview) -> None:
    """All of it: a disk that gets full takes a part first, and refuses only the next time."""
    while data:
        data = data[file.write(data) :]

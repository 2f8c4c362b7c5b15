"""Copy and hash in one pass: while one thread hashes a portion, the other writes it."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import IO

from swreg.storage.files import CHUNK

_PORTIONS = 4
_SMALL = 8 * CHUNK
"""Below this a thread costs more than it saves."""


def copy_hashed(
    read: IO[bytes], write: IO[bytes], *, size: int, progress: Callable[[int], None]
) -> tuple[str, int]:
    """Copy a file that has about `size` bytes; its sha256 in hex, and how many bytes it had.

    Both see the same bytes from the same memory, four portions of it at most.
    """
    if size < _SMALL:
        return _copied(read, write, progress)
    digest = hashlib.sha256()
    full: SimpleQueue[tuple[memoryview, int]] = SimpleQueue()
    free: SimpleQueue[memoryview] = SimpleQueue()
    for _ in range(_PORTIONS):
        free.put(memoryview(bytearray(CHUNK)))

    def update() -> None:
        while True:
            portion, count = full.get()
            if not count:
                return
            digest.update(portion[:count])
            free.put(portion)

    hasher = threading.Thread(target=update, daemon=True)
    hasher.start()
    done = 0
    try:
        while count := _filled(read, portion := free.get()):
            full.put((portion, count))
            _write(write, portion[:count])
            done += count
            progress(count)
    finally:
        full.put((memoryview(b""), 0))
        hasher.join()
    return digest.hexdigest(), done


def _filled(read: IO[bytes], portion: memoryview) -> int:
    return read.readinto(portion) or 0  # type: ignore[attr-defined]


def _write(file: IO[bytes], data: memoryview) -> None:
    """All of it: a disk that gets full takes a part first, and refuses only the next time."""
    while data:
        data = data[file.write(data) :]


def _copied(read: IO[bytes], write: IO[bytes], progress: Callable[[int], None]) -> tuple[str, int]:
    digest, done = hashlib.sha256(), 0
    portion = memoryview(bytearray(CHUNK))
    while count := _filled(read, portion):
        digest.update(portion[:count])
        _write(write, portion[:count])
        done += count
        progress(count)
    return digest.hexdigest(), done

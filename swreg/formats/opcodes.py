"""The opcodes of a pickle, read one by one and never run.

A pickle is a program for a small stack machine. `opcodes` yields its instructions from an open
file, in the file's order, until STOP. Every length that the file claims is held against what the
file really has left, so that a forged length costs neither memory nor time, and the payloads of
arrays are stepped over instead of read.
"""

from __future__ import annotations

import os
import pickletools
import warnings
from collections.abc import Iterator
from typing import Any, BinaryIO

# Longer text is no name and no key of ours; it is read, checked and forgotten.
LONGEST_TEXT = 1000
_ESCAPED = frozenset(["STRING", "PERSID", "GLOBAL", "INST"])
# Instructions that are text lines (protocol 0) and may not be endless.
LONGEST_LINE = 64 * 2**20

_CODES = {ord(code.code): code for code in pickletools.opcodes}
_BYTE_PAYLOADS = {"BINBYTES": 4, "BINBYTES8": 8, "BYTEARRAY8": 8}


class Malformed(ValueError):
    """The bytes are no complete pickle; the message says what is wrong and where."""


class Opaque:
    """Stands for a value whose content does not matter to the verdict."""

    __slots__ = ()


OPAQUE = Opaque()


class Source:
    """An open binary file that refuses to be read past its end."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        # Counted here: asking the file each time would take longer than all the rest.
        self._at = file.tell()
        self._end = file.seek(0, os.SEEK_END)
        file.seek(self._at)
        self._frame_end = self._at

    @property
    def in_frame(self) -> bool:
        """Whether a frame has begun and not ended."""
        return self._at < self._frame_end

    def begin_frame(self, length: int) -> None:
        """Note that the next `length` bytes belong together.

        Raises `Malformed` for a frame within a frame or beyond the file.
        """
        if self.in_frame:
            raise Malformed(f"a frame begins within a frame at byte {self.tell()}")
        self._require(length)
        self._frame_end = self._at + length

    def check_frame(self, before: int) -> None:
        """Raise `Malformed` where what began at byte `before` crossed the end of a frame.

        Python's unpickler loses bytes there, and so reads other names than are written.
        """
        if before < self._frame_end < self._at:
            raise Malformed(f"a frame ends within what begins at byte {before}")

    def tell(self) -> int:
        """The position in bytes."""
        return self._at

    def read(self, count: int) -> bytes:
        """Exactly `count` bytes; raises `Malformed` where the file has fewer."""
        self._require(count)
        self._at += count
        return self._file.read(count)

    def readline(self) -> bytes:
        """Up to and with the next newline; raises `Malformed` for an endless line."""
        line = self._file.readline(LONGEST_LINE)
        if not line.endswith(b"\n"):
            raise Malformed(f"the text at byte {self.tell()} does not end")
        self._at += len(line)
        return line

    def skip(self, count: int) -> None:
        """Step over `count` bytes; raises `Malformed` where the file has fewer."""
        self._require(count)
        self._at += count
        self._file.seek(self._at)

    def _require(self, count: int) -> None:
        left = self._end - self._at
        if not 0 <= count <= left:
            raise Malformed(f"{count} bytes are announced at byte {self.tell()}, {left} are left")


def opcodes(source: Source) -> Iterator[tuple[str, Any]]:
    """Name and argument of each instruction up to and with STOP.

    Byte payloads and texts over `LONGEST_TEXT` characters come as `OPAQUE`. Raises `Malformed`
    for an unknown instruction, a broken argument or a file that ends before STOP.
    """
    while True:
        at = source.tell()
        code = _CODES.get(source.read(1)[0])
        if code is None:
            raise Malformed(f"byte {at} is no pickle instruction")
        argument = _argument(code, source, at)
        source.check_frame(at)
        if code.name == "FRAME":
            source.begin_frame(argument)
        yield code.name, argument
        if code.name == "STOP":
            return


def _read(code: pickletools.OpcodeInfo, source: Source) -> Any:
    assert code.arg is not None
    if code.name not in _ESCAPED:
        return code.arg.reader(source)  # type: ignore[arg-type]
    # No pickle that Python wrote has an escape that Python does not know.
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)
        return code.arg.reader(source)  # type: ignore[arg-type]


def _argument(code: pickletools.OpcodeInfo, source: Source, at: int) -> Any:
    if code.arg is None:
        return None
    if code.name in _BYTE_PAYLOADS:
        source.skip(int.from_bytes(source.read(_BYTE_PAYLOADS[code.name]), "little"))
        return OPAQUE
    try:
        value = _read(code, source)
    except (ValueError, OverflowError, MemoryError, DeprecationWarning) as error:
        raise Malformed(f"{code.name} at byte {at}: {error}") from None
    if isinstance(value, (str, bytes)) and len(value) > LONGEST_TEXT:
        return OPAQUE
    return value

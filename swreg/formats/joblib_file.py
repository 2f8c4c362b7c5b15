"""joblib files: a pickle with the bytes of arrays in between, often compressed."""

from __future__ import annotations

import math
import re
import tempfile
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any, BinaryIO

from swreg.errors import MissingExtra, Unsafe
from swreg.formats.allowlist import Verdict, find, refusal
from swreg.formats.machine import Machine
from swreg.formats.opcodes import Malformed, Source
from swreg.formats.pickled import judge, loaded
from swreg.formats.standins import Made, Row, Table

# Before 1.6 the elements of object arrays were read by a plain unpickler, past every wall.
OLDEST = (1, 6)
# A small file may unpack to terabytes.
LARGEST_UNPACKED = 16 * 2**30
_CHUNK = 2**20
_WRAPPER = "joblib.numpy_pickle.NumpyArrayWrapper"
_DTYPE = re.compile(r"[<>|=]?(?:[biufcSUV][0-9]{1,9}|[mM]8|O8?|\?)")


def load_joblib(path: Path, *, trust: bool, allow: AbstractSet[str]) -> Any:
    """The object in a joblib file, compressed or not.

    Raises `Unsafe` as `load_pickle` does, also for a file that unpacks to more than
    `LARGEST_UNPACKED` bytes, and `MissingExtra` where joblib is missing or older than 1.6.
    """
    joblib = _joblib()
    if trust:
        return loaded(lambda: joblib.load(path), path)
    with path.open("rb") as packed, tempfile.TemporaryFile() as room:
        file = _unpacked(packed, room)
        judge(file, allow | {_WRAPPER}, _Arrays(allow))
        return loaded(lambda: _unpickler(file, allow | {_WRAPPER}).load(), path)


def _joblib() -> Any:
    purpose = "loading a .joblib file safely"
    try:
        import joblib
    except ImportError:
        raise MissingExtra("joblib", "sklearn", purpose) from None
    if tuple(int(part) for part in re.findall(r"\d+", joblib.__version__)[:2]) < OLDEST:
        raise MissingExtra("joblib>=1.6", "sklearn", purpose)
    return joblib


def _unpacked(packed: BinaryIO, room: BinaryIO) -> BinaryIO:
    """The file itself, or its content unpacked into `room`."""
    opened = _decompressor(packed)
    if opened is None:
        return packed
    try:
        while chunk := opened.read(_CHUNK):
            if room.tell() + len(chunk) > LARGEST_UNPACKED:
                raise refusal(f"it unpacks to more than {LARGEST_UNPACKED >> 30} GiB")
            room.write(chunk)
    except Unsafe:
        raise
    except Exception as error:  # noqa: BLE001 - each decompressor has exceptions of its own
        raise refusal(f"its compressed data is broken ({error})") from None
    room.seek(0)
    return room


def _decompressor(packed: BinaryIO) -> Any:
    import bz2
    import gzip
    import lzma

    start = packed.read(6)
    packed.seek(0)
    if start.startswith(b"\x1f\x8b"):
        return gzip.GzipFile(fileobj=packed)
    if start.startswith(b"BZ"):
        return bz2.BZ2File(packed)
    if start.startswith((b"\xfd7zXZ", b"\x5d\x00")):
        return lzma.LZMAFile(packed)
    if start.startswith(b"\x04\x22\x4d\x18"):
        raise refusal("it is packed with lz4, which is not unpacked here")
    return _Zlib(packed) if start.startswith(b"\x78") else None


class _Zlib:
    """Reads a zlib stream piece by piece."""

    def __init__(self, file: BinaryIO) -> None:
        import zlib

        self._file = file
        self._zlib = zlib.decompressobj()

    def read(self, count: int) -> bytes:
        """At most `count` bytes, empty at the end."""
        while not self._zlib.eof:
            data = self._zlib.unconsumed_tail or self._file.read(_CHUNK)
            if not data:
                raise ValueError("it breaks off")
            if chunk := self._zlib.decompress(data, count):
                return chunk
        return b""


class _Arrays:
    """Steps over the bytes of an array, or judges the pickle that stands for its objects."""

    def __init__(self, allow: AbstractSet[str]) -> None:
        self._allow = allow

    def __call__(self, made: Made, source: Source) -> None:
        if str(made.by) != _WRAPPER:
            return
        state = made.state
        if made.arguments.parts or type(state) is not Table or source.in_frame:
            raise Malformed("an array is not described as joblib does")
        size = _size(state.parts.get("shape"), state.parts.get("dtype"))
        if size is None:
            Machine(Verdict(self._allow)).run(source)
            return
        if state.parts.get("numpy_array_alignment_bytes") is not None:
            source.skip(source.read(1)[0])
        source.skip(size)


def _size(shape: Any, dtype: Any) -> int | None:
    """Bytes of an array, None for one of objects."""
    if type(shape) is not Row or any(type(part) is not int or part < 0 for part in shape.parts):
        raise Malformed("an array has a strange shape")
    size = _item_size(dtype)
    return None if size is None else size * math.prod(shape.parts)


def _item_size(dtype: Any) -> int | None:
    """Bytes of one element of a dtype, None for an object; worked out from how it is made."""
    import numpy as np

    text = dtype.arguments.parts[0] if type(dtype) is Made and dtype.arguments.parts else None
    state = dtype.state.parts if type(text) is str and type(dtype.state) is Row else ()
    if (
        not state
        or str(dtype.by) != "numpy.dtype"
        or not _DTYPE.fullmatch(str(text))
        or len(state) < 6
    ):
        raise Malformed("an array has no plain dtype")
    if str(text).lstrip("<>|=").startswith("O"):
        return None
    size = np.dtype(str(text)).itemsize
    within, _, fields = state[2:5]
    parts = list(fields.parts.values()) if type(fields) is Table else [] if fields is None else [0]
    parts += [] if within is None else [within]
    for part in parts:
        if type(part) is not Row or not part.parts or _item_size(part.parts[0]) is None:
            raise refusal("it has an array of mixed objects and numbers")
    if parts and state[5] != size:
        raise Malformed("an array's dtype has two sizes")
    return size


def _unpickler(file: BinaryIO, allow: AbstractSet[str]) -> Any:
    from joblib.numpy_pickle import NumpyUnpickler

    class SafeNumpyUnpickler(NumpyUnpickler):  # type: ignore[misc]
        """joblib's own, with the second wall."""

        def find_class(self, module: str, name: str) -> Any:
            """The object behind the name; raises `Unsafe` for what is not allowed."""
            return find(module, name, allow)

    return SafeNumpyUnpickler("", file, ensure_native_byte_order=True)

"""Laws of the walls round pickles, over any data and any bytes."""

from __future__ import annotations

import io
import pickle
import struct
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swreg.errors import SwregError
from swreg.formats import list_globals, load_model

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.complex_numbers(allow_nan=False)
    | st.text()
    | st.binary()
    | st.datetimes()
)
KEYS = st.integers() | st.text() | st.binary() | st.tuples(st.integers(), st.text())
DATA = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(KEYS, inner, max_size=4)
        | st.tuples(inner, inner, inner)
        | st.sets(KEYS, max_size=4)
        | st.frozensets(KEYS, max_size=4)
    ),
    max_leaves=20,
)
PROTOCOLS = st.integers(min_value=0, max_value=pickle.HIGHEST_PROTOCOL)


@contextmanager
def _file(data: bytes) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.pkl"
        path.write_bytes(data)
        yield path


@given(DATA, PROTOCOLS)
def test_plain_data_of_any_protocol_comes_back(data: Any, protocol: int) -> None:
    with _file(pickle.dumps(data, protocol)) as path:
        assert load_model(path) == data


def _pieces(name: str) -> bytes:
    return b"\x8c" + struct.pack("B", len(name)) + name.encode()


NAMES = ["alpha", "beta", "gamma", "delta"]
PIECES = st.sampled_from(
    [
        *(_pieces(name) for name in NAMES),
        *(f"c{name}\nbeta\n".encode() for name in NAMES),
        *(f"S'{name}'\n".encode() for name in NAMES),
        *(bytes([code, index]) for code in b"hq" for index in range(4)),
        *(f"{code}{index}\n".encode() for code in "gp" for index in range(4)),
        *(bytes([code]) for code in b"\x93\x94012(t\x85\x86\x87)]}luseaRN\x81b\x88\x8f\x90\x91d"),
        b"\x95\x03\x00\x00\x00\x00\x00\x00\x00",
        b"K\x01",
    ]
)


class _Made:
    """What every global of the recording unpickler is: it takes all and does nothing."""

    def __new__(cls, *arguments: Any) -> Any:
        return super().__new__(cls)

    def __init__(self, *arguments: Any) -> None: ...

    def __setstate__(self, state: Any) -> None: ...

    def append(self, part: Any) -> None: ...

    def extend(self, parts: Any) -> None: ...

    def __setitem__(self, key: Any, value: Any) -> None: ...

    def add(self, part: Any) -> None: ...


class _Recorder(pickle.Unpickler):
    """Python's own unpickler, asked for the names it looks up."""

    def __init__(self, data: bytes) -> None:
        super().__init__(io.BytesIO(data))
        self.asked: set[str] = set()

    def find_class(self, module_name: str, global_name: str) -> Any:
        self.asked.add(f"{module_name}.{global_name}")
        return _Made


@given(st.lists(PIECES, max_size=40).map(b"".join))
def test_no_name_is_looked_up_that_the_verdict_did_not_see(program: bytes) -> None:
    """Whatever the program: Python asks for no global that the machine did not list before."""
    data = b"\x80\x04" + program + b"."
    recorder = _Recorder(data)
    try:
        recorder.load()
    except Exception:  # noqa: BLE001 - most programs are nonsense
        ran = False
    else:
        ran = True
    with _file(data) as path:
        listed = list_globals(path)
    names = {str(name) for name in listed.names}
    if listed.complete:
        assert recorder.asked <= names
    if ran and listed.complete:
        assert recorder.asked == names


@given(DATA, PROTOCOLS, st.data())
def test_damaged_pickles_are_loaded_or_refused_never_more(
    data: Any, protocol: int, draw: st.DataObject
) -> None:
    whole = bytearray(pickle.dumps(data, protocol))
    for _ in range(draw.draw(st.integers(min_value=1, max_value=3))):
        place = draw.draw(st.integers(min_value=0, max_value=len(whole) - 1))
        whole[place] = draw.draw(st.integers(min_value=0, max_value=255))
    with _file(bytes(whole)) as path, suppress(SwregError):
        load_model(path)


@given(DATA, st.data())
def test_a_pickle_cut_anywhere_is_refused(data: Any, draw: st.DataObject) -> None:
    whole = pickle.dumps(data)
    cut = draw.draw(st.integers(min_value=0, max_value=len(whole) - 1))
    with _file(whole[:cut]) as path, pytest.raises(SwregError, match="no complete pickle"):
        load_model(path)

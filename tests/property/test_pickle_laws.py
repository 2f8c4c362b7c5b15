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
from hypothesis import example, given, settings
from hypothesis import strategies as st

from swreg.errors import SwregError
from swreg.formats import load_model
from swreg.formats.machine import Machine
from swreg.formats.opcodes import Malformed, Source
from swreg.formats.standins import Made, Name, Row

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
        *(b"\x95" + bytes([length]) + bytes(7) for length in (3, 7)),
        *(f"c{name}\nbeta\n".encode() + made for name in NAMES for made in (b")\x81", b")R")),
        b"K\x01",
    ]
)


Log = list[tuple[str, str]]


def _recording(name: str, log: Log) -> type:
    """A class that accepts everything and notes what happens to it."""

    class Made:
        def __new__(cls, *arguments: Any) -> Any:
            log.append(("made", name))
            return super().__new__(cls)

        def __init__(self, *arguments: Any) -> None: ...

        def __setstate__(self, state: Any) -> None:
            log.append(("built", name))

        def append(self, part: Any) -> None: ...

        extend = add = append

        def __setitem__(self, key: Any, value: Any) -> None: ...

    return Made


class _Recorder(pickle.Unpickler):
    """Python's own unpickler, which notes what a program really does."""

    def __init__(self, data: bytes) -> None:
        super().__init__(io.BytesIO(data))
        self.log: Log = []

    def find_class(self, module_name: str, global_name: str) -> Any:
        name = f"{module_name}.{global_name}"
        self.log.append(("named", name))
        return _recording(name, self.log)


class _Witness:
    """A judge that lets everything pass and notes what it was asked."""

    def __init__(self) -> None:
        self.log: Log = []
        self.is_odd = False

    def named(self, name: Name) -> None:
        self.log.append(("named", str(name)))

    def called(self, name: Name, arguments: Row) -> None:
        self.log.append(("made", str(name)))

    created = called

    def built(self, target: Any, state: Any) -> None:
        self.is_odd |= type(target) is not Made
        self.log.append(("built", str(getattr(target, "by", ""))))

    def filled(self, target: Any) -> None: ...

    def unusual(self, what: str) -> None:
        self.is_odd = True


@settings(max_examples=500)
@given(st.lists(PIECES, max_size=14).map(b"".join))
@example(b"\x95\x03\x00\x00\x00\x00\x00\x00\x00cgamma\nbeta\ncdelta\nbeta\n")
def test_a_program_does_what_the_verdict_was_asked_about(program: bytes) -> None:
    """Whatever the program: Python looks up, makes and builds nothing that was not judged."""
    data = b"\x80\x04" + program + b"."
    recorder, witness = _Recorder(data), _Witness()
    try:
        Machine(witness).run(Source(io.BytesIO(data)))
    except Malformed:
        return
    try:
        recorder.load()
    except Exception:  # noqa: BLE001 - most programs are nonsense, and stop on their way
        assert {what for what in recorder.log if what[0] == "named"} <= set(witness.log)
    else:
        assert witness.is_odd or recorder.log == witness.log


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


def test_an_escape_that_python_does_not_know_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(b"cbuiltins\nse\\_t\n.")
    with pytest.raises(SwregError):
        load_model(path)

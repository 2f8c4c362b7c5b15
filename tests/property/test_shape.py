"""Plain data and frozen values: there and back, and every fault is told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swreg.domain import shape
from swreg.domain.entry import Entry
from swreg.domain.events import EVENTS
from swreg.domain.policy import Policy, TriggerRule
from swreg.domain.version import Version
from tests.property.strategies import built, entries

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(entries)
def test_an_entry_reads_back(entry: Entry) -> None:
    assert shape.read(Entry, shape.write(entry)) == entry
    assert shape.read(Entry, json.loads(json.dumps(shape.write(entry)))) == entry


@given(st.sampled_from([*EVENTS.values(), TriggerRule]).flatmap(built))
def test_every_dataclass_reads_back(value: Any) -> None:
    assert shape.read(type(value), shape.write(value)) == value


@given(plain)
def test_any_data_is_read_or_all_faults_are_told(raw: Any) -> None:
    for cls in (Entry, Policy, *EVENTS.values()):
        try:
            shape.read(cls, raw)
        except shape.ShapeError as error:
            assert error.faults


@given(entries, plain)
def test_a_foreign_value_never_crashes(entry: Entry, other: Any) -> None:
    raw = shape.write(entry)
    for key in list(raw):
        try:
            shape.read(Entry, {**raw, key: other})
        except shape.ShapeError as error:
            assert all(one.startswith(key) for one in error.faults)


@pytest.mark.parametrize(
    "text", ["9999-99-99T00:00:00Z", "2024-02-30T00:00:00Z", "2024-01-01T24:00:01Z"]
)
def test_an_impossible_time_is_a_fault(text: str) -> None:
    with pytest.raises(shape.ShapeError):
        shape.read(shape.Timestamp, text)


@pytest.mark.parametrize("text", ["2024-W01-1", "20240101xx", "2024-1-1", "٢٠٢٤-01-01"])
def test_a_date_is_written_one_way(text: str) -> None:
    from datetime import date

    with pytest.raises(shape.ShapeError):
        shape.read(date, text)


def test_two_spellings_of_one_key_are_a_fault() -> None:
    from collections.abc import Mapping

    with pytest.raises(shape.ShapeError, match="twice"):
        shape.read(Mapping[Version, str], {"v3": "a", "v3.0.0": "b"})  # type: ignore[type-abstract]


def test_a_number_without_end_is_a_fault() -> None:
    for raw in (10**400, "1e9999", float("inf"), float("nan")):
        with pytest.raises(shape.ShapeError):
            shape.read(float, raw)

"""What Hypothesis may put into the registry: every value that the formats can carry."""

from __future__ import annotations

import dataclasses
import types
import typing
from datetime import date
from enum import StrEnum
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from swreg.domain.catalog import Catalog, Model
from swreg.domain.entry import Entry
from swreg.domain.events import EVENTS, Event
from swreg.domain.names import NAME, parse_name
from swreg.domain.shape import Timestamp
from swreg.domain.stage import POINTED
from swreg.domain.version import Version
from swreg.errors import UsageError

NASTY = (
    "", " ", "a\nSwreg-Event: promoted", "Swreg-End: 0000000000000000", "* Swreg-Model: x",
    "a\u2028b", "\u2029", "\x85", "\x0b\x0c\x1c\x1d\x1e", "\r\n", "\x1b[31m", "\u202e", "\ufeff",
    "| a | b |", "--> <!-- swreg:end -->", "&#124;", "; Reason: x", '"', "\\", "\\\\\"", "[", "]",
    "{a: b}", "true", "0042", "3.10", "~", "null", "12:30:45", "\U0001f600", "e\u0301", "\x00",
    "'", "#", "# x", "- x", "? x", ": ", "%YAML", "@", "`", "!!python/object:x", "&a", "*a",
)  # fmt: skip

texts = st.one_of(st.text(st.characters(exclude_categories=["Cs"])), st.sampled_from(NASTY))
numbers = st.integers(0, 999_999_999)
identifiers = st.from_regex(r"\A(?:0|[1-9][0-9]{0,9}|[0-9]{0,3}[a-zA-Z-][0-9a-zA-Z-]{0,6})\Z")
builds = st.from_regex(r"\A[0-9a-zA-Z-]{1,6}\Z")


@st.composite
def version_texts(draw: st.DrawFn) -> str:
    """SemVer 2.0 texts without the `v`."""
    text = ".".join(str(draw(numbers)) for _ in range(3))
    pre = draw(st.lists(identifiers, max_size=3))
    build = draw(st.lists(builds, max_size=2))
    return text + (f"-{'.'.join(pre)}" if pre else "") + (f"+{'.'.join(build)}" if build else "")


versions = version_texts().map(Version.parse)


def _is_name(text: str) -> bool:
    try:
        parse_name(text)
    except UsageError:
        return False
    return True


names = st.from_regex(NAME, fullmatch=True).filter(_is_name)
days = st.dates(date(1, 1, 1), date(9999, 12, 31))
timestamps = st.datetimes().map(lambda at: Timestamp(f"{at.replace(microsecond=0).isoformat()}Z"))
_SCALARS: dict[Any, SearchStrategy[Any]] = {
    str: texts,
    int: st.integers(-(10**17), 10**17),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    date: days,
    Timestamp: timestamps,
    Version: versions,
}


def of(kind: Any) -> SearchStrategy[Any]:
    """Any value of an annotated type: scalars, tuples, mappings, frozen dataclasses."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        (inner,) = (part for part in arguments if part is not type(None))
        return st.none() | of(inner)
    if origin is tuple:
        return st.lists(of(arguments[0]), max_size=3).map(tuple)
    if origin is typing.Literal:
        return st.sampled_from(arguments)
    if origin is not None:
        return st.dictionaries(of(arguments[0]), of(arguments[1]), max_size=3)
    if kind in _SCALARS:
        return _SCALARS[kind]
    if issubclass(kind, StrEnum):
        return st.sampled_from(list(kind))
    return built(kind)


def built(cls: type) -> SearchStrategy[Any]:
    """Any value of a dataclass."""
    hints = typing.get_type_hints(cls)
    fields = [field for field in dataclasses.fields(cls) if field.init]
    return st.builds(cls, **{field.name: of(hints[field.name]) for field in fields})


events: SearchStrategy[Event] = st.sampled_from(sorted(EVENTS)).flatmap(
    lambda kind: built(EVENTS[kind])
)
entries: SearchStrategy[Entry] = built(Entry)


@st.composite
def models(draw: st.DrawFn, name: str | None = None) -> Model:
    """A model that a catalog may hold: its pointers lead to versions that are not archived."""
    held = draw(st.dictionaries(versions, entries, max_size=4))
    free = [version for version, entry in held.items() if entry.archived is None]
    stages = {}
    for stage in POINTED:
        pointed: bool = draw(st.booleans())
        if free and pointed:
            stages[stage] = free.pop(draw(st.integers(0, len(free) - 1)))
    return Model(name or draw(names), stages, held)


@st.composite
def catalogs(draw: st.DrawFn) -> Catalog:
    chosen = draw(st.lists(names, unique=True, max_size=3))
    return Catalog({name: draw(models(name)) for name in chosen})

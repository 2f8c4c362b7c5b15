"""Between plain data (what YAML and JSON hold) and frozen dataclasses, strictly and both ways.

A dataclass is its own schema: every file format of swreg is read, written and described
(`json_schema`) from the annotations of its fields. Scalars may arrive as text, because our YAML
loader types nothing; they are typed here, by the schema. Unknown keys are faults with their key
path, and all faults of a value are reported at once.

A field named `for_` is the key `for`; a key that is absent takes the field's default; a value
that equals the default is not written.
"""

from __future__ import annotations

import dataclasses
import math
import re
import types
import typing
from collections.abc import Callable, Mapping
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import Any, Literal, TypeVar

from swreg.domain.version import Version

T = TypeVar("T")
_Read = Callable[[Any, str, list[str]], Any]

_INT = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)
_FLOAT = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z", re.ASCII)


class ShapeError(ValueError):
    """The data does not fit the dataclass; `faults` are lines like `a.b[0]: what is wrong`."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


class Timestamp(str):
    """A UTC instant as text, `2024-01-20T14:00:00Z`; it sorts as time does."""

    __slots__ = ()


def read(cls: type[T], raw: object, where: str = "") -> T:
    """The dataclass `cls` from plain data; raises `ShapeError` with every fault found."""
    faults: list[str] = []
    value = _reader(typing.cast(Any, cls))(raw, where, faults)
    if faults:
        raise ShapeError(faults)
    return typing.cast(T, value)


_PLAIN = frozenset({str, int, float, bool, type(None)})


def write(value: Any) -> Any:
    """Plain data (dict, list, text, numbers, booleans) from a frozen value."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is Timestamp:
        return str(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, (type, Version)):
        return {
            key: write(getattr(value, name))
            for key, name, default in _fields(type(value))
            if getattr(value, name) != default
        }
    if isinstance(value, Mapping):
        return {str(key): write(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [write(item) for item in value]
    return str(value)


@cache
def _fields(cls: type) -> tuple[tuple[str, str, Any], ...]:
    return tuple(
        (field.name.rstrip("_"), field.name, _default(field)) for field in dataclasses.fields(cls)
    )


_NONE_GIVEN = object()


def _default(field: dataclasses.Field[Any]) -> Any:
    if field.default is not dataclasses.MISSING:
        return field.default
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return _NONE_GIVEN


@cache
def _hints(cls: type) -> dict[str, Any]:
    return typing.get_type_hints(cls)


@cache
def _reader(kind: Any) -> _Read:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        (inner,) = (part for part in arguments if part is not type(None))
        return _optional(_reader(inner))
    if origin is tuple:
        return _sequence(_reader(arguments[0]))
    if origin is Literal:
        return _choice(arguments)
    if origin is not None and issubclass(origin, Mapping):
        return _mapping(_reader(arguments[0]), _reader(arguments[1]))
    if origin is not None:  # pragma: no cover - a programming error in a schema of ours
        raise TypeError(f"no reader for {kind}")
    if kind in _SCALARS:
        return _SCALARS[kind]
    if issubclass(kind, StrEnum):
        return _choice(tuple(kind), make=kind)
    return _dataclass(kind)


def _dataclass(cls: type) -> _Read:
    fields, hints = _fields(cls), _hints(cls)
    keys = {key for key, _, _ in fields}

    def read_one(raw: Any, where: str, faults: list[str]) -> Any:
        if not isinstance(raw, dict):
            faults.append(f"{where or 'the file'}: must be a mapping")
            return None
        before = len(faults)
        faults.extend(_at(where, key, "unknown key") for key in raw if key not in keys)
        values = {}
        for key, name, default in fields:
            if key in raw:
                values[name] = _reader(hints[name])(raw[key], _join(where, key), faults)
            elif default is _NONE_GIVEN:
                faults.append(_at(where, key, "is missing"))
        if len(faults) > before:
            return None
        try:
            return cls(**values)
        except ShapeError as error:
            faults.extend(_join(where, fault) for fault in error.faults)
            return None

    return read_one


def require(holds: bool, key: str, wanted: str) -> None:
    """Refuse a value in `__post_init__`: `key` of the dataclass must be what is wanted.

    Raises `ShapeError`; where the dataclass is read from data, its faults get the whole key path.

    >>> require(False, "traffic", "from 0 to 100")
    Traceback (most recent call last):
    swreg.domain.shape.ShapeError: traffic: must be from 0 to 100
    """
    if not holds:
        raise ShapeError([f"{key}: must be {wanted}"])


def _join(where: str, key: object) -> str:
    return f"{where}.{key}" if where else str(key)


def _at(where: str, key: object, what: str) -> str:
    return f"{_join(where, key)}: {what}"


def _optional(inner: _Read) -> _Read:
    return lambda raw, where, faults: None if raw is None else inner(raw, where, faults)


def _sequence(inner: _Read) -> _Read:
    def read_all(raw: Any, where: str, faults: list[str]) -> Any:
        if not isinstance(raw, (list, tuple)):
            faults.append(f"{where}: must be a list")
            return ()
        return tuple(inner(part, f"{where}[{n}]", faults) for n, part in enumerate(raw))

    return read_all


def _mapping(key_of: _Read, value_of: _Read) -> _Read:
    def read_all(raw: Any, where: str, faults: list[str]) -> Any:
        if not isinstance(raw, Mapping):
            faults.append(f"{where}: must be a mapping")
            return {}
        values: dict[Any, Any] = {}
        for key, part in raw.items():
            known = key_of(key, _join(where, key), faults)
            if known is not None and known in values:
                faults.append(_at(where, key, f"stands twice, as {known}"))
            values[known] = value_of(part, _join(where, key), faults)
        return values

    return read_all


def _choice(options: tuple[Any, ...], make: Callable[[str], Any] = str) -> _Read:
    known = {str(option) for option in options}

    def read_one(raw: Any, where: str, faults: list[str]) -> Any:
        if isinstance(raw, str) and raw in known:
            return make(raw)
        faults.append(f"{where}: must be one of {', '.join(sorted(known))}")
        return None

    return read_one


def _checked(accept: Callable[[Any], Any], wanted: str) -> _Read:
    def read_one(raw: Any, where: str, faults: list[str]) -> Any:
        value = accept(raw)
        if value is None:
            faults.append(f"{where}: must be {wanted}")
        return value

    return read_one


def _int(raw: Any) -> int | None:
    if isinstance(raw, str) and _INT.fullmatch(raw):
        return int(raw)
    return raw if type(raw) is int else None


def _float(raw: Any) -> float | None:
    if isinstance(raw, str) and _FLOAT.fullmatch(raw):
        raw = float(raw)
    try:
        value = float(raw) if type(raw) in (int, float) else math.nan
    except OverflowError:
        return None
    return value if math.isfinite(value) else None


def _bool(raw: Any) -> bool | None:
    if raw in ("true", "false"):
        return bool(raw == "true")
    return raw if isinstance(raw, bool) else None


def _date(raw: Any) -> date | None:
    if not (isinstance(raw, str) and _DATE.fullmatch(raw)):
        return None
    try:
        return date.fromisoformat(raw)
    except ValueError:
        return None


def _timestamp(raw: Any) -> Timestamp | None:
    if not (isinstance(raw, str) and _TIMESTAMP.fullmatch(raw)):
        return None
    try:
        datetime.fromisoformat(raw[:19])
    except ValueError:
        return None
    return Timestamp(raw)


_SCALARS: dict[Any, _Read] = {
    str: _checked(lambda raw: raw if isinstance(raw, str) else None, "text"),
    int: _checked(_int, "a whole number"),
    float: _checked(_float, "a finite number"),
    bool: _checked(_bool, "true or false"),
    date: _checked(_date, "a date like 2024-06-01"),
    Timestamp: _checked(_timestamp, "a UTC time like 2024-01-20T14:00:00Z"),
    Version: _checked(
        lambda raw: Version.try_parse(raw) if isinstance(raw, str) else None,
        "a version like v3.1.0",
    ),
    Any: lambda raw, where, faults: raw,
}

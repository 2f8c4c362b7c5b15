"""Turning what callers hold into plain data that JSON can keep: text, numbers, lists, mappings.

NumPy scalars and arrays, pandas indexes and dates are taken for what they plainly are. All else
is refused with its key: a guess would be kept for ever.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from swreg.domain.names import visible

_DEPTH = 16
_LARGEST = 2**63


def plain(value: object, where: str, faults: list[str], *, depth: int = 0) -> Any:
    """The value as plain data; each thing that cannot be is a line in `faults`.

    >>> faults = []
    >>> plain({"seed": 7, "range": (0, float("inf")), "model": object}, "", faults)
    {'seed': 7, 'range': [0, None], 'model': None}
    >>> for fault in faults:
    ...     print(fault)
    range[1]: inf is no finite number
    model: a type cannot be kept
    """
    if depth > _DEPTH:
        return _refuse(faults, where, f"is nested more than {_DEPTH} deep")
    simple = _simple(value)
    if isinstance(simple, Mapping):
        return {
            name: plain(part, _join(where, name), faults, depth=depth + 1)
            for key, part in simple.items()
            if (name := _key(key, where, faults)) is not None
        }
    if isinstance(simple, (list, tuple)):
        return [
            plain(part, f"{where}[{n}]", faults, depth=depth + 1) for n, part in enumerate(simple)
        ]
    return _scalar(simple, where, faults)


def _simple(value: object) -> object:
    """What an array, an index or a date is in plain words."""
    to_list = getattr(value, "tolist", None)
    if callable(to_list) and not isinstance(value, type):
        return to_list()
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
    if isinstance(value, date):
        return value.isoformat()
    return value


def _scalar(value: object, where: str, faults: list[str]) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        if abs(value) < _LARGEST:
            return int(value)
        return _refuse(faults, where, "is too large a whole number; write it as text")
    if isinstance(value, float):
        if math.isfinite(value):
            return float(value)
        return _refuse(faults, where, f"{float(value)} is no finite number")
    if isinstance(value, str):
        if value.isascii() or not any("\ud800" <= char <= "\udfff" for char in value):
            return str(value)
        return _refuse(faults, where, "is text that cannot be written as UTF-8")
    return _refuse(faults, where, f"a {type(value).__name__} cannot be kept")


def _key(key: object, where: str, faults: list[str]) -> str | None:
    if isinstance(key, str) and key.strip() and visible(key) == key:
        return str(key)
    _refuse(faults, where or "metadata", f"{key!r:.80} is no key")
    return None


def _refuse(faults: list[str], where: str, what: str) -> None:
    faults.append(f"{where}: {what}")


def _join(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key

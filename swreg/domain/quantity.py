"""Quantities such as `35ms`, `12MB`, `0.2 cores`: kept as written, compared in one unit.

One table knows every unit. What it does not know stays text: two texts can be told apart, but
nobody guesses which of them is larger.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

NUMBER = "number"
TEXT = "text"

_WRITTEN = re.compile(
    r"\s*([+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?)"
    r"[ \u00a0]?([kMG](?=[ \u00a0]|$))?[ \u00a0]?([A-Za-zµμ%/]*)\s*"
)
_TIME = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0}
_LONG_TIME = {"min": 60.0, "h": 3600.0, "d": 86400.0}
_TIME_WORDS = {
    "sec": 1.0,
    **dict.fromkeys(("second", "seconds"), 1.0),
    **dict.fromkeys(("minute", "minutes"), 60.0),
    **dict.fromkeys(("hour", "hours"), 3600.0),
    **dict.fromkeys(("day", "days"), 86400.0),
}
_SIZE = {"B": 1.0, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "PB": 1e15}
_BINARY = {"KiB": 2.0**10, "MiB": 2.0**20, "GiB": 2.0**30, "TiB": 2.0**40, "PiB": 2.0**50}
_SIZE_WORDS = {"KB": 1e3, "byte": 1.0, "bytes": 1.0}
_NOUNS = ("core", "row", "sample", "record", "example", "image", "token", "parameter")

UNITS: dict[str, tuple[str, float]] = {
    "": (NUMBER, 1.0),
    "%": (NUMBER, 0.01),
    **{unit: ("time", factor) for unit, factor in (_TIME | _LONG_TIME | _TIME_WORDS).items()},
    **{unit: ("size", factor) for unit, factor in (_SIZE | _BINARY | _SIZE_WORDS).items()},
    **{form: (f"{noun}s", 1.0) for noun in _NOUNS for form in (noun, f"{noun}s")},
    **dict.fromkeys(("req/s", "requests/s"), ("requests/s", 1.0)),
}
"""Unit as written → its dimension, and how much of the dimension's canonical unit it is.

Canonical are the second, the byte (`MB` is 10**6 of them, `MiB` 2**20) and the bare count. Case
counts: `Mb` would be megabits and is not known, nor is a lone `m`.
"""

_SHOWN = {"time": _TIME | _LONG_TIME, "size": _SIZE}
_COUNTS = {"k": 1e3, "M": 1e6, "G": 1e9}


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value in the canonical unit of its dimension; `str()` is the text as it was written.

    `value` is None, and `dimension` is `text`, where the unit is not known.
    """

    text: str
    value: float | None
    dimension: str

    def __str__(self) -> str:
        return self.text

    def comparable(self, other: Quantity) -> bool:
        """Whether both are numbers of one dimension."""
        return self.value is not None and self.dimension == other.dimension


def parse_quantity(raw: str | float) -> Quantity:
    """Read a quantity; a number is one without a unit. The law: `parse_quantity(str(q)) == q`.

    >>> parse_quantity("35ms").value, parse_quantity("45min").value
    (0.035, 2700.0)
    >>> parse_quantity("100k rows")
    Quantity(text='100k rows', value=100000.0, dimension='rows')
    >>> parse_quantity("0.2 cores").dimension, parse_quantity("3 parsecs").dimension
    ('cores', 'text')
    """
    text = str(raw)
    # 64 characters are more than any number of ours needs, and bound the work of the pattern.
    found = _WRITTEN.fullmatch(text) if len(text) <= 64 else None
    if found is None or found[3] not in UNITS:
        return Quantity(text, None, TEXT)
    dimension, factor = UNITS[found[3]]
    count = _COUNTS.get(found[2], 1.0)
    if found[2] and (dimension in ("time", "size") or found[3] == "%"):
        return Quantity(text, None, TEXT)
    value = _times(float(found[1]), factor) * count
    return Quantity(text, value, dimension) if math.isfinite(value) else Quantity(text, None, TEXT)


def _times(number: float, factor: float) -> float:
    """Dividing by a whole number keeps `35ms` at 0.035, where multiplying by 1e-3 would not."""
    return number * factor if factor >= 1.0 else number / round(1 / factor)


def display_quantity(value: float, dimension: str) -> str:
    """The value in the largest unit that it fills, with up to four digits that matter.

    >>> display_quantity(0.035, "time"), display_quantity(12_582_912, "size")
    ('35ms', '12.58MB')
    >>> display_quantity(0.2, "cores"), display_quantity(0.87, "number")
    ('0.2 cores', '0.87')
    """
    units = _SHOWN.get(dimension)
    if units is None:
        return _digits(value) if dimension == NUMBER else f"{_digits(value)} {dimension}"
    fitting = [unit for unit, factor in units.items() if abs(value) >= factor]
    unit = fitting[-1] if value and fitting else {"time": "s", "size": "B"}[dimension]
    return f"{_digits(value / units[unit])}{unit}"


def _digits(value: float) -> str:
    return f"{value:.0f}" if 1000 <= abs(value) < 1e15 else f"{value:.4g}"

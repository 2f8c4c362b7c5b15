"""Lengths of time as people write them in a configuration: a number and its unit."""

from __future__ import annotations

import re

from swreg.errors import UsageError

SECOND, MINUTE, HOUR, DAY, WEEK = 1.0, 60.0, 3600.0, 86400.0, 604800.0
LONGEST = 400 * DAY

_UNITS = {"s": SECOND, "m": MINUTE, "min": MINUTE, "h": HOUR, "d": DAY, "w": WEEK}
_TEXT = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?) ?(s|min|m|h|d|w)", re.ASCII)


def parse_duration(text: object, *, kind: str = "window", zero: bool = False) -> float:
    """Seconds from `90s`, `15m`, `24h`, `7d` or `2w`; the unit is never guessed.

    `zero` allows a length of nothing. Raises `UsageError` for anything else, also for a bare
    number and for more than 400 days.

    >>> parse_duration("24h")
    86400.0
    """
    found = _TEXT.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None:
        raise UsageError(
            f"the {kind} {str(text)[:40]!r} is no length of time with a unit", "write it like 24h"
        )
    seconds = float(found[1]) * _UNITS[found[2]]
    if seconds > LONGEST or (seconds == 0 and not zero):
        raise UsageError(
            f"the {kind} {text!r} is {'too long' if seconds else 'empty'}",
            "use more than nothing and at most 400d",
        )
    return seconds


def duration_text(seconds: float) -> str:
    """The shortest writing of a length of time; `parse_duration` reads it back.

    >>> duration_text(86400.0), duration_text(90.0), duration_text(1209600.0)
    ('24h', '90s', '14d')
    """
    for unit, length, least in (("d", DAY, 2), ("h", HOUR, 1), ("m", MINUTE, 1)):
        if seconds >= least * length and seconds % length == 0:
            return f"{int(seconds // length)}{unit}"
    return f"{seconds:.6f}".rstrip("0").rstrip(".") + "s"

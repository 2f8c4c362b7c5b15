"""`ab-record`."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from typing import Annotated

from typer import Argument, Option

from swreg.cli.commands.ab_assign import Model
from swreg.cli.commands.monitor_record import recorded
from swreg.cli.options import Placed
from swreg.cli.output import Shown
from swreg.errors import UsageError


def command(
    shared: Placed,
    name: Model,
    key: Annotated[
        str | None, Argument(metavar="[KEY]", help="Whose outcome.", show_default=False)
    ] = None,
    value: Annotated[
        float | None, Argument(metavar="[VALUE]", help="The outcome.", show_default=False)
    ] = None,
    metric: Annotated[
        str | None, Option("--metric", metavar="NAME", help="Else the one that is compared.")
    ] = None,
) -> Shown:
    """One outcome for each key. Without VALUE it reads JSON lines with key and value."""
    from swreg.operations.ab.dealing import record_outcomes

    if (key is None) != (value is None):
        raise UsageError("a key needs its outcome", "write: NAME KEY VALUE")
    given = [(key, value)] if key is not None and value is not None else list(_lines())
    outcome = record_outcomes(shared.project(), name, given, now=time.time(), metric=metric)
    return Shown(outcome, recorded(outcome.data))


def _lines() -> Iterator[tuple[str, float]]:
    for number, line in enumerate(sys.stdin or (), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            key, value = row["key"], row["value"]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise UsageError(
                f"line {number} has no key with a value", 'write {"key": "user-17", "value": 1}'
            ) from None
        if not isinstance(key, str) or isinstance(value, bool) or not _is_number(value):
            raise UsageError(f"line {number}: the key is text and the value a number")
        yield key, float(value)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float))

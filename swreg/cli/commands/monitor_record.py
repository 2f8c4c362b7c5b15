"""`monitor-record`."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from swreg.cli import words
from swreg.cli.options import Placed
from swreg.cli.output import Block, Shown
from swreg.errors import UsageError

if TYPE_CHECKING:
    from swreg.operations.monitoring.recording import Format, Recorded

FORMATS: tuple[Format, ...] = ("jsonl", "csv")


def command(
    shared: Placed,
    name: Annotated[
        str | None, Argument(metavar="[NAME]", help="The model.", show_default=False)
    ] = None,
    metric: Annotated[
        str | None, Argument(metavar="[METRIC]", help="Like latency.", show_default=False)
    ] = None,
    value: Annotated[
        float | None, Argument(metavar="[VALUE]", help="One sample.", show_default=False)
    ] = None,
    version: Annotated[
        str | None,
        Option("--version", metavar="VERSION", help="Whose samples; else production's."),
    ] = None,
    form: Annotated[
        str, Option("--format", metavar="FORMAT", help=f"Of the input: {', '.join(FORMATS)}.")
    ] = "jsonl",
    label: Annotated[
        list[str] | None, Option("--label", metavar="KEY=VALUE", help="A label; repeatable.")
    ] = None,
) -> Shown:
    """Without VALUE it reads the input: JSON lines or CSV with metric, value, at, id, labels."""
    from swreg.operations.monitoring.recording import record_text

    given = {"model": name, "metric": metric, "version": version}
    said = {key: word for key, word in given.items() if word is not None}
    if value is not None:
        lines, form = [json.dumps({"value": value})], "jsonl"
    elif sys.stdin is None or sys.stdin.isatty():
        raise UsageError("no sample is given", "write: NAME METRIC VALUE, or pipe JSON lines in")
    else:
        lines = list(sys.stdin)
    outcome = record_text(
        shared.project(),
        lines,
        form=words.choice(form, FORMATS, kind="format"),
        given=said,
        labels=labels(label or ()),
        now=time.time(),
    )
    return Shown(outcome, recorded(outcome.data))


def labels(said: list[str] | tuple[()]) -> dict[str, str]:
    """The labels of `--label key=value`."""
    found = {}
    for word in said:
        key, equals, value = word.partition("=")
        if not equals or not key.strip():
            raise UsageError(f"--label {word!r} is not key=value", "write region=eu")
        found[key.strip()] = value
    return found


def recorded(data: tuple[Recorded, ...]) -> Iterator[Block]:
    """What was stored, a line for each series."""
    for one in data:
        yield f"{one.receipt.stored} of {one.metric} for {one.model} {one.version}"
    if not data:
        yield "there was nothing to record"

"""`registry-history`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from swreg.cli.options import Reading
from swreg.cli.output import Block, Shown, Table

if TYPE_CHECKING:
    from swreg.operations.history import HistoryLine

_HEADINGS = ("at", "what", "by", "commit", "reason")


def command(
    shared: Reading,
    name: Annotated[
        str | None, Argument(metavar="[NAME]", help="Only this model.", show_default=False)
    ] = None,
    limit: Annotated[
        int | None,
        Option("--limit", metavar="N", min=1, help="At most N events.", show_default=False),
    ] = None,
) -> Shown:
    """The history is the commit log: every event as its commit recorded it."""
    from swreg.operations.history import history

    outcome = history(shared.project(), name, at=shared.at, limit=limit)
    return Shown(outcome, _text(outcome.data))


def _text(lines: tuple[HistoryLine, ...]) -> Iterator[Block]:
    yield Table(_HEADINGS, list(map(_row, lines))) if lines else "nothing happened yet"


def _row(line: HistoryLine) -> tuple[str, ...]:
    what = f"BROKEN RECORD: {line.fault} ({line.summary})" if line.fault else line.summary
    what += " (forced)" if line.forced else ""
    who = line.actor.partition(" <")[0]
    return (line.at or "-", what, who or "-", line.commit[:10], line.reason or "-")

"""`registry-history`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from typer import Argument

from swreg.cli.options import Listing
from swreg.cli.output import Block, Shown, Table

if TYPE_CHECKING:
    from swreg.operations.history import HistoryLine

_HEADINGS = ("at", "what", "by", "commit", "reason")


def command(
    shared: Listing,
    name: Annotated[
        str | None, Argument(metavar="[NAME]", help="Only this model.", show_default=False)
    ] = None,
) -> Shown:
    """The history is the commit log: every event as its commit recorded it."""
    from swreg.operations.history import history

    # One more shows that there are more.
    limit = shared.bound + 1 if shared.bound else None
    outcome = history(shared.project(), name, at=shared.at, limit=limit)
    return shared.shown(outcome, _text)


def _text(lines: tuple[HistoryLine, ...]) -> Iterator[Block]:
    yield Table(_HEADINGS, list(map(_row, lines))) if lines else "nothing happened yet"


def _row(line: HistoryLine) -> tuple[str, ...]:
    what = f"BROKEN RECORD: {line.fault} ({line.summary})" if line.fault else line.summary
    what += " (forced)" if line.forced else ""
    who = line.actor.partition(" <")[0]
    return (line.at or "-", what, who or "-", line.commit[:10], line.reason or "-")

"""`registry-history`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from swreg.cli.options import Listing
from swreg.cli.output import Block, Shown, Table
from swreg.cli.terminal import draws_lines

if TYPE_CHECKING:
    from swreg.domain.events import Event
    from swreg.operations.history import HistoryLine
    from swreg.operations.project import Project

_HEADINGS = ("at", "what", "by", "commit", "reason")


def command(
    shared: Listing,
    name: Annotated[
        str | None, Argument(metavar="[NAME]", help="Only this model.", show_default=False)
    ] = None,
    graph: Annotated[
        bool, Option("--graph", help="Draw how versions moved between stages.")
    ] = False,
) -> Shown:
    """The history is the commit log: every event as its commit recorded it."""
    from swreg.operations.history import history

    # One more shows that there are more.
    limit = shared.bound + 1 if shared.bound else None
    project = shared.project()
    outcome = history(project, name, at=shared.at, limit=limit)
    if not graph:
        return shared.shown(outcome, _text)
    return shared.shown(outcome, lambda lines: _graph(project, lines, shared.at))


def _graph(project: Project, lines: tuple[HistoryLine, ...], at: str | None) -> Iterator[Block]:
    """A drawing for each model, in the order of what happened last."""
    from swreg.domain import stage_graph
    from swreg.operations.history import events_of

    signs = stage_graph.LINES if draws_lines() else stage_graph.ASCII
    events: dict[str, list[Event]] = {}
    for event in events_of(project, lines, at=at):
        events.setdefault(event.model, []).append(event)
    drawn = {model: list(stage_graph.rows(of, signs)) for model, of in events.items()}
    for number, (model, rows) in enumerate((model, rows) for model, rows in drawn.items() if rows):
        yield f"{chr(10) * (number > 0)}{model}"
        yield Table((stage_graph.HEADING, "at", "version", "why"), rows)
    if not any(drawn.values()):
        yield "nothing moved yet"


def _text(lines: tuple[HistoryLine, ...]) -> Iterator[Block]:
    yield Table(_HEADINGS, list(map(_row, lines))) if lines else "nothing happened yet"


def _row(line: HistoryLine) -> tuple[str, ...]:
    what = f"BROKEN RECORD: {line.fault} ({line.summary})" if line.fault else line.summary
    what += " (forced)" if line.forced else ""
    who = line.actor.partition(" <")[0]
    return (line.at or "-", what, who or "-", line.commit[:10], line.reason or "-")

"""The moves of versions between stages, drawn: a lane for each stage, the newest move on top."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from swreg.domain.events import (
    ArchivedEvent,
    CopiedEvent,
    Event,
    ImportedEvent,
    PromotedEvent,
    RegisteredEvent,
    ResolvedEvent,
    RolledBackEvent,
    UnitedEvent,
)
from swreg.domain.stage import Stage
from swreg.domain.version import Version

_GAP = "  "
HEADING = _GAP.join(Stage)
"""What stands above the lanes."""


class Signs(NamedTuple):
    """What the graph is drawn with."""

    lane: str
    new: str
    line: str
    back: str
    cross: str
    right: str
    left: str


LINES = Signs("│", "●", "─", "═", "┼", "▶", "◀")
ASCII = Signs("|", "*", "-", "=", "+", ">", "<")


class Move(NamedTuple):
    """One version that came to a stage. `start` is None where it was not in the registry before.

    `back` is the way back that a rollback took.
    """

    version: Version
    start: Stage | None
    end: Stage
    why: str
    back: bool = False


class Row(NamedTuple):
    """A line of the graph: the lanes, and what is said beside them."""

    lanes: str
    at: str
    version: str
    why: str


def rows(events: Iterable[Event], signs: Signs = LINES) -> Iterator[Row]:
    """The rows of events, in the order of the events; what moves nothing has none.

    >>> from swreg.domain.shape import Timestamp
    >>> v1, v2, at = Version.parse("v1"), Version.parse("v2"), Timestamp("2024-01-20T14:00:00Z")
    >>> back = RolledBackEvent(model="m", version=v1, from_=Stage.ARCHIVED, replaces=v2,
    ...                        actor="A", at=at, reason="worse")
    >>> for row in rows([back]):
    ...     print(row.lanes, row.version, row.why)
     │      │          ◀══════════┤ v1.0.0 back from v2.0.0: worse
     │      │          ├──────────▶ v2.0.0 held
    """
    for event in events:
        for move in moves(event):
            yield Row(_lanes(move, signs), event.at[:10], str(move.version), move.why)


def moves(event: Event) -> Iterator[Move]:
    """Who went where by an event: first the version it is about, then the one that had to leave."""
    reason = f": {event.reason}" if event.reason else ""
    forced = " (forced)" if event.forced else ""
    if isinstance(event, (CopiedEvent, ImportedEvent)):
        whence = event.source if isinstance(event, CopiedEvent) else event.origin
        yield Move(event.version, None, Stage.DEV, f"from {whence}{forced}{reason}")
    elif isinstance(event, RegisteredEvent):
        yield Move(event.version, None, Stage.DEV, f"registered{forced}{reason}")
    elif isinstance(event, PromotedEvent):
        yield Move(event.version, event.from_, event.to, f"promoted{forced}{reason}")
        if event.replaces is not None:
            end = Stage.ARCHIVED if event.to is Stage.PRODUCTION else Stage.DEV
            yield Move(event.replaces, event.to, end, f"replaced by {event.version}")
    elif isinstance(event, RolledBackEvent):
        yield from _back(event, f"{forced}{reason}")
    elif isinstance(event, ArchivedEvent):
        yield Move(event.version, event.from_, Stage.ARCHIVED, f"archived{forced}{reason}")
    elif isinstance(event, (UnitedEvent, ResolvedEvent)):
        for stage, version in (
            (Stage.PRODUCTION, event.production),
            (Stage.STAGING, event.staging),
        ):
            if version is not None:
                yield Move(version, None, stage, f"{event.kind} in a merge")


def _back(event: RolledBackEvent, more: str) -> Iterator[Move]:
    """A rollback; nobody is held where production was empty."""
    source = f" from {event.replaces}" if event.replaces is not None else ""
    why = f"back{source}{more}"
    yield Move(event.version, event.from_, Stage.PRODUCTION, why, back=True)
    if event.replaces is not None:
        yield Move(event.replaces, Stage.PRODUCTION, Stage.ARCHIVED, "held")


def _lanes(move: Move, signs: Signs) -> str:
    places = _places()
    cells = [signs.lane if at in places.values() else " " for at in range(len(HEADING))]
    end = places[move.end]
    if move.start is None or move.start is move.end:
        cells[end] = signs.new
        return "".join(cells).rstrip()
    start = places[move.start]
    line = signs.back if move.back else signs.line
    for at in range(min(start, end) + 1, max(start, end)):
        cells[at] = line if cells[at] == " " else signs.cross
    joint = "├" if end > start else "┤"
    cells[start] = joint if signs is LINES else signs.cross
    cells[end] = signs.right if end > start else signs.left
    return "".join(cells).rstrip()


def _places() -> dict[Stage, int]:
    """The column of each stage's lane: the middle of its word."""
    found, at = {}, 0
    for stage in Stage:
        found[stage] = at + len(stage) // 2
        at += len(stage) + len(_GAP)
    return found

"""The record of a decided merge: it leads from what both histories tell to what was decided."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from swreg.domain.catalog import Model
from swreg.domain.events import Event, ResolvedEvent, Settled
from swreg.domain.merging import Decisions, Side, merge_model
from swreg.domain.record import Record
from swreg.domain.shape import Timestamp
from swreg.domain.stage import Stage
from swreg.errors import SwregError


def settlement(
    merged: Model, histories: tuple[Sequence[Record], Sequence[Record]], decisions: Decisions, *,
    actor: str, at: Timestamp, parent: str,
) -> ResolvedEvent:  # fmt: skip
    """The event after which either order of two histories leads to the merged model.

    A history file and the commit log may tell parallel acts in different orders, so every version
    about which one of the orders is wrong is in the event.
    """
    ways = [_told(merged.name, order) for order in _orders(*histories)]
    numbers = sorted({*merged.versions, *(one for way in ways for one in way.versions)})
    return ResolvedEvent(
        model=merged.name,
        decided=tuple(sorted(f"{key}={side}" for (_, key), side in decisions.items())),
        production=merged.stages.get(Stage.PRODUCTION),
        staging=merged.stages.get(Stage.STAGING),
        entries=tuple(
            Settled(version=one, entry=merged.versions.get(one))
            for one in numbers
            if any(way.versions.get(one) != merged.versions.get(one) for way in ways)
        ),
        actor=actor,
        at=at,
        parent=parent,
    )


def decisions_in(event: ResolvedEvent) -> Decisions:
    """Who won where, as the event tells it; words that say nothing decide nothing."""
    sides: dict[str, Side] = {"ours": "ours", "theirs": "theirs"}
    pairs = (word.rpartition("=") for word in event.decided)
    return {(event.model, key): sides[side] for key, _, side in pairs if side in sides}


def follows(
    event: ResolvedEvent, base: Model | None, sides: tuple[Model, ...], after: Model
) -> bool:
    """Whether a merge is what the recorded decisions make of its two sides, and nothing else."""
    if len(sides) != 2 or event.apply(after) != after:
        return False
    made = merge_model(base, *sides, decisions=decisions_in(event))
    return not made.conflicts and made.ours.models.get(after.name, Model(after.name)) == after


def _orders(ours: Sequence[Record], theirs: Sequence[Record]) -> tuple[list[Event], list[Event]]:
    def one_after(first: Sequence[Record], second: Sequence[Record]) -> list[Event]:
        known = {one.id for one in first}
        return [one.event for one in (*first, *(one for one in second if one.id not in known))]

    return one_after(ours, theirs), one_after(theirs, ours)


def _told(name: str, events: Iterable[Event]) -> Model:
    model = Model(name)
    for event in events:
        if event.model == name:
            try:
                model = event.apply(model)
            except SwregError:
                continue
    return model

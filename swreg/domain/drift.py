"""Drift: where state and records disagree. Everything here is pure: values in, sentences out.

The law of the registry is `fold(events, before) == after`. `walk` replays the events of one
change on the state before it and says what could not have happened; `differences` says, in words,
what two states of a model do not share.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from swreg.domain import moves, shape
from swreg.domain.catalog import Found, Model
from swreg.domain.entry import Entry
from swreg.domain.events import (
    ApprovedEvent,
    ArchivedEvent,
    Event,
    HoldLiftedEvent,
    PromotedEvent,
    PromotionRequestedEvent,
    RegisteredEvent,
    RolledBackEvent,
    VersionEvent,
)
from swreg.domain.gates import Violation
from swreg.domain.stage import POINTED, Stage
from swreg.domain.version import Version
from swreg.errors import SwregError


@dataclass(frozen=True, slots=True)
class Difference:
    """One fact that differs: the version it is about (None for a pointer or model), in words."""

    version: Version | None
    what: str


@dataclass(frozen=True, slots=True)
class Fault:
    """An event that cannot be as told: the id of the rule it breaks, and why."""

    id: str
    event: Event
    what: str
    fix: str = ""


Judge = Callable[[Model, VersionEvent], Iterable[Violation]]
"""What the gates say of an event, on the state that it found."""


def walk(model: Model, events: Iterable[Event], judge: Judge) -> tuple[Model, list[Fault]]:
    """The model after the events, and every event that could not have happened so."""
    faults: list[Fault] = []
    for event in events:
        if isinstance(event, VersionEvent):
            faults += _wrong(model, event, judge)
        try:
            model = event.apply(model)
        except SwregError:
            # The reason stands in `faults` already: the version is not there.
            continue
    return model, faults


def _wrong(model: Model, event: VersionEvent, judge: Judge) -> list[Fault]:
    """Why the event was impossible, or else what the gates say of it."""
    wrong = [Fault("SWR202", event, what) for what in illegal(model, event)]
    return wrong or [
        Fault("SWR203", event, f"[{one.id}] {one.what}", one.fix) for one in judge(model, event)
    ]


def illegal(model: Model, event: VersionEvent) -> Iterator[str]:
    """Why the event could not happen to this model, whatever the policy says."""
    if isinstance(event, RegisteredEvent):
        if event.version in model.versions:
            yield f"{event.version} is registered a second time"
        return
    if event.version not in model.versions:
        yield f"{event.version} is not registered"
        return
    found = Found("", model, event.version)
    told = getattr(event, "from_", None)
    if told is not None and told is not found.stage:
        yield f"{event.version} was in {found.stage}, not in {told} as the record says"
        return
    check = _CHECKS.get(type(event))
    try:
        yield from check(found, event) if check else ()
    except SwregError as error:
        yield error.what


def _promoted(found: Found, event: Any) -> Iterator[str]:
    moves.require_not_held(found)
    moves.require_move(found, event.to, reason=event.reason)
    held = found.model.stages.get(event.to) if event.to in POINTED else None
    if event.replaces != held:
        yield f"{event.to} held {held or 'nothing'}, not {event.replaces or 'nothing'}"


def _requested(found: Found, event: Any) -> Iterator[str]:
    moves.require_not_held(found)
    moves.require_move(found, event.to, reason=event.reason)
    yield from ()


def _rolled_back(found: Found, event: Any) -> Iterator[str]:
    moves.rollback(found, actor=event.actor, at=event.at, reason=event.reason)
    if event.replaces != found.model.production:
        yield f"production held {found.model.production}, not {event.replaces}"


def _archived(found: Found, event: Any) -> Iterator[str]:
    moves.archival(found, actor=event.actor, at=event.at, reason=event.reason, force=event.forced)
    yield from ()


def _lifted(found: Found, event: Any) -> Iterator[str]:
    moves.lift_hold(found, actor=event.actor, at=event.at, reason=event.reason)
    yield from ()


def _approved(found: Found, event: Any) -> Iterator[str]:
    if event.for_ not in POINTED:
        yield f"{event.for_} needs no approval"
    if event.digest != found.entry.artifact.digest:
        yield f"the approval is for other bytes ({event.digest[:19]}…)"
    if found.entry.hold or found.stage is Stage.ARCHIVED:
        yield f"{found.version} is {'held' if found.entry.hold else 'archived'}"


_CHECKS: dict[type[VersionEvent], Callable[[Found, Any], Iterator[str]]] = {
    PromotedEvent: _promoted,
    PromotionRequestedEvent: _requested,
    RolledBackEvent: _rolled_back,
    ArchivedEvent: _archived,
    HoldLiftedEvent: _lifted,
    ApprovedEvent: _approved,
}


def differences(before: Model, after: Model) -> Iterator[Difference]:
    """Every fact that two states of a model do not share, as a reader says it."""
    for stage in POINTED:
        old, new = before.stages.get(stage), after.stages.get(stage)
        if old != new:
            yield Difference(new or old, f"{stage} is {new or 'empty'}, not {old or 'empty'}")
    for version in sorted({*before.versions, *after.versions}):
        one, two = before.versions.get(version), after.versions.get(version)
        if two is None:
            yield Difference(version, f"{version} was taken out")
        elif one is None:
            yield Difference(version, f"{version} was put in")
        else:
            yield from _fields(version, one, two)


def _fields(version: Version, before: Entry, after: Entry) -> Iterator[Difference]:
    for name in ENTRY_FIELDS:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield Difference(version, f"{name} of {version} is {_said(new)}, not {_said(old)}")


ENTRY_FIELDS = tuple(field.name for field in dataclasses.fields(Entry))


def _said(value: object) -> str:
    """A value, short enough for a sentence."""
    if not value:
        return "nothing"
    text = str(shape.write(value)) if dataclasses.is_dataclass(value) else str(value)
    if isinstance(value, tuple):
        text = str([shape.write(one) for one in value])
    return text if len(text) <= 120 else f"{text[:119]}…"


def unordered(model: Model) -> Model:
    """The model with lists that a merge may join in any order put into one order."""
    versions = {
        version: dataclasses.replace(
            entry,
            approvals=tuple(sorted(entry.approvals, key=repr)),
            tags=tuple(sorted(entry.tags)),
        )
        for version, entry in model.versions.items()
    }
    return dataclasses.replace(model, versions=versions)

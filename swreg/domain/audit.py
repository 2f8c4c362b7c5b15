"""The audit of a model: its deployments and decisions over a time, from its events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from swreg.domain.events import (
    ApprovedEvent,
    ArchivedEvent,
    Event,
    PolicyChangedEvent,
    PromotedEvent,
    PromotionRequestedEvent,
    RejectedEvent,
    RolledBackEvent,
    VersionEvent,
)
from swreg.domain.shape import Timestamp
from swreg.domain.stage import Stage
from swreg.domain.version import Version
from swreg.domain.witness import Discrepancy


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """One stay of a version in production.

    `until` is None while it is live. `seconds` counts to `until`, or to the report's end.
    """

    model: str
    version: Version
    since: Timestamp
    until: Timestamp | None
    seconds: int
    how: str
    requested_by: str | None
    approved_by: tuple[str, ...]
    deployed_by: str
    reason: str
    forced: bool
    ended: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionFacts:
    """What was recorded of a version: its metrics, and the data it was trained on.

    `signed_by` is the trusted key that signed the model, None where none did.
    """

    model: str
    version: Version
    registered_at: Timestamp
    registered_by: str
    digest: str
    metrics: Mapping[str, float] = field(default_factory=dict)
    data: str | None = None
    features: str | None = None
    experiment: str | None = None
    framework: str | None = None
    signed_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """What an auditor asks for; `str()` is Markdown.

    `policy` is the configuration in force at the end, as plain data; `commit` the state judged.
    """

    model: str | None
    start: str | None
    end: str | None
    commit: str
    deployments: tuple[Deployment, ...]
    versions: tuple[VersionFacts, ...]
    events: tuple[Event, ...]
    policy: Mapping[str, Any]
    integrity: tuple[Discrepancy, ...]
    signed: str

    @property
    def policy_changes(self) -> tuple[PolicyChangedEvent, ...]:
        """Changes of the rules, those that relax them among them."""
        return tuple(one for one in self.events if isinstance(one, PolicyChangedEvent))

    @property
    def forced(self) -> tuple[Event, ...]:
        """Acts that overrode a rule."""
        return tuple(one for one in self.events if one.forced)

    def __str__(self) -> str:
        from swreg.domain.audit_text import markdown

        return markdown(self)


def deployments(events: Sequence[Event], *, end: Timestamp) -> tuple[Deployment, ...]:
    """Every stay in production, in order; `end` closes what is live for counting only.

    `events` are oldest first, of one model or several.
    """
    stays: list[Deployment] = []
    live: dict[str, int] = {}
    asked: dict[tuple[str, Version], str] = {}
    yes: dict[tuple[str, Version], list[str]] = {}
    for event in events:
        if not isinstance(event, VersionEvent):
            continue
        key = (event.model, event.version)
        if isinstance(event, PromotionRequestedEvent) and event.to is Stage.PRODUCTION:
            asked[key] = event.actor
        elif isinstance(event, ApprovedEvent) and event.for_ is Stage.PRODUCTION:
            yes.setdefault(key, []).append(event.on_behalf_of or event.actor)
        elif isinstance(event, RejectedEvent):
            yes.pop(key, None)
        if _leaves(event, stays, live):
            ended = live.pop(event.model)
            stays[ended] = _closed(stays[ended], event)
        if _enters(event):
            live[event.model] = len(stays)
            stays.append(_stay(event, asked.get(key), tuple(yes.get(key, ())), end))
    return tuple(stays)


def _enters(event: Event) -> bool:
    return isinstance(event, RolledBackEvent) or (
        isinstance(event, PromotedEvent) and event.to is Stage.PRODUCTION
    )


def _leaves(event: VersionEvent, stays: list[Deployment], live: dict[str, int]) -> bool:
    if event.model not in live:
        return False
    gone = isinstance(event, ArchivedEvent) and event.version == stays[live[event.model]].version
    return gone or _enters(event)


def _stay(
    event: VersionEvent, asked: str | None, yes: tuple[str, ...], end: Timestamp
) -> Deployment:
    return Deployment(
        model=event.model,
        version=event.version,
        since=event.at,
        until=None,
        seconds=_between(event.at, end),
        how=event.kind,
        requested_by=asked,
        approved_by=yes,
        deployed_by=event.actor,
        reason=event.reason,
        forced=event.forced,
    )


def _closed(stay: Deployment, event: VersionEvent) -> Deployment:
    from dataclasses import replace

    how = {"promoted": "replaced by", "rolled-back": "rolled back to", "archived": "archived:"}
    return replace(
        stay,
        until=event.at,
        seconds=_between(stay.since, event.at),
        ended=f"{how[event.kind]} {event.reason if event.kind == 'archived' else event.version}",
    )


def _between(start: str, end: str) -> int:
    moments = [datetime.fromisoformat(text) for text in (start, end)]
    return max(0, int((moments[1] - moments[0]).total_seconds()))


def within(events: Iterable[Event], start: str | None, end: str | None) -> tuple[Event, ...]:
    """The events of a time; bounds are days or UTC times as text, both inclusive.

    >>> within((), "2023-01-01", "2024-01-31")
    ()
    """
    last = f"{end}T23:59:59.999999Z" if end is not None and len(end) == 10 else end
    return tuple(
        one
        for one in events
        if (start is None or one.at >= start) and (last is None or one.at <= last)
    )

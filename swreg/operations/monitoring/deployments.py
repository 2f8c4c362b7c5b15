"""Which version was in production when, by the history: what a sample of then belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from swreg.domain.events import ArchivedEvent, Event, PromotedEvent, RolledBackEvent
from swreg.domain.stage import Stage
from swreg.operations.monitoring.baseline import seconds


@dataclass(frozen=True, slots=True)
class Deployment:
    """A version entered production, or None: it was left empty; `text` says how."""

    at: float
    version: str | None
    text: str


def deployments(events: Iterable[Event]) -> list[Deployment]:
    """When which version entered production, and when none was left there, oldest first."""
    found = []
    for event in events:
        if isinstance(event, RolledBackEvent):
            version, text = str(event.version), f"back to {event.version}"
        elif isinstance(event, PromotedEvent) and event.to is Stage.PRODUCTION:
            version = text = str(event.version)
        elif isinstance(event, (PromotedEvent, ArchivedEvent)) and event.from_ is Stage.PRODUCTION:
            version, text = None, f"without {event.version}"
        else:
            continue
        found.append(Deployment(seconds(event.at), version, text))
    return found


def live_at(there: Sequence[Deployment], at: float) -> str | None:
    """The version in production at a time; None before the first, and where there was none."""
    return next((one.version for one in reversed(there) if one.at <= at), None)

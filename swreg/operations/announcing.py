"""Tell who wants to hear of it what happened, after it happened; nothing here can undo it.

What cannot be delivered is kept beside the repository's own files: `doctor` reports it, and the
next write, check or `doctor --fix` sends it again.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from swreg.domain import shape
from swreg.domain.catalog import Model
from swreg.domain.entry import Entry
from swreg.domain.events import EVENTS, TriggerFiredEvent
from swreg.domain.policy import Notification
from swreg.domain.record import Record, record_id
from swreg.domain.shape import Timestamp
from swreg.monitoring.notify import Message
from swreg.monitoring.outbox import Outbox, Undelivered
from swreg.operations.delivering import Pair, deliver
from swreg.operations.monitoring.sources import sample_store
from swreg.operations.outcome import Outcome
from swreg.operations.project import Project, timestamp

T = TypeVar("T")

NEAR_END = "end-of-life-near"
USUAL = (
    "promoted",
    "promotion-requested",
    "rolled-back",
    "trigger-fired",
    "trigger-resolved",
    NEAR_END,
)
NEAR = timedelta(days=14)


def announced(
    project: Project, outcome: Outcome[T], stop: threading.Event | None = None
) -> Outcome[T]:
    """The outcome, after everybody was told; a warning for each delivery that failed.

    Once `stop` is set nobody is waited for much longer.
    """
    # What another registry told long ago is no news.
    fresh = [record for record in outcome.records if not record.event.origin]
    messages = [message_of(project, record) for record in fresh]
    failed = _send(project, _wanted(project.policy.notifications, messages), stop)
    return replace(outcome, warnings=(*outcome.warnings, *failed))


def message_of(project: Project, record: Record) -> Message:
    """The message about one event; its id is the record's, however often it is sent."""
    event = record.event
    version = getattr(event, "version", None)
    reason = f": {event.reason}" if event.reason else ""
    return Message(
        id=record.id,
        source=_source(project),
        kind=event.kind,
        subject=f"{event.model}@{version}" if version else event.model or "policy",
        at=event.at,
        data=shape.write(event),
        title=event.summary(),
        text=f"{event.summary()}{reason}\nby {event.actor} at {event.at}",
    )


def announce_again(
    project: Project,
    event: TriggerFiredEvent,
    observed: str,
    *,
    now: float,
    stop: threading.Event | None = None,
) -> list[str]:
    """Remind of an alert that was committed when it began, and is not over; what went wrong."""
    message = message_of(project, Record(event, record_id(event)))
    what = f"still firing since {event.at}: {event.model} {event.version}: {observed}"
    again = replace(
        message,
        id=f"{message.id}-{int(now)}",
        at=timestamp(f"{int(now)} +0000"),
        data={**message.data, "observed": observed, "again": True},
        title=what,
        text=what,
    )
    return _send(project, _wanted(project.policy.notifications, [again]), stop)


def announce_near_ends(
    project: Project, *, now: float, stop: threading.Event | None = None
) -> None:
    """Tell once of each version in production whose end of life is near."""
    if not project.policy.notifications:
        return
    today = datetime.fromtimestamp(now, UTC).date()
    with sample_store(project) as store:
        for _, model in project.registry().models():
            if model.production is None:
                continue
            entry, version = model.versions[model.production], str(model.production)
            end = entry.deprecated.end_of_life if entry.deprecated else None
            if end is None or end - today > NEAR:
                continue
            what = f"end of life {end}"
            if store.fired(model.name, version, what) is None:
                message = _near_end(project, model, entry, now)
                _send(project, _wanted(project.policy.notifications, [message]), stop)
                store.remember(model.name, version, what, fired=now, firing=False)


def _near_end(project: Project, model: Model, entry: Entry, now: float) -> Message:
    end = entry.deprecated.end_of_life if entry.deprecated else None
    what = f"{model.name} {model.production} in production reaches its end of life on {end}"
    return Message(
        id=f"{NEAR_END}-{model.name}-{model.production}-{end}",
        source=_source(project),
        kind=NEAR_END,
        subject=f"{model.name}@{model.production}",
        at=timestamp(f"{int(now)} +0000"),
        data={"model": model.name, "version": str(model.production), "end_of_life": str(end)},
        title=what,
        text=what,
    )


def waiting(project: Project) -> list[Undelivered]:
    """What could not be delivered so far."""
    return outbox(project).all()


def resend(
    project: Project,
    there: Sequence[Undelivered] | None = None,
    stop: threading.Event | None = None,
) -> list[str]:
    """Try once more what waits, or some of it; a line for each that failed again."""
    again = waiting(project) if there is None else there
    pairs = [(Notification(url=one.url, secret_env=one.secret_env), _message(one)) for one in again]
    return deliver(outbox(project), pairs, attempts=1, stop=stop) if pairs else []


def outbox(project: Project) -> Outbox:
    """Where the repository keeps what could not be delivered."""
    return Outbox(project.git.common_dir / "swreg" / "undelivered")


def hears(notification: Notification, kind: str) -> bool:
    """Whether somebody wants to hear of such an event."""
    return kind in (notification.events or USUAL)


def unknown_events(notifications: Iterable[Notification]) -> list[str]:
    """Names of events that there are not, which somebody waits for in vain."""
    known = {*EVENTS, NEAR_END}
    return [name for one in notifications for name in one.events if name not in known]


def _source(project: Project) -> str:
    environment = project.layout.environment
    return f"/{project.git.root.name}" + (f"/{environment}" if environment else "")


def _wanted(notifications: Iterable[Notification], messages: list[Message]) -> Iterator[Pair]:
    for notification in notifications:
        for message in messages:
            if hears(notification, message.kind):
                yield notification, message


def _send(
    project: Project, pairs: Iterable[Pair], stop: threading.Event | None = None
) -> list[str]:
    todo = list(pairs)
    return deliver(outbox(project), todo, stop=stop) if todo else []


def _message(one: Undelivered) -> Message:
    return Message(
        id=one.id,
        source=one.source,
        kind=one.kind,
        subject=one.subject,
        at=Timestamp(one.at),
        data=json.loads(one.data),
        title=one.title,
        text=one.text,
    )

"""The plan of an A/B test as its event keeps it, and which test runs now.

Both are read from the history file at the branch's tip, so every process and machine that has the
commit deals the same keys to the same versions.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import dropwhile
from typing import Literal

from swreg.domain.catalog import Found
from swreg.domain.events import (
    AbTestDecidedEvent,
    AbTestStartedEvent,
    ArchivedEvent,
    Event,
    HeldEvent,
    PromotedEvent,
    RolledBackEvent,
)
from swreg.domain.names import parse_name
from swreg.domain.readings import Direction
from swreg.domain.shape import ShapeError, Timestamp, read, write
from swreg.domain.version import Version
from swreg.errors import BrokenFile, NotFound
from swreg.monitoring.experiments import Design
from swreg.operations.past import model_events
from swreg.operations.project import Project
from swreg.storage.source import Revision

Outcomes = Literal["keys", "samples", "prometheus"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a test is laid out.

    `split` is the treatment's share and `days` how long it is meant to run. `guard_rails` are
    margins by metric. `outcomes` says where they come from: recorded by key, all samples of both
    versions, or a Prometheus server.
    """

    metric: str
    split: float = 0.1
    days: float = 7.0
    bad: Direction | None = None
    alpha: float = 0.05
    power: float = 0.8
    minimum_effect: float | None = None
    minimum_samples: int = 100
    planned_samples: int = 5000
    guard_rails: Mapping[str, float] = field(default_factory=dict)
    outcomes: Outcomes = "keys"

    @property
    def design(self) -> Design:
        """The same for the statistics; `UsageError` where it makes no test."""
        return Design(
            metric=self.metric,
            split=self.split,
            bad=self.bad,
            alpha=self.alpha,
            power=self.power,
            minimum_effect=self.minimum_effect,
            minimum_samples=self.minimum_samples,
            planned_samples=self.planned_samples,
        )

    def text(self) -> str:
        """The plan as the event keeps it; `parse_plan` reads it back."""
        return json.dumps(write(self), sort_keys=True)


def parse_plan(text: str) -> Plan:
    """The plan of an event."""
    try:
        return read(Plan, json.loads(text))
    except (ValueError, ShapeError) as error:
        raise BrokenFile(
            f"the plan of the A/B test cannot be read: {error}",
            "end the test: swreg ab stop NAME --force --reason TEXT",
        ) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """A test that was started: who against whom, since when, and by which plan.

    `ended` is when one of the two versions left its place, and `why` how: from then on nobody may
    be dealt a version that somebody has taken away. The test still waits for its decision.
    """

    model: str
    control: Version
    treatment: Version
    started: Timestamp
    plan: Plan
    ended: Timestamp | None = None
    why: str = ""

    @property
    def id(self) -> str:
        """What tells this test from every other; the keys are dealt anew for each."""
        return f"{self.model} {self.control} {self.treatment} {self.started}"


def running(project: Project, name: str) -> Test | None:
    """The test of a model that was started and not decided yet."""
    home, model = project.registry(names=[parse_name(name)]).model(name)
    return running_in(Revision(project.git, project.tip), home, model.name)


def require_running(project: Project, name: str) -> Test:
    """The running test; `NotFound` where there is none."""
    test = running(project, name)
    if test is None:
        raise NotFound(f"no A/B test of {name} runs", f"start one: swreg ab start {name}")
    return test


def running_in(source: Revision, home: str, name: str) -> Test | None:
    """The same, as a commit has it; `BrokenFile` where its plan cannot be read."""
    event = started_in(source, home, name)
    if event is None:
        return None
    end = _end(event, model_events(source, home, name))
    return Test(
        model=name,
        control=event.control,
        treatment=event.version,
        started=event.at,
        plan=parse_plan(event.plan),
        ended=end.at if end else None,
        why=end.summary() if end else "",
    )


def _end(begun: AbTestStartedEvent, events: Iterable[Event]) -> Event | None:
    """The first event after the start that takes either version from its place."""
    arms = (begun.control, begun.version)
    after = dropwhile(lambda event: event != begun, events)
    for event in after:
        taken = isinstance(event, (HeldEvent, ArchivedEvent)) and event.version in arms
        left = isinstance(event, (RolledBackEvent, PromotedEvent)) and event.replaces in arms
        if taken or left:
            return event
    return None


def started_in(source: Revision, home: str, name: str) -> AbTestStartedEvent | None:
    """The start of the running test, whether or not its plan can be read."""
    begun = None
    for event in model_events(source, home, name):
        if isinstance(event, AbTestStartedEvent):
            begun = event
        elif isinstance(event, AbTestDecidedEvent) and begun is not None:
            same = (event.version, event.control) == (begun.version, begun.control)
            begun = None if same else begun
    return begun


def last_decision(source: Revision, found: Found, control: Version) -> AbTestDecidedEvent | None:
    """How the comparison of a version with another ended the last time."""
    decided = [
        event
        for event in model_events(source, found.home, found.model.name)
        if isinstance(event, AbTestDecidedEvent)
        and (event.version, event.control) == (found.version, control)
    ]
    return decided[-1] if decided else None

"""Commit what a window showed, so that colleagues, CI and the audit see figures over time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from swreg.domain.duration import duration_text
from swreg.domain.events import MonitorSnapshotEvent
from swreg.domain.names import Reference
from swreg.domain.version import Version
from swreg.errors import NotFound
from swreg.operations.monitoring.branch import acting_on
from swreg.operations.monitoring.status import Figure, status
from swreg.operations.outcome import Outcome
from swreg.operations.project import Project
from swreg.operations.transaction import Transaction, WriteOptions, write


def snapshot(
    project: Project,
    *,
    now: float,
    window: float,
    model: str | None = None,
    reason: str = "",
    options: WriteOptions = WriteOptions(),
) -> Outcome[tuple[Figure, ...]]:
    """One event for each deployed version with figures; raises `NotFound` where there are none."""
    project, options, doubts = acting_on(project, options)
    seen = status(project, now=now, window=window, model=model).data
    known = tuple(one for one in seen.figures if one.value is not None)
    if not known:
        raise NotFound(
            f"there are no figures of the last {duration_text(window)}",
            "swreg monitor status shows what is tracked",
        )

    def decide(tx: Transaction) -> tuple[Figure, ...]:
        for name, version in dict.fromkeys((one.model, one.version) for one in known):
            mine = [one for one in known if (one.model, one.version) == (name, version)]
            found = tx.find(Reference(name, (name,), version=Version.parse(version)))
            event = MonitorSnapshotEvent(
                model=name,
                version=found.version,
                figures=figures_text(mine, window),
                actor=tx.actor,
                at=tx.now,
                reason=reason,
            )
            tx.apply_to(found, event)
        return known

    outcome = write(project, "monitor-snapshot", decide, options)
    return replace(outcome, warnings=(*doubts, *outcome.warnings))


def figures_text(figures: Iterable[Figure], window: float) -> str:
    """The figures in one line, as the record keeps them."""
    parts = [
        f"{one.metric} {one.aggregate} {one.value:.6g} ({one.samples} samples)"
        for one in figures
        if one.value is not None
    ]
    return f"{', '.join(parts)} over {duration_text(window)}"

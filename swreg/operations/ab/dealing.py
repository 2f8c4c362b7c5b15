"""Deal keys to the versions of a running test, and record what came of each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from swreg.domain.names import Reference
from swreg.domain.stage import Stage
from swreg.errors import NotReady, UsageError
from swreg.monitoring.assignment import Arm as ArmName
from swreg.monitoring.assignment import assign as deal
from swreg.monitoring.batch import AB, Series
from swreg.monitoring.feeds import Batch
from swreg.operations.ab.plan import Test, require_running
from swreg.operations.monitoring.branch import seen_from
from swreg.operations.monitoring.recording import Recorded
from swreg.operations.monitoring.sources import sample_store
from swreg.operations.outcome import Outcome, read_outcome
from swreg.operations.project import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class Dealt:
    """The version that a key gets; `none` is the arm of a test that ended."""

    key: str
    arm: ArmName | Literal["none"]
    version: str


def assign(project: Project, model: str, keys: Iterable[str]) -> Outcome[tuple[Dealt, ...]]:
    """The version that each key gets in the running test: the same everywhere, always."""
    project = seen_from(project)
    test = require_running(project, model)
    if test.ended is None:
        return read_outcome("ab-assign", tuple(dealt(test, key) for key in keys))
    live = str(project.find(Reference(test.model, (test.model,), stage=Stage.PRODUCTION)).version)
    data = tuple(Dealt(key=key, arm="none", version=live) for key in keys)
    return read_outcome("ab-assign", data, ending(test))


def ending(test: Test) -> str:
    """What ended a test before it was decided."""
    return f"the test ended at {test.ended} ({test.why}); everybody gets what is in production"


def dealt(test: Test, key: str) -> Dealt:
    """The version that a key gets."""
    arm = deal(key, test.plan.split, salt=test.id)
    version = test.treatment if arm == "treatment" else test.control
    return Dealt(key=key, arm=arm, version=str(version))


def record_outcomes(
    project: Project,
    model: str,
    outcomes: Iterable[tuple[str, float]],
    *,
    now: float,
    metric: str | None = None,
) -> Outcome[tuple[Recorded, ...]]:
    """Store one outcome for each key, under the version that the key was dealt.

    The first outcome of a key counts; a later one is a duplicate. `metric` is the plan's, or one
    of its guard-rails.
    """
    project = seen_from(project)
    test = require_running(project, model)
    if test.ended is not None:
        raise NotReady(ending(test), f"decide it: swreg ab stop {test.model}")
    name = metric or test.plan.metric
    if name not in (test.plan.metric, *test.plan.guard_rails):
        raise UsageError(
            f"{name} is not looked at in this test", f"record {test.plan.metric}, as it was planned"
        )
    found: dict[str, Batch] = {}
    for key, value in outcomes:
        version = dealt(test, key).version
        series = Series(model=test.model, version=version, metric=name, labels={AB: test.id})
        batch = found.setdefault(version, Batch(series=series))
        batch.times.append(now)
        batch.values.append(value)
        batch.ids.append(key)
    with sample_store(project) as store:
        data = tuple(
            Recorded(
                model=test.model,
                version=version,
                metric=name,
                receipt=store.add(one.series, one.times, one.values, now=now, ids=one.ids),
            )
            for version, one in found.items()
        )
    known = sum(one.receipt.duplicates for one in data)
    notes = [f"{known} keys have an outcome already; the first one counts"] if known else []
    return read_outcome("ab-record", data, *notes)

"""Look at a running A/B test, and decide it."""

from __future__ import annotations

from dataclasses import dataclass

from swreg.domain.catalog import Found
from swreg.domain.duration import DAY
from swreg.domain.events import AbTestDecidedEvent
from swreg.domain.names import Reference
from swreg.domain.shape import Timestamp
from swreg.domain.version import Version
from swreg.errors import MissingExtra, UsageError
from swreg.monitoring.batch import AB
from swreg.monitoring.experiments import AbResult, Arm, judge
from swreg.monitoring.fixed_tests import FixedTest, fixed_test
from swreg.operations.ab.outcomes import Span, arms
from swreg.operations.ab.plan import Test, require_running, running_in
from swreg.operations.monitoring.baseline import seconds
from swreg.operations.outcome import Outcome, read_outcome
from swreg.operations.project import Project, timestamp
from swreg.operations.transaction import Transaction, WriteOptions, write


@dataclass(frozen=True, slots=True, kw_only=True)
class AbStatus:
    """A test and what it says by now; `fixed` is the textbook test, right at a single look only."""

    test: Test
    ends: Timestamp | None
    over: bool
    result: AbResult
    fixed: FixedTest | None = None


def look(project: Project, model: str, *, now: float) -> Outcome[AbStatus]:
    """What the running test says by now; looking often does no harm."""
    test = require_running(project, model)
    return read_outcome("ab-status", status_of(project, test, now=now))


def status_of(project: Project, test: Test, *, now: float) -> AbStatus:
    """What a test says at a time."""
    begin, labels = seconds(test.started), {AB: test.id}
    span = Span(
        model=test.model,
        since=begin - 1,
        until=now,
        labels=labels if test.plan.outcomes == "keys" else {},
    )
    old, new, rails = arms(
        project, test.plan, span, control=str(test.control), treatment=str(test.treatment)
    )
    ends = begin + test.plan.days * DAY
    return AbStatus(
        test=test,
        ends=timestamp(f"{int(ends)} +0000"),
        over=now >= ends,
        result=judge(test.plan.design, old, new, rails),
        fixed=_fixed(old, new, test.plan.alpha),
    )


def _fixed(old: Arm, new: Arm, alpha: float) -> FixedTest | None:
    try:
        return fixed_test(old, new, alpha=alpha)
    except (MissingExtra, UsageError):
        return None


def stop(
    project: Project,
    model: str,
    *,
    now: float,
    reason: str = "",
    options: WriteOptions = WriteOptions(),
) -> Outcome[AbStatus]:
    """Decide the running test by what is known now; too little is never better."""
    test = require_running(project, model)
    seen = status_of(project, test, now=now)

    def decide(tx: Transaction) -> AbStatus:
        found = tx.find(Reference(model, (test.model,), version=test.treatment))
        there = running_in(tx.source, found.home, test.model)
        if there is None or there.id != test.id:
            tx.warnings.append("the test was decided already")
            return seen
        decided(tx, found, test.control, seen.result, reason=reason)
        return seen

    return write(project, "ab-stop", decide, options)


def decided(
    tx: Transaction, found: Found, control: Version, result: AbResult, *, reason: str = ""
) -> None:
    """Let the event of a decision happen, with its evidence."""
    event = AbTestDecidedEvent(
        model=found.model.name,
        version=found.version,
        control=control,
        better=result.treatment_is_better,
        evidence=evidence(result),
        actor=tx.actor,
        at=tx.now,
        reason=reason,
    )
    tx.apply_to(found, event)


def evidence(result: AbResult) -> str:
    """The result in one line, as the record keeps it."""
    low, high = result.interval
    return (
        f"{result.verdict}: {result.why}; {result.metric} {result.control.mean:.6g} in "
        f"{result.control.count} against {result.treatment.mean:.6g} in {result.treatment.count}, "
        f"effect {result.effect:+.6g} [{low:.6g}, {high:.6g}] at {1 - result.alpha:.0%}, "
        f"always valid p {result.p_value:.4g}, sample ratio p {result.sample_ratio_p:.4g}"
    )

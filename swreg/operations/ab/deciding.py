"""Look at a running A/B test, and decide it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from swreg.domain.catalog import Found
from swreg.domain.duration import DAY
from swreg.domain.events import AbTestDecidedEvent
from swreg.domain.names import Reference
from swreg.domain.shape import Timestamp
from swreg.domain.version import Version
from swreg.errors import BrokenFile, MissingExtra, NotReady, UsageError
from swreg.monitoring.batch import AB
from swreg.monitoring.experiments import AbResult, Arm, judge
from swreg.monitoring.fixed_tests import FixedTest, fixed_test
from swreg.operations.ab.dealing import ending
from swreg.operations.ab.outcomes import Span, arms
from swreg.operations.ab.plan import Test, require_running, running_in, started_in
from swreg.operations.monitoring.baseline import seconds
from swreg.operations.monitoring.branch import acting_on, seen_from
from swreg.operations.outcome import Outcome, read_outcome
from swreg.operations.project import Project, timestamp
from swreg.operations.transaction import Transaction, WriteOptions, write


def final(result: AbResult) -> bool:
    """Whether more outcomes do not take the verdict back: it holds whenever somebody looks."""
    broken = any(rail.state == "broken" for rail in result.guard_rails)
    return result.verdict in ("better", "worse") or (result.verdict == "guard-rail" and broken)


@dataclass(frozen=True, slots=True, kw_only=True)
class AbStatus:
    """A test and what it says by now.

    `fixed` is the textbook test: right at one look, at the planned end, and at no other. It
    decides nothing. `conclusion` is what a test that was stopped is recorded with.
    """

    test: Test
    ends: Timestamp | None
    over: bool
    result: AbResult
    fixed: FixedTest | None = None
    conclusion: str | None = None


def look(project: Project, model: str, *, now: float) -> Outcome[AbStatus]:
    """What the running test says by now; looking often does no harm."""
    project = seen_from(project)
    test = require_running(project, model)
    notes = [ending(test)] if test.ended is not None else []
    return read_outcome("ab-status", status_of(project, test, now=now), *notes)


def status_of(project: Project, test: Test, *, now: float) -> AbStatus:
    """What a test says at a time."""
    begin, labels = seconds(test.started), {AB: test.id}
    span = Span(
        model=test.model,
        since=begin - 1,
        until=now if test.ended is None else min(now, seconds(test.ended)),
        labels=labels if test.plan.outcomes == "keys" else {},
    )
    old, new, rails = arms(
        project, test.plan, span, control=str(test.control), treatment=str(test.treatment)
    )
    ends = begin + test.plan.days * DAY
    return AbStatus(
        test=test,
        ends=timestamp(f"{int(ends)} +0000"),
        over=test.ended is not None or now >= ends,
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
    force: bool = False,
    options: WriteOptions = WriteOptions(),
) -> Outcome[AbStatus | None]:
    """Decide the running test by what is known now; too little is never better.

    Raises `NotReady` without `force` and a reason where no outcomes are here, or where the test
    is neither over nor already decisive. A plan that cannot be read is closed by force as not
    better, and then there is nothing to show.
    """
    project, options, doubts = acting_on(project, options)
    forced = force and bool(reason.strip())
    try:
        test = require_running(project, model)
    except BrokenFile:
        if not forced:
            raise
        closed = _close(project, model, reason=reason, options=options)
        return replace(closed, warnings=(*doubts, *closed.warnings))
    seen = status_of(project, test, now=now)
    if not forced:
        _require_ripe(seen)
    early = not seen.over and not final(seen.result)
    seen = replace(seen, conclusion=conclusion(seen.result, early=early))
    unripe = early or not min(seen.result.sample_sizes)

    def decide(tx: Transaction) -> AbStatus | None:
        found = tx.find(Reference(model, (test.model,), version=test.treatment))
        there = running_in(tx.source, found.home, test.model)
        if there is None or there.id != test.id:
            tx.warnings.append("the test was decided already")
            return seen
        said = evidence(seen.result, early=early)
        decided(tx, found, test.control, seen.result, said, reason=reason, forced=unripe)
        return seen

    outcome = write(project, "ab-stop", decide, options)
    return replace(outcome, warnings=(*doubts, *outcome.warnings))


def _require_ripe(seen: AbStatus) -> None:
    """Refuse to end a test for ever on a machine without its outcomes, or before it says a thing."""
    result, model = seen.result, seen.test.model
    hint = f"or end it as it is: swreg ab stop {model} --force --reason TEXT"
    if not min(result.sample_sizes):
        raise NotReady(
            f"there are no outcomes of both versions of {model} here",
            f"stop the test where they are recorded, {hint}",
        )
    if not seen.over and not final(result):
        raise NotReady(
            f"the test of {model} runs until {seen.ends}, and by now {result.why}",
            f"wait, {hint}",
        )


def _close(
    project: Project, model: str, *, reason: str, options: WriteOptions
) -> Outcome[AbStatus | None]:
    """End a test whose plan cannot be read: nothing was judged, so nothing is better."""

    def decide(tx: Transaction) -> None:
        found = tx.find(Reference(model, (model,), latest=True))
        begun = started_in(tx.source, found.home, found.model.name)
        if begun is None:
            tx.warnings.append("the test was decided already")
            return
        event = AbTestDecidedEvent(
            model=begun.model,
            version=begun.version,
            control=begun.control,
            better=False,
            evidence="none: the plan of the test cannot be read",
            forced=True,
            actor=tx.actor,
            at=tx.now,
            reason=reason,
        )
        tx.apply_to(found, event)

    return write(project, "ab-stop", decide, options)


def decided(
    tx: Transaction,
    found: Found,
    control: Version,
    result: AbResult,
    said: str,
    *,
    reason: str = "",
    forced: bool = False,
) -> None:
    """Let the event of a decision happen, with its evidence."""
    event = AbTestDecidedEvent(
        model=found.model.name,
        version=found.version,
        control=control,
        better=result.treatment_is_better,
        evidence=said,
        actor=tx.actor,
        at=tx.now,
        reason=reason,
        forced=forced,
    )
    tx.apply_to(found, event)


def conclusion(result: AbResult, *, early: bool = False) -> str:
    """How a test ended: only what the sequential bound supports, whenever that was, is a result.

    `early` is before the planned end without having crossed the bound.
    """
    if final(result):
        return result.verdict
    return f"inconclusive, ended early ({result.verdict})" if early else "inconclusive"


def evidence(result: AbResult, *, early: bool = False) -> str:
    """The result in one line, as the record keeps it."""
    low, high = result.interval
    return (
        f"{conclusion(result, early=early)}: {result.why}; {result.metric} "
        f"{result.control.mean:.6g} in "
        f"{result.control.count} against {result.treatment.mean:.6g} in {result.treatment.count}, "
        f"effect {result.effect:+.6g} [{low:.6g}, {high:.6g}] at {1 - result.alpha:.0%}, "
        f"always valid p {result.p_value:.4g}, sample ratio p {result.sample_ratio_p:.4g}"
    )

"""Judge everything in production once, and do what the triggers ask for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

from swreg.domain.alerting import NO_FIGURE
from swreg.errors import EnvironmentFault, SwregError
from swreg.monitoring.samples import SampleStore
from swreg.operations.monitoring.acting import Action, act, pause_of
from swreg.operations.monitoring.branch import acting_on
from swreg.operations.monitoring.judging import Judged, judge
from swreg.operations.monitoring.sources import sample_store
from swreg.operations.outcome import Outcome
from swreg.operations.project import Project
from swreg.operations.transaction import WriteOptions

if TYPE_CHECKING:
    from swreg.monitoring.outbox import Undelivered

FIRED, FAILED = 4, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One rule, what it says, and what was done about it.

    `by` is who was faster, and with what, where the action is `done already`.
    """

    judged: Judged
    action: Action = "none"
    by: str = ""

    def as_data(self) -> Mapping[str, Any]:
        return {**self.judged.as_data(), "action": self.action, "by": self.by or None}


def check(
    project: Project,
    *,
    now: float,
    model: str | None = None,
    strict: bool = False,
    options: WriteOptions = WriteOptions(),
) -> Outcome[tuple[Checked, ...]]:
    """Judge every model in production, or one, at a time; roll back and alert as configured.

    Exit code 4 where a trigger fired and nobody else was faster to act, else 5 where a source
    could not be asked, else 0: a window without enough figures is unknown, which is neither a
    fault nor good news; with `strict` it is 5. However often and from however many machines this
    runs, a deployment is rolled back once.
    """
    project.require_layout()
    project, options, doubts = acting_on(project, options)
    outcomes = [_left(project, options, doubts)]
    untold = _untold(project, options)
    with sample_store(project) as store:
        judged = judge(project, store, now=now, model=model, stop=options.stop)
        for _, group in groupby(judged, key=lambda one: one.model):
            outcomes.append(_check_model(project, list(group), now, options))
        if not options.dry_run:
            for outcome in outcomes:
                _remember(project, store, outcome.data, now, options)
    if project.policy.notifications and not options.dry_run:
        outcomes.append(_told(project, untold, now, options))
    joined = _joined(outcomes, options)
    unknown = any(one.judged.decision.outcome == "unknown" for one in joined.data)
    if strict and unknown and not joined.exit_code:
        return replace(joined, exit_code=FAILED)
    return joined


def _left(
    project: Project, options: WriteOptions, doubts: tuple[str, ...]
) -> Outcome[tuple[Checked, ...]]:
    """Push what an earlier check could not: a rollback that nobody else sees is none."""
    wanted = options.push if options.push is not None else project.policy.commit.push == "always"
    refusal = None
    if wanted and not options.dry_run:
        from swreg.operations.pushing import push_left

        refusal = push_left(project, options)
    return Outcome(command="monitor-check", data=(), refusal=refusal, warnings=doubts)


def _check_model(
    project: Project, judged: list[Judged], now: float, options: WriteOptions
) -> Outcome[tuple[Checked, ...]]:
    called = [one for one in judged if one.found is not None and (one.calls or one.over)]
    if not called:
        data = tuple(Checked(judged=one) for one in judged)
        return Outcome(command="monitor-check", data=data)
    outcome = act(project, called, now=now, options=options)
    done = dict(zip(map(id, called), outcome.data.actions, strict=True))
    data = tuple(
        Checked(judged=one, action=done[id(one)], by=outcome.data.by)
        if id(one) in done
        else Checked(judged=one)
        for one in judged
    )
    return replace(outcome, data=data)  # type: ignore[arg-type, return-value]


def _remember(
    project: Project,
    store: SampleStore,
    checked: tuple[Checked, ...],
    now: float,
    options: WriteOptions,
) -> None:
    """Remind of alerts that last, and keep when; a broken store loses no action.

    Whoever remembers nothing, as a clone made anew each time, reminds nobody: it would at each run.
    """
    for one in checked:
        judged = one.judged
        what = f"{judged.rule}: {NO_FIGURE}" if judged.missing else str(judged.rule)
        key = (judged.model, judged.version, what)
        try:
            if one.action == "alerted":
                store.remember(*key, fired=now, firing=True)
            elif one.action == "still firing" and judged.told.open is not None:
                known = store.fired(*key)
                if known is not None and now - known[0] < pause_of(judged):
                    continue
                store.remember(*key, fired=now, firing=True)
                if known is not None:
                    from swreg.operations.announcing import announce_again

                    alert, seen = judged.told.open, judged.observed
                    announce_again(project, alert, seen, now=now, stop=options.stop)
        except EnvironmentFault:
            return


def _untold(project: Project, options: WriteOptions) -> list[Undelivered]:
    """What waits since before this check; what fails in it is not tried again at once."""
    if options.dry_run or not project.policy.notifications:
        return []
    from swreg.operations.announcing import waiting

    return waiting(project)


def _told(
    project: Project, untold: list[Undelivered], now: float, options: WriteOptions
) -> Outcome[tuple[Checked, ...]]:
    """Tell what is to be told although nothing was written: old messages, and ends of life."""
    from swreg.operations.announcing import announce_near_ends, resend

    notes: list[str] = []
    if options.stop is None or not options.stop.is_set():
        notes += resend(project, untold, options.stop)
        try:
            announce_near_ends(project, now=now, stop=options.stop)
        except EnvironmentFault as fault:
            notes.append(fault.what)
    return Outcome(command="monitor-check", data=(), warnings=tuple(notes))


def _joined(
    outcomes: list[Outcome[tuple[Checked, ...]]], options: WriteOptions
) -> Outcome[tuple[Checked, ...]]:
    checked = tuple(one for outcome in outcomes for one in outcome.data)
    refusal: SwregError | None = next((one.refusal for one in outcomes if one.refusal), None)
    return Outcome(
        command="monitor-check",
        data=checked,
        records=tuple(record for outcome in outcomes for record in outcome.records),
        commit=next((one.commit for one in reversed(outcomes) if one.commit), None),
        warnings=(*(line for one in outcomes for line in one.warnings), *_notes(checked)),
        dry_run=options.dry_run,
        refusal=refusal,
        exit_code=_code(checked, refusal),
    )


def _code(checked: tuple[Checked, ...], refusal: SwregError | None) -> int:
    if refusal is not None:
        return refusal.exit_code
    if any(_fired(one) for one in checked):
        return FIRED
    return FAILED if any(one.judged.decision.failed for one in checked) else 0


def _fired(one: Checked) -> bool:
    if one.action == "done already":
        return False
    done = one.action in ("rolled-back", "alerted", "still firing")
    return done or one.judged.decision.outcome == "fire"


def _notes(checked: tuple[Checked, ...]) -> Iterator[str]:
    for one in checked:
        seen = one.judged.decision
        if seen.outcome == "unknown":
            yield f"{one.judged.model}: {one.judged.rule} is unknown: {seen.why}"

"""Start an A/B test: who against whom, and by which plan."""

from __future__ import annotations

from dataclasses import replace

from swreg.domain.catalog import Found
from swreg.domain.events import AbTestStartedEvent
from swreg.domain.names import Reference
from swreg.domain.stage import Stage
from swreg.errors import AlreadyExists, BrokenFile, UsageError
from swreg.monitoring.experiments import bad_side
from swreg.operations.ab.outcomes import require_share
from swreg.operations.ab.plan import Plan, Test, parse_plan, running_in
from swreg.operations.monitoring.branch import acting_on
from swreg.operations.monitoring.recording import parse_metric
from swreg.operations.outcome import Outcome
from swreg.operations.project import Project
from swreg.operations.transaction import Transaction, WriteOptions, write


def start(
    project: Project,
    model: str,
    plan: Plan,
    *,
    control: Reference | None = None,
    treatment: Reference | None = None,
    reason: str = "",
    options: WriteOptions = WriteOptions(),
) -> Outcome[Test]:
    """Start a test: production against staging, or any two versions of one model.

    Raises `AlreadyExists` where a test of the model runs.
    """
    require_plan(plan)
    project, options, doubts = acting_on(project, options)

    def decide(tx: Transaction) -> Test:
        old = tx.find(control or Reference(model, (model,), stage=Stage.PRODUCTION))
        new = tx.find(treatment or Reference(model, (model,), stage=Stage.STAGING))
        require_pair(old, new)
        there = running_in(tx.source, new.home, new.model.name)
        if there is not None:
            raise AlreadyExists(
                f"an A/B test of {there.model} runs: {there.treatment} against {there.control}",
                f"decide it first: swreg ab stop {there.model}",
            )
        event = AbTestStartedEvent(
            model=new.model.name,
            version=new.version,
            control=old.version,
            plan=plan.text(),
            actor=tx.actor,
            at=tx.now,
            reason=reason,
        )
        tx.apply_to(new, event)
        return Test(
            model=new.model.name,
            control=old.version,
            treatment=new.version,
            started=tx.now,
            plan=plan,
        )

    outcome = write(project, "ab-start", decide, options)
    return replace(outcome, warnings=(*doubts, *outcome.warnings))


def require_plan(plan: Plan) -> None:
    """Refuse a plan that makes no test, or that could not be read back from its event."""
    try:
        same = parse_plan(plan.text()) == plan
    except (BrokenFile, TypeError) as error:
        what = getattr(error, "what", error)
        raise UsageError(f"this makes no test: {what}", "give finite numbers") from error
    if not same:
        raise UsageError("this makes no test: a number is given as text", "give numbers")
    _ = plan.design
    for metric, margin in plan.guard_rails.items():
        bad_side(metric, None)
        if not margin >= 0:
            raise UsageError(f"the margin {margin:g} of {metric} is negative", "use 0 or more")
    if plan.minimum_effect is not None and not plan.minimum_effect > 0:
        raise UsageError(f"the effect {plan.minimum_effect:g} is none", "use a number above 0")
    if not 0 < plan.days <= 400:
        raise UsageError(f"{plan.days:g} days is no length of a test", "use 7, at most 400")
    for metric in (plan.metric, *plan.guard_rails):
        parse_metric(metric)
        if plan.outcomes == "prometheus":
            require_share(metric)


def require_pair(control: Found, treatment: Found) -> None:
    """Two versions of one model, and not the same one."""
    if control.model.name != treatment.model.name:
        raise UsageError(
            f"{control.model.name} and {treatment.model.name} are two models",
            "name two versions of one",
        )
    if control.version == treatment.version:
        raise UsageError(f"{control.version} cannot be tested against itself", "name two versions")

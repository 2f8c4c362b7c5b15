"""Judge two versions by what was recorded of them, whether or not a test was started."""

from __future__ import annotations

from dataclasses import replace

from swreg.domain.names import Reference
from swreg.monitoring.experiments import AbResult, judge
from swreg.operations.ab.deciding import decided, evidence, final, status_of
from swreg.operations.ab.outcomes import Span, arms
from swreg.operations.ab.plan import Plan, last_decision, running
from swreg.operations.ab.start import require_pair, require_plan
from swreg.operations.monitoring.branch import acting_on, seen_from
from swreg.operations.outcome import Outcome, read_outcome
from swreg.operations.project import Project
from swreg.operations.transaction import Transaction, WriteOptions, write


def evaluate(
    project: Project,
    control: Reference,
    treatment: Reference,
    plan: Plan,
    *,
    since: float,
    now: float,
    metric: str | None = None,
    record: bool = True,
    options: WriteOptions = WriteOptions(),
) -> Outcome[AbResult]:
    """The result; one that decides is committed as an event, unless the last one said the same."""
    require_plan(plan)
    project = seen_from(project, options.branch)
    old, new = project.find(control), project.find(treatment)
    require_pair(old, new)
    test = running(project, new.model.name)
    mine = test is not None and (test.control, test.treatment) == (old.version, new.version)
    if test is not None and mine and metric in (None, test.plan.metric):
        result = status_of(project, test, now=now).result
    else:
        span = Span(model=new.model.name, since=since, until=now, labels={})
        versions = {"control": str(old.version), "treatment": str(new.version)}
        first, second, rails = arms(project, plan, span, **versions)
        result = judge(plan.design, first, second, rails)
    if not record or not final(result):
        return read_outcome("ab-evaluate", result)

    project, options, doubts = acting_on(project, options)

    def decide(tx: Transaction) -> AbResult:
        found = tx.find(treatment)
        last = last_decision(tx.source, found, old.version)
        if last is None or last.better != result.treatment_is_better:
            decided(tx, found, old.version, result, evidence(result))
        return result

    outcome = write(project, "ab-evaluate", decide, options)
    return replace(outcome, warnings=(*doubts, *outcome.warnings))

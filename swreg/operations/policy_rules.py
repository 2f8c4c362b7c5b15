"""The rules that teams set by calls: approvals, transitions, triggers, and what is tracked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from swreg.domain import shape
from swreg.domain.names import parse_name, plain_text
from swreg.domain.policy import Approval, Policy, TriggerRule
from swreg.domain.stage import POINTED, Stage
from swreg.errors import NotFound, UsageError
from swreg.operations.monitoring.rules import kind_of
from swreg.operations.outcome import Outcome
from swreg.operations.policy_file import Edits, PolicyChange, change
from swreg.operations.project import Project
from swreg.operations.transaction import WriteOptions
from swreg.storage.yaml_nodes import Keys


def set_approval(
    project: Project,
    stage: Stage | None = None,
    *,
    approvers: Iterable[str] = (),
    required: bool = True,
    min_approvals: int = 1,
    allow_self_approval: bool = False,
    allow_on_behalf_of: bool = True,
    require_signed: bool = False,
    reason: str = "",
    options: WriteOptions = WriteOptions(),
) -> Outcome[PolicyChange]:
    """Who must say yes before any model's version enters a stage, production if none is named.

    Without approvers anybody but the requester may approve. Raises `UsageError` for a stage that
    nobody enters by promotion, and for more approvals than distinct approvers.
    """
    stage = stage or Stage.PRODUCTION
    if stage not in POINTED:
        raise UsageError(f"{stage} needs no approval", "name staging or production")
    people = tuple(plain_text(one, kind="approver") for one in approvers)
    rule = Approval(
        required=required,
        approvers=people,
        min_approvals=min_approvals,
        allow_self_approval=allow_self_approval,
        allow_on_behalf_of=allow_on_behalf_of,
        require_signed=require_signed,
    )
    where: Keys = ("stages", str(stage), "approval")
    values: dict[str, Any] = {
        "required": rule.required,
        "approvers": list(rule.approvers),
        "min_approvals": rule.min_approvals,
        "allow_self_approval": rule.allow_self_approval,
        "allow_on_behalf_of": rule.allow_on_behalf_of,
        "require_signed": rule.require_signed,
    }
    edits = {(*where, key): value for key, value in values.items()}
    return change(project, lambda policy: edits, reason=reason, options=options)


def set_transitions(
    project: Project,
    *,
    skip_staging: bool,
    reason: str = "",
    options: WriteOptions = WriteOptions(),
) -> Outcome[PolicyChange]:
    """Whether a version may enter production without having been in staging."""
    edits: Edits = {("transitions", "skip_staging"): skip_staging}
    return change(project, lambda policy: edits, reason=reason, options=options)


def set_triggers(
    project: Project,
    rules: Iterable[TriggerRule],
    *,
    only: bool = False,
    reason: str = "",
    options: WriteOptions = WriteOptions(),
) -> Outcome[PolicyChange]:
    """Add triggers; each takes the place of the one that watches the same and does the same.

    One that alerts leaves the one that rolls back. With `only` all others are taken out.
    """
    wanted = {_key(rule): rule for rule in rules}
    for rule in wanted.values():
        plain_text(rule.metric, kind="metric")

    def edits(policy: Policy) -> Edits:
        there = () if only else policy.monitoring.triggers
        new = [wanted.get(_key(rule), rule) for rule in there]
        added = [rule for key, rule in wanted.items() if key not in {_key(one) for one in there}]
        return {("monitoring", "triggers"): [shape.write(rule) for rule in (*new, *added)]}

    return change(project, edits, reason=reason, options=options)


def drop_trigger(
    project: Project,
    rule: TriggerRule,
    *,
    reason: str = "",
    options: WriteOptions = WriteOptions(),
) -> Outcome[PolicyChange]:
    """Take out the trigger that `rule` would take the place of; `NotFound` where there is none."""

    def edits(policy: Policy) -> Edits:
        there = policy.monitoring.triggers
        left = [one for one in there if _key(one) != _key(rule)]
        if len(left) == len(there):
            whose = f"of {rule.model}" if rule.model else "of every model"
            raise NotFound(
                f"there is no trigger {whose} for {rule.metric} that would {rule.mode}",
                "swreg registry-policy shows what is set",
            )
        return {("monitoring", "triggers"): [shape.write(one) for one in left]}

    return change(project, edits, reason=reason, options=options)


def _key(rule: TriggerRule) -> tuple[str | None, ...]:
    """What makes two triggers the same one: whom and what they watch and what they do."""
    return (rule.model, *kind_of(rule))


def set_tracked(
    project: Project,
    name: str,
    metrics: Iterable[str],
    *,
    reason: str = "",
    options: WriteOptions = WriteOptions(),
) -> Outcome[PolicyChange]:
    """Which metrics of a model in production are tracked."""
    wanted = list(dict.fromkeys(plain_text(one, kind="metric") for one in metrics))
    if not wanted:
        raise UsageError("no metrics are named", "name some, like accuracy, latency, error_rate")
    edits: Edits = {("monitoring", "tracked", parse_name(name)): wanted}
    return change(project, lambda policy: edits, reason=reason, options=options)


__all__ = ["drop_trigger", "set_approval", "set_tracked", "set_transitions", "set_triggers"]

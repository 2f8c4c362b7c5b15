"""What a change of the policy lets through that was kept back before.

Whatever cannot be compared counts as relaxing: an auditor would rather look once too often.
"""

from __future__ import annotations

from collections.abc import Iterator

from swreg.domain.policy import Approval, Gates, MetricGate, Policy, TriggerRule
from swreg.domain.readings import usual
from swreg.domain.stage import Stage


def relaxes(old: Policy, new: Policy) -> bool:
    """Whether anything is allowed now that was not.

    >>> strict = Policy().with_approval(Stage.PRODUCTION, Approval(required=True))
    >>> relaxes(Policy(), strict), relaxes(strict, Policy())
    (False, True)
    """
    return next(relaxations(old, new), None) is not None


def relaxations(old: Policy, new: Policy) -> Iterator[str]:
    """Every rule that allows more than before, in a few words with its key."""
    for stage in Stage:
        where = f"stages.{stage}.approval"
        for what in _approval(old.rule(stage).approval, new.rule(stage).approval):
            yield f"{where}: {what}"
    if new.transitions.skip_staging and not old.transitions.skip_staging:
        yield "transitions.skip_staging: production without staging is allowed"
    yield from _gates(old.gates, new.gates)
    gated = {n for n, g in old.gates.metrics.items() if g.no_worse_than_production_by is not None}
    for name in sorted(gated):
        if old.metrics.directions.get(name) != new.metrics.directions.get(name):
            yield f"metrics.directions.{name}: better is another way now"
    for rule in old.monitoring.triggers:
        if not any(_as_strict(rule, other) for other in new.monitoring.triggers):
            yield f"monitoring.triggers: the one on {rule.metric} is gone or weaker"
    yield from _signing(old, new)


def _signing(old: Policy, new: Policy) -> Iterator[str]:
    for key in ("allowed_signers", "revoked"):
        if (before := getattr(old.signing, key)) and getattr(new.signing, key) != before:
            yield f"signing.{key}: other signatures count"
    added = [one for one in new.signing.model_keys if one not in old.signing.model_keys]
    if added and (old.signing.model_keys or old.gates.model_signature):
        yield f"signing.model_keys: also {', '.join(added)} may sign models"


def _approval(old: Approval, new: Approval) -> Iterator[str]:
    if not old.required:
        return
    if not new.required:
        yield "no longer required"
        return
    if new.min_approvals < old.min_approvals:
        yield f"{new.min_approvals} instead of {old.min_approvals} are enough"
    if new.allow_self_approval and not old.allow_self_approval:
        yield "one's own wish may be approved"
    if new.allow_on_behalf_of and not old.allow_on_behalf_of:
        yield "approving on behalf of others is allowed"
    if old.require_signed and not new.require_signed:
        yield "no signature is needed"
    known = {one.casefold() for one in old.approvers}
    added = [one for one in new.approvers if one.casefold() not in known]
    if old.approvers and not new.approvers:
        yield "anybody may approve"
    elif old.approvers and added:
        yield f"also {', '.join(added)} may approve"


def _gates(old: Gates, new: Gates) -> Iterator[str]:
    for name, gate in old.metrics.items():
        for what in _metric(gate, new.metrics.get(name, MetricGate())):
            yield f"gates.metrics.{name}.{what}"
    for key in ("required_files", "required_tags"):
        gone = [one for one in getattr(old, key) if one not in getattr(new, key)]
        if gone:
            yield f"gates.{key}: {', '.join(gone)} may be missing"
    if _higher(old.max_age_days, new.max_age_days):
        yield "gates.max_age_days: older versions are allowed"
    if old.ab_test and not new.ab_test:
        yield "gates.ab_test: no A/B test is needed"
    if old.model_signature and not new.model_signature:
        yield "gates.model_signature: no signature of the model is needed"
    if old.removed_features == "refuse" and new.removed_features != "refuse":
        yield "gates.removed_features: only a warning"


def _metric(old: MetricGate, new: MetricGate) -> Iterator[str]:
    if old.minimum is not None and (new.minimum is None or new.minimum < old.minimum):
        yield "minimum: lower or none"
    if _higher(old.maximum, new.maximum):
        yield "maximum: higher or none"
    if _higher(old.no_worse_than_production_by, new.no_worse_than_production_by):
        yield "no_worse_than_production_by: more or none"


def _higher(old: float | None, new: float | None) -> bool:
    """Whether an upper limit was raised or taken away."""
    return old is not None and (new is None or new > old)


def _as_strict(old: TriggerRule, new: TriggerRule) -> bool:
    """Whether a trigger fires at least wherever the old one did, and does no less."""
    side, aggregate = usual(old.metric, old.direction, old.aggregate)
    same = all(
        getattr(old, key) == getattr(new, key)
        for key in ("metric", "model", "window", "min_samples", "for_", "cool_down", "relative_to")
    )
    if not same or usual(new.metric, new.direction, new.aggregate) != (side, aggregate):
        return False
    if old.mode not in (new.mode, "alert") or old.missing not in (new.missing, "ignore"):
        return False
    if side == "above":
        return new.threshold <= old.threshold
    if side == "below":
        return new.threshold >= old.threshold
    return new.threshold == old.threshold


def guards_differ(old: Policy, new: Policy) -> bool:
    """Whether the rules that guard stages differ at all; storage and notices do not count."""
    return _guards(old) != _guards(new)


def _guards(policy: Policy) -> tuple[object, ...]:
    rules = tuple(policy.rule(stage).approval for stage in Stage)
    return rules, policy.transitions, policy.gates, policy.metrics.directions, policy.signing

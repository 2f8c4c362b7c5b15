"""Which changes of the policy allow more than before."""

from __future__ import annotations

from dataclasses import replace

import pytest

from swreg.domain.policy import (
    Approval,
    Commit,
    Gates,
    MetricGate,
    Metrics,
    Monitoring,
    Policy,
    Signing,
    Transitions,
    TriggerRule,
)
from swreg.domain.policy_change import guards_differ, relaxations, relaxes
from swreg.domain.stage import Stage

RULE = Approval(required=True, approvers=("a@x", "b@x"), min_approvals=2, require_signed=True,
                allow_on_behalf_of=False)  # fmt: skip
STRICT = Policy(
    gates=Gates(
        metrics={"accuracy": MetricGate(minimum=0.8, maximum=0.99, no_worse_than_production_by=0)},
        required_files=("signature.json",),
        required_tags=("reviewed",),
        max_age_days=90,
        ab_test=True,
        model_signature=True,
        removed_features="refuse",
    ),
    metrics=Metrics(directions={"accuracy": "higher"}),
    monitoring=Monitoring(
        triggers=(
            TriggerRule(metric="error_rate", threshold=0.05, direction="above"),
            TriggerRule(metric="accuracy", threshold=0.8, direction="below"),
            TriggerRule(metric="uplift", threshold=1),
            TriggerRule(metric="latency", threshold=200, missing="alert"),
        )
    ),
    signing=Signing(allowed_signers="signers", revoked="revoked"),
).with_approval(Stage.PRODUCTION, RULE)


def approval(**change: object) -> Policy:
    return STRICT.with_approval(Stage.PRODUCTION, replace(RULE, **change))  # type: ignore[arg-type]


def gates(**change: object) -> Policy:
    return replace(STRICT, gates=replace(STRICT.gates, **change))  # type: ignore[arg-type]


def metric(**change: object) -> Policy:
    gate = replace(STRICT.gates.metrics["accuracy"], **change)  # type: ignore[arg-type]
    return gates(metrics={"accuracy": gate})


def trigger(number: int, **change: object) -> Policy:
    rules = list(STRICT.monitoring.triggers)
    rules[number] = replace(rules[number], **change)  # type: ignore[arg-type]
    return replace(STRICT, monitoring=replace(STRICT.monitoring, triggers=tuple(rules)))


RELAXING = {
    "not required": approval(required=False),
    "fewer": approval(min_approvals=1),
    "self": approval(allow_self_approval=True),
    "on behalf": approval(allow_on_behalf_of=True),
    "unsigned": approval(require_signed=False),
    "one more approver": approval(approvers=("a@x", "b@x", "c@x")),
    "anybody": approval(approvers=()),
    "skipping": replace(STRICT, transitions=Transitions(skip_staging=True)),
    "lower floor": metric(minimum=0.7),
    "no floor": metric(minimum=None),
    "higher ceiling": metric(maximum=1.0),
    "worse than production": metric(no_worse_than_production_by=0.1),
    "no metric gate": gates(metrics={}),
    "fewer files": gates(required_files=()),
    "fewer tags": gates(required_tags=()),
    "older": gates(max_age_days=91),
    "no age": gates(max_age_days=None),
    "no A/B test": gates(ab_test=False),
    "unsigned models": gates(model_signature=False),
    "a further model key": replace(STRICT, signing=replace(STRICT.signing, model_keys=("mine",))),
    "features only warned of": gates(removed_features="warn"),
    "the other direction": replace(STRICT, metrics=Metrics(directions={"accuracy": "lower"})),
    "no triggers": replace(STRICT, monitoring=Monitoring()),
    "fires later": trigger(0, threshold=0.06),
    "fires lower": trigger(1, threshold=0.7),
    "a latency fires later": trigger(3, threshold=300),
    "nobody can tell": trigger(2, threshold=2),
    "longer window": trigger(0, window="48h"),
    "alert only": trigger(0, mode="alert"),
    "another aggregate": trigger(0, aggregate="p50"),
    "silent where figures are missing": trigger(3, missing="ignore"),
    "other signers": replace(STRICT, signing=Signing(allowed_signers="mine", revoked="revoked")),
    "none revoked": replace(STRICT, signing=Signing(allowed_signers="signers")),
}
TIGHTENING = {
    "the same": STRICT,
    "other case": approval(approvers=("B@x", "a@X")),
    "higher floor": metric(minimum=0.9),
    "lower ceiling": metric(maximum=0.9),
    "younger": gates(max_age_days=30),
    "more files": gates(required_files=("signature.json", "features.yaml")),
    "fires earlier": trigger(0, threshold=0.01),
    "fires higher": trigger(1, threshold=0.9),
    "a latency fires earlier, on the side that everybody knows": trigger(3, threshold=100),
    "the usual side and aggregate in words": trigger(3, direction="above", aggregate="p95"),
    "staging as well": STRICT.with_approval(Stage.STAGING, RULE),
}


@pytest.mark.parametrize("name", RELAXING)
def test_allows_more(name: str) -> None:
    rules = {"no triggers": 4, "no metric gate": 3}.get(name, 1)
    assert len(list(relaxations(STRICT, RELAXING[name]))) == rules
    assert relaxes(STRICT, RELAXING[name])


@pytest.mark.parametrize("name", TIGHTENING)
def test_allows_no_more(name: str) -> None:
    assert list(relaxations(STRICT, TIGHTENING[name])) == []


def test_from_nothing_every_rule_is_stricter() -> None:
    assert not relaxes(Policy(), STRICT)
    assert relaxes(STRICT, Policy())


def test_one_trigger_may_stand_for_another() -> None:
    rule = TriggerRule(metric="accuracy", threshold=0.8, direction="below", mode="alert")
    old = Policy(monitoring=Monitoring(triggers=(rule,)))
    new = Policy(monitoring=Monitoring(triggers=(replace(rule, mode="rollback"),)))
    assert not relaxes(old, new)
    assert relaxes(new, old)


def test_rules_that_guard_stages_are_told_from_all_else() -> None:
    assert not guards_differ(STRICT, replace(STRICT))
    assert not guards_differ(STRICT, replace(STRICT, commit=Commit(push="always")))
    assert not guards_differ(STRICT, replace(STRICT, monitoring=Monitoring()))
    for name in ("fewer", "skipping", "lower floor", "the other direction", "other signers"):
        assert guards_differ(STRICT, RELAXING[name]), name
        assert guards_differ(RELAXING[name], STRICT), name

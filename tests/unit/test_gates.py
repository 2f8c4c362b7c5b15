"""Every gate, on its own and together: what it lets through, and what it says where it does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from swreg.domain.catalog import Model
from swreg.domain.entry import AbTest, Approval, Artifact, Deprecation, Entry, Registered
from swreg.domain.gates import GATES, Violation, require, violations
from swreg.domain.policy import Approval as Rule
from swreg.domain.policy import Gates, MetricGate, Metrics, Policy, Transitions
from swreg.domain.promotion import Promotion
from swreg.domain.shape import Timestamp
from swreg.domain.stage import Stage
from swreg.domain.version import Version
from swreg.errors import PolicyRefused

AT = Timestamp("2024-03-01T00:00:00Z")
ADA, GRACE = "Ada <ada@example.org>", "Grace <grace@example.org>"
V1, V2 = Version.parse("v1"), Version.parse("v2")
ENTRY = Entry(
    registered=Registered(at=Timestamp("2024-01-01T00:00:00Z"), by=ADA, increment="0042"),
    artifact=Artifact(path="p", digest="d", content="c", size=1),
)
YES = Approval(by=GRACE, for_=Stage.PRODUCTION, at=AT, digest="d")


def wish(entry: Entry = ENTRY, **facts: Any) -> Promotion:
    """v2 from staging to production, where v1 is live."""
    given: dict[str, Any] = {
        "model": Model("m", {Stage.PRODUCTION: V1, Stage.STAGING: V2}, {V1: ENTRY, V2: entry}),
        "version": V2, "from_": Stage.STAGING, "to": Stage.PRODUCTION,
        "actor": ADA, "requester": ADA, "at": AT,
        "metadata": {"accuracy": 0.8, "inference_latency_p95": "80ms", "features": ["a", "b"]},
        "production_metadata": {"accuracy": 0.85, "loss": 0.2, "features": ["a", "b", "c"]},
        "files": ("model.pkl", "metadata.json"),
    }  # fmt: skip
    return Promotion(**(given | facts))


def gated(**gates: Any) -> Policy:
    return Policy(gates=Gates(**gates))


def metric(name: str, **bounds: float) -> Policy:
    return gated(metrics={name: MetricGate(**bounds)})


TESTED = AbTest(at=AT, control=V1, better=True)
OLD = replace(ENTRY, deprecated=Deprecation(at=AT, by=ADA, reason="leaks"))
APPROVED = Policy().with_approval(Stage.PRODUCTION, Rule(required=True))
SIGNED = Policy().with_approval(Stage.PRODUCTION, Rule(required=True, require_signed=True))

REFUSED = [
    ("SWR101", wish(from_=Stage.DEV), Policy()),
    ("SWR102", wish(OLD), Policy()),
    ("SWR103", wish(), APPROVED),
    ("SWR103", wish(replace(ENTRY, approvals=(YES,))), SIGNED),
    ("SWR104", wish(), metric("accuracy", minimum=0.81)),
    ("SWR104", wish(), metric("recall", minimum=0.1)),
    ("SWR104", wish(), metric("recall", maximum=0.9)),
    ("SWR105", wish(), metric("inference_latency_p95", maximum=0.05)),
    ("SWR106", wish(), metric("accuracy", no_worse_than_production_by=0.04)),
    ("SWR106", wish(), metric("loss", no_worse_than_production_by=0.1)),
    (
        "SWR106",
        wish(metadata={"loss": 0.4}),
        metric("loss", no_worse_than_production_by=0.1),
    ),
    (
        "SWR106",
        wish(metadata={"uplift": 1}, production_metadata={"uplift": 2}),
        metric("uplift", no_worse_than_production_by=0.5),
    ),
    ("SWR107", wish(), gated(required_files=("model card",))),
    ("SWR107", wish(), gated(required_files=("signature", "notes.txt"))),
    ("SWR108", wish(), gated(max_age_days=59)),
    ("SWR109", wish(), gated(required_tags=("reviewed",))),
    ("SWR110", wish(), gated(removed_features="refuse")),
    ("SWR111", wish(), gated(ab_test=True)),
    ("SWR112", wish(unsealed="has no model signature"), gated(model_signature=True)),
    ("SWR111", wish(replace(ENTRY, ab_test=replace(TESTED, better=False))), gated(ab_test=True)),
    ("SWR111", wish(replace(ENTRY, ab_test=replace(TESTED, control=V2))), gated(ab_test=True)),
]

PASSED = [
    (wish(from_=Stage.DEV), Policy(transitions=Transitions(skip_staging=True))),
    (wish(OLD, to=Stage.DEV), Policy()),
    (wish(replace(ENTRY, approvals=(YES,))), APPROVED),
    (wish(replace(ENTRY, approvals=(YES,)), verified=frozenset([YES])), SIGNED),
    (wish(was_live=True), APPROVED),
    (wish(), metric("accuracy", minimum=0.8, maximum=0.8)),
    (wish(), metric("accuracy", no_worse_than_production_by=0.05)),
    (wish(), metric("recall", no_worse_than_production_by=0.05)),
    (wish(metadata={"metrics": {"accuracy": 0.9}}), metric("accuracy", minimum=0.9)),
    (wish(metadata={"loss": 0.25}), metric("loss", no_worse_than_production_by=0.1)),
    (
        wish(metadata={"uplift": 1}, production_metadata={"uplift": 2}),
        replace(
            metric("uplift", no_worse_than_production_by=0.5),
            metrics=Metrics(directions={"uplift": "lower"}),
        ),
    ),
    (wish(production_metadata=None), metric("accuracy", no_worse_than_production_by=0)),
    (wish(to=Stage.STAGING, from_=Stage.DEV), metric("accuracy", minimum=0.99)),
    (wish(was_live=True), metric("accuracy", minimum=0.99)),
    (wish(), gated(required_files=("metadata", "model.pkl"))),
    (wish(), gated(max_age_days=60)),
    (wish(replace(ENTRY, tags=("reviewed",))), gated(required_tags=("reviewed",))),
    (wish(), gated(removed_features="warn")),
    (wish(metadata={"features": ["a", "b", "c", "d"]}), gated(removed_features="refuse")),
    (wish(replace(ENTRY, ab_test=TESTED)), gated(ab_test=True)),
    (wish(), gated(model_signature=True)),
    (wish(unsealed="is not signed", was_live=True), gated(model_signature=True)),
    (
        wish(unsealed="is not signed", to=Stage.STAGING, from_=Stage.DEV),
        gated(model_signature=True),
    ),
    (wish(model=Model("m", {Stage.STAGING: V2}, {V2: ENTRY})), gated(ab_test=True)),
]


@pytest.mark.parametrize(("gate", "promotion", "policy"), REFUSED)
def test_what_a_gate_refuses(gate: str, promotion: Promotion, policy: Policy) -> None:
    assert [one.id for one in violations(promotion, policy)] == [gate] * len(
        violations(promotion, policy)
    )
    assert violations(promotion, policy) != []


@pytest.mark.parametrize(("promotion", "policy"), PASSED)
def test_what_the_gates_let_through(promotion: Promotion, policy: Policy) -> None:
    assert violations(promotion, policy) == []


def test_every_gate_has_a_refusal_here() -> None:
    assert {gate.id for gate in GATES} == {gate for gate, _, _ in REFUSED}
    assert len({gate.id for gate in GATES}) == len(GATES)
    assert all(gate.sentence.endswith(".") and gate.fix for gate in GATES)


def test_all_violations_come_at_once() -> None:
    policy = replace(
        gated(required_tags=("reviewed",), max_age_days=1, required_files=("signature",)),
        stages=APPROVED.stages,
    )
    with pytest.raises(PolicyRefused) as refused:
        require(violations(wish(), policy), force=False)
    found = [one for one in refused.value.violations if isinstance(one, Violation)]
    assert [one.id for one in found] == [
        "SWR103", "SWR107", "SWR108", "SWR109",
    ]  # fmt: skip


def test_force_opens_only_what_may_be_forced() -> None:
    assert require(violations(wish(from_=Stage.DEV), Policy()), force=True)
    with pytest.raises(PolicyRefused, match="SWR103"):
        require(violations(wish(from_=Stage.DEV), APPROVED), force=True)

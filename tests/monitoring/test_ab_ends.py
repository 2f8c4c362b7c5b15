"""What an A/B test may do to a deployment, and what ends the test."""

from __future__ import annotations

import math
import time
from typing import Any

import pytest

from swreg.domain.events import AbTestDecidedEvent, AbTestStartedEvent
from swreg.domain.names import parse_reference
from swreg.domain.stage import Stage
from swreg.domain.version import Version
from swreg.errors import BrokenFile, NotReady, UsageError
from swreg.monitoring.experiments import Arm, Design, GuardRail, judge
from swreg.operations.ab.dealing import assign, record_outcomes
from swreg.operations.ab.deciding import final, stop
from swreg.operations.ab.deciding import look as look_at
from swreg.operations.ab.plan import Plan, running
from swreg.operations.ab.start import require_plan, start
from swreg.operations.project import Project
from swreg.operations.retire import archive
from swreg.operations.rollback import rollback
from swreg.operations.transaction import Transaction, write
from tests.conftest import Repo
from tests.monitoring.monitored import ERRORS, deploy, live, look, rules
from tests.registered import NAME, add


@pytest.fixture
def arms(repo: Repo) -> Repo:
    """v1.0.0 was in production, v1.1.0 is, v2.0.0 is in staging."""
    deploy(repo, "v1.0.0", "v1.1.0")
    add(repo.path, "v2.0.0", Stage.STAGING, accuracy=0.9)
    return repo


def begin(repo: Repo) -> None:
    start(Project.open(repo.path), NAME, Plan(metric="error_rate", split=0.5))


def test_outcomes_of_a_test_are_no_samples_of_the_service(arms: Repo) -> None:
    begin(arms)
    rules(arms, ERRORS)
    said = [(f"user-{n}", 1.0) for n in range(100)]
    record_outcomes(Project.open(arms.path), NAME, said, now=time.time() + 1)
    (checked,) = look(arms).data
    assert checked.judged.decision.outcome == "unknown"
    assert live(arms) == "v1.1.0"


@pytest.mark.parametrize(
    "wrong",
    [
        {"minimum_effect": math.nan},
        {"minimum_effect": -0.1},
        {"guard_rails": {"latency": math.inf}},
        {"days": math.nan},
        {"minimum_samples": 2.5},
        {"split": "a"},
        {"outcomes": "foo"},
        {"metric": 3},
    ],
)
def test_a_plan_that_could_not_be_read_back_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        require_plan(Plan(**{"metric": "error_rate", **wrong}))


def test_a_plan_that_cannot_be_read_can_be_ended(arms: Repo) -> None:
    def broken(tx: Transaction) -> None:
        found = tx.find(parse_reference(NAME, "v2.0.0"))
        event = AbTestStartedEvent(
            model=NAME, version=found.version, control=Version.parse("v1.1.0"),
            plan='{"metric": "error_rate", "minimum_effect": NaN}', actor=tx.actor, at=tx.now,
        )  # fmt: skip
        tx.apply_to(found, event)

    write(Project.open(arms.path), "ab-start", broken)
    with pytest.raises(BrokenFile, match="--force --reason"):
        stop(Project.open(arms.path), NAME, now=time.time())
    stop(Project.open(arms.path), NAME, now=time.time(), force=True, reason="its plan is broken")
    begin(arms)
    assert running(Project.open(arms.path), NAME) is not None


def test_who_is_held_rolled_back_or_archived_is_dealt_to_nobody(arms: Repo) -> None:
    begin(arms)
    keys = [f"user-{n}" for n in range(20)]
    dealt = assign(Project.open(arms.path), NAME, keys)
    assert {one.version for one in dealt.data} == {"v1.1.0", "v2.0.0"}
    rollback(Project.open(arms.path), parse_reference(NAME), reason="errors")
    dealt = assign(Project.open(arms.path), NAME, keys)
    assert {(one.arm, one.version) for one in dealt.data} == {("none", "v1.0.0")}
    assert "roll back" in dealt.warnings[0]
    assert "roll back" in look_at(Project.open(arms.path), NAME, now=time.time()).warnings[0]
    with pytest.raises(NotReady, match="ended"):
        record_outcomes(Project.open(arms.path), NAME, [("user-1", 1.0)], now=time.time())


def test_an_archived_treatment_ends_the_test(arms: Repo) -> None:
    begin(arms)
    archive(Project.open(arms.path), parse_reference(NAME, "v2.0.0"), reason="it is no good")
    (one,) = assign(Project.open(arms.path), NAME, ["user-1"]).data
    assert (one.arm, one.version) == ("none", "v1.1.0")


def test_a_test_is_not_ended_by_accident(arms: Repo) -> None:
    begin(arms)
    with pytest.raises(NotReady, match="no outcomes of both versions"):
        stop(Project.open(arms.path), NAME, now=time.time(), force=True)
    said = [(f"user-{n}", 0.0) for n in range(50)]
    record_outcomes(Project.open(arms.path), NAME, said, now=time.time() + 1)
    with pytest.raises(NotReady, match="runs until"):
        stop(Project.open(arms.path), NAME, now=time.time() + 2)
    later = stop(Project.open(arms.path), NAME, now=time.time() + 8 * 86400)
    assert later.data is not None
    assert later.data.result.verdict == "too-little-data"


@pytest.mark.parametrize(
    ("slower", "margin", "state"), [(0.0, 0.2, "unknown"), (0.0, 5.0, "kept"), (9.0, 1.0, "broken")]
)
def test_a_guard_rail_is_kept_only_where_that_is_known(
    slower: float, margin: float, state: str
) -> None:
    control = Arm(version="v1", count=500, mean=100.0, variance=100.0)
    treatment = Arm(version="v2", count=500, mean=100.0 + slower, variance=100.0)
    rail = GuardRail(metric="latency", control=control, treatment=treatment, margin=margin)
    errors = [
        Arm(version=name, count=5000, mean=mean, variance=mean * (1 - mean), proportion=True)
        for name, mean in (("v1", 0.3), ("v2", 0.1))
    ]
    result = judge(Design(metric="error_rate", split=0.5), errors[0], errors[1], [rail])
    assert result.guard_rails[0].state == state
    assert result.treatment_is_better == (state == "kept")
    assert final(result) == (state != "unknown")


def outcomes(repo: Repo, errors: dict[str, int], *, now: float) -> None:
    """One outcome for each of 600 keys; of each version the first so many are errors."""
    project = Project.open(repo.path)
    dealt = assign(project, NAME, [f"user-{n}" for n in range(600)]).data
    said = []
    for version in ("v1.1.0", "v2.0.0"):
        keys = [one.key for one in dealt if one.version == version]
        said += [(key, float(place < errors[version])) for place, key in enumerate(keys)]
    record_outcomes(project, NAME, said, now=now)


def decision(repo: Repo, **words: Any) -> AbTestDecidedEvent:
    project = Project.open(repo.path)
    (record,) = stop(project, NAME, **words).records
    assert isinstance(record.event, AbTestDecidedEvent)
    return record.event


def test_what_is_stopped_early_without_a_verdict_is_inconclusive(arms: Repo) -> None:
    begin(arms)
    now = time.time()
    # A single look by the textbook would call this a win.
    outcomes(arms, {"v1.1.0": 24, "v2.0.0": 10}, now=now + 1)
    seen = look_at(Project.open(arms.path), NAME, now=now + 2).data
    assert seen.fixed is not None
    assert seen.fixed.p_value < 0.05
    assert seen.result.verdict == "undecided"
    event = decision(arms, now=now + 2, force=True, reason="out of time")
    assert (event.better, event.forced) == (False, True)
    assert event.evidence.startswith("inconclusive, ended early (undecided): ")


def test_the_sequential_bound_decides_whenever_it_is_crossed(arms: Repo) -> None:
    begin(arms)
    now = time.time()
    outcomes(arms, {"v1.1.0": 150, "v2.0.0": 5}, now=now + 1)
    event = decision(arms, now=now + 2)
    assert (event.better, event.forced) == (True, False)
    assert event.evidence.startswith("better: ")


def test_a_test_that_tells_nothing_by_its_end_is_inconclusive(arms: Repo) -> None:
    begin(arms)
    now = time.time()
    outcomes(arms, {"v1.1.0": 24, "v2.0.0": 10}, now=now + 1)
    event = decision(arms, now=now + 8 * 86400)
    assert (event.better, event.forced) == (False, False)
    assert event.evidence.startswith("inconclusive: no difference")

"""The library's calls, as the specification writes them, on a real repository."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from swreg import ModelMonitor, ModelRegistry, run_ab_test
from swreg.domain.stage import Stage
from swreg.errors import PolicyRefused, UsageError
from swreg.monitoring.notify import signature
from swreg.operations.doctor import doctor
from swreg.operations.project import Project
from tests.conftest import Repo
from tests.monitoring.monitored import behave, deploy, live
from tests.registered import NAME, add


@pytest.fixture
def registry(repo: Repo) -> ModelRegistry:
    deploy(repo, "v1.0.0", "v1.1.0")
    return ModelRegistry(path=repo.path)


def policy(repo: Repo) -> Any:
    return Project.open(repo.path).policy.monitoring


def test_tracking_and_triggers_are_committed(repo: Repo, registry: ModelRegistry) -> None:
    monitor = ModelMonitor(registry=registry)
    monitor.track_model(
        name=NAME, stage="production", metrics=["accuracy", "latency", "error_rate"]
    )
    monitor.set_auto_rollback(metric="accuracy", threshold=0.80, window="24h")
    assert policy(repo).tracked == {NAME: ("accuracy", "latency", "error_rate")}
    (rule,) = policy(repo).triggers
    assert (rule.model, rule.metric, rule.threshold) == (NAME, "accuracy", 0.8)
    assert [line.kind for line in registry.history(limit=2)] == ["policy-changed"] * 2
    assert repo.status() == ""
    # Setting it again takes the first one's place.
    monitor.set_auto_rollback(metric="accuracy", threshold=0.85, window="1h", reason="stricter")
    (rule,) = policy(repo).triggers
    assert (rule.threshold, rule.window) == (0.85, "1h")


def test_bad_accuracy_rolls_back(repo: Repo, registry: ModelRegistry) -> None:
    monitor = ModelMonitor(registry)
    monitor.track_model(NAME, metrics=["accuracy"])
    monitor.set_auto_rollback(metric="accuracy", threshold=0.80, window="24h")
    now = time.time()
    monitor.record("accuracy", [0.7, 0.75], at=[now, now], labels={"region": "eu"})
    (figure,) = monitor.status().figures
    assert (figure.samples, figure.version) == (2, "v1.1.0")
    assert [one.action for one in monitor.check(dry_run=True)] == ["rolled-back"]
    assert live(repo) == "v1.1.0"
    assert [one.action for one in monitor.check()] == ["rolled-back"]
    assert live(repo) == "v1.0.0"


def test_the_three_triggers(repo: Repo, registry: ModelRegistry) -> None:
    registry.set_auto_rollback_triggers(
        error_rate_threshold=0.05, latency_threshold=200, accuracy_drop_threshold=0.10
    )
    rules = {rule.metric: rule for rule in policy(repo).triggers}
    assert all(rule.model is None for rule in rules.values())
    assert rules["accuracy"].relative_to == "registration"
    assert rules["latency"].threshold == 200
    behave(repo.path, "v1.1.0", [250.0] * 40, metric="latency", at=time.time())
    fired = [one for one in ModelMonitor(registry).check() if one.judged.calls]
    assert [one.judged.rule.trigger.metric for one in fired] == ["latency"]
    assert live(repo) == "v1.0.0"
    with pytest.raises(UsageError, match="no threshold is given"):
        registry.set_auto_rollback_triggers()


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ({"metric": "accuracy", "value": float("nan")}, "no finite number"),
        ({"metric": "accuracy", "value": float("inf")}, "no finite number"),
        ({"metric": "uplift", "value": 1.0}, "not tracked"),
        ({"metric": "accuracy", "value": 0.9, "at": "yesterday"}, "is no time"),
        ({"metric": "accuracy", "value": 0.9, "at": "2024-01-20T14:00:00"}, "has no zone"),
    ],
)
def test_what_cannot_be_a_sample_is_refused(
    registry: ModelRegistry, words: dict[str, Any], line: str
) -> None:
    with pytest.raises(UsageError, match=line):
        ModelMonitor(registry).record(**words, name=NAME)


def test_which_model_is_asked_for(registry: ModelRegistry) -> None:
    with pytest.raises(UsageError, match="which model"):
        ModelMonitor(registry).record("accuracy", 0.9)


def test_an_ab_test_is_judged_by_samples_and_its_decision_committed_once(
    repo: Repo, registry: ModelRegistry
) -> None:
    add(repo.path, "v1.2.0", Stage.STAGING, accuracy=0.91)
    control, treatment = "fraud-detection-v1.1.0", "fraud-detection-v1.2.0"
    words: dict[str, Any] = {"metric": "error_rate", "traffic_split": 0.5, "path": repo.path}
    nothing = run_ab_test(control=control, treatment=treatment, duration_days=7, **words)
    assert nothing["treatment_is_better"] is False
    assert nothing.verdict == "too-little-data"
    now = time.time()
    for version, bad in (("v1.1.0", 300), ("v1.2.0", 30)):
        behave(repo.path, version, [1.0] * bad + [0.0] * (2000 - bad), at=now)
    head = repo.head
    result = run_ab_test(control=control, treatment=treatment, **words)
    assert result["treatment_is_better"]
    assert result["interval"][1] < 0 < result["power"]
    assert result["sample_sizes"] == (2000, 2000)
    assert run_ab_test(control=control, treatment=treatment, **words).verdict == "better"
    assert repo.git("rev-list", "--count", f"{head}..HEAD") == "1"
    (line,) = registry.history(limit=1)
    assert (line.kind, line.version) == ("ab-test-decided", "v1.2.0")


def test_promotion_can_wait_for_a_test_that_was_won(repo: Repo, registry: ModelRegistry) -> None:
    add(repo.path, "v1.2.0", Stage.STAGING, accuracy=0.91)
    repo.write(".specweave/model-registry.yaml", "schema: 1\ngates:\n  ab_test: true\n")
    repo.commit("chore: a test must be won")
    with pytest.raises(PolicyRefused, match="no A/B test"):
        registry.promote_model(NAME, "v1.2.0", to_stage="production")
    now = time.time()
    for version, bad in (("v1.1.0", 300), ("v1.2.0", 30)):
        behave(repo.path, version, [1.0] * bad + [0.0] * (2000 - bad), at=now)
    words: dict[str, Any] = {"metric": "error_rate", "traffic_split": 0.5, "path": repo.path}
    won = run_ab_test("fraud-detection-v1.1.0", "fraud-detection-v1.2.0", **words)
    assert won["treatment_is_better"]
    registry.promote_model(NAME, "v1.2.0", to_stage="production")
    assert live(repo) == "v1.2.0"


def tell(repo: Repo, *notifications: dict[str, Any]) -> None:
    text = json.dumps({"schema": 1, "notifications": list(notifications)})
    repo.write(".specweave/model-registry.yaml", text)
    repo.commit("chore: who is told")


def test_a_promotion_is_told_as_a_signed_cloud_event(
    repo: Repo, serve: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve((200, {}, b""))
    add(repo.path, "v1.0.0", Stage.STAGING)
    monkeypatch.setenv("HOOK_SECRET", "a secret")
    tell(repo, {"url": f"{server.url}/hook", "secret_env": "HOOK_SECRET"})
    moved = ModelRegistry(path=repo.path).promote_model(NAME, "v1.0.0", to_stage="production")
    (got,) = server.received
    event = json.loads(got.body)
    assert event["type"] == "swreg.promoted"
    assert event["subject"] == f"{NAME}@v1.0.0"
    assert event["data"]["to"] == "production"
    assert got.headers["webhook-signature"] == signature(
        "a secret", id=event["id"], timestamp=int(got.headers["webhook-timestamp"]), body=got.body
    )
    assert str(moved) == f"{NAME} v1.0.0"
    ModelRegistry(path=repo.path).tag_model(NAME, "v1.0.0", add=["quiet"])
    assert len(server.received) == 1, "nobody asked to hear of tags"


def test_what_is_not_delivered_undoes_nothing_is_reported_and_sent_again(
    repo: Repo, serve: Callable[..., Any]
) -> None:
    server = serve((410, {}, b""), (200, {}, b""))
    add(repo.path, "v1.0.0", Stage.STAGING)
    tell(repo, {"url": server.url})
    ModelRegistry(path=repo.path).promote_model(NAME, "v1.0.0", to_stage="production")
    assert live(repo) == "v1.0.0"
    (found,) = [one for one in doctor(Project.open(repo.path)).data if one.id == "SWR917"]
    assert found.state == "finding"
    assert "status 410" in found.finding
    (mended,) = [
        one for one in doctor(Project.open(repo.path), fix=True).data if one.id == "SWR917"
    ]
    assert mended.state == "fixed"
    first, second = (json.loads(one.body)["id"] for one in server.received)
    assert first == second, "a receiver can tell that it is the same message"


def test_a_name_of_no_event_is_reported(repo: Repo) -> None:
    tell(repo, {"url": "http://127.0.0.1:9", "events": ["promotd"]})
    (found,) = [one for one in doctor(Project.open(repo.path)).data if one.id == "SWR917"]
    assert "promotd" in found.finding

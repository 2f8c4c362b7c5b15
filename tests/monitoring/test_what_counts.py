"""Which figures are believed, whose they are, and what is done again until it is done."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from swreg import ModelMonitor, ModelRegistry, run_ab_test
from swreg.domain.events import TriggerFiredEvent
from swreg.domain.names import parse_reference
from swreg.domain.policy import Monitoring, TriggerRule
from swreg.domain.stage import Stage
from swreg.domain.triggers import make_trigger
from swreg.errors import NotFound, UsageError
from swreg.monitoring.prometheus import Prometheus
from swreg.operations.monitoring.check import check
from swreg.operations.monitoring.configuring import set_auto_rollback, track
from swreg.operations.monitoring.recording import record_text
from swreg.operations.monitoring.rules import rules_of
from swreg.operations.monitoring.sources import samples_path
from swreg.operations.monitoring.watch import watch
from swreg.operations.project import Project
from swreg.operations.promote import promote
from swreg.operations.rollback import rollback
from swreg.operations.transaction import WriteOptions
from tests.conftest import Repo
from tests.monitoring.monitored import ERRORS, alerts, behave, deploy, live, look, rules
from tests.monitoring.test_prometheus_answers import NOW, vector
from tests.registered import NAME

BAD = [1.0] * 5 + [0.0] * 15


@pytest.fixture
def two(repo: Repo) -> Repo:
    deploy(repo, "v1.0.0", "v1.1.0")
    rules(repo, ERRORS)
    return repo


def text(repo: Repo, *lines: str) -> Any:
    given = {"model": NAME, "metric": "error_rate"}
    return record_text(
        Project.open(repo.path), lines, form="jsonl", given=given, now=time.time()
    )  # fmt: skip


def tick(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let git's clock run ahead, so that two deployments are apart without waiting."""
    for name in ("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"):
        monkeypatch.setenv(name, f"{int(time.time() + seconds)} +0000")


def test_a_late_sample_belongs_to_what_was_live_at_its_time(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = int(time.time())
    tick(monkeypatch, -300)
    deploy(repo, "v1.0.0")
    tick(monkeypatch, -200)
    deploy(repo, "v1.1.0")
    tick(monkeypatch, -100)
    rollback(Project.open(repo.path), parse_reference(NAME), reason="errors")
    ages = (-400, -250, -150, -50)
    outcome = text(repo, *(f'{{"value": 1.0, "at": {now + age}}}' for age in ages))
    stored = {one.version: one.receipt.stored for one in outcome.data}
    assert stored == {"v1.0.0": 2, "v1.1.0": 1}
    assert outcome.warnings[0].startswith("1 samples were left out: nothing was in production")


def test_an_iso_time_with_any_zone_is_a_time(two: Repo) -> None:
    moment = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(time.time() + 1))
    assert text(two, f'{{"value": 1, "at": "{moment}"}}').data[0].receipt.stored == 1


@pytest.mark.parametrize("lines", [[], ['{"value": 1, "at": 1.9e12}'], ['{"value": 1, "at": 5}']])
def test_input_that_stores_nothing_is_an_error(two: Repo, lines: list[str]) -> None:
    with pytest.raises(UsageError):
        text(two, *lines)


@pytest.mark.parametrize(
    ("metric", "value", "samples"),
    [("error_rate", "5000", "50"), ("accuracy", "87", "50"), ("error_rate", "0.5", "-3")],
)
def test_an_impossible_answer_is_a_failure(
    serve: Callable[..., Any], metric: str, value: str, samples: str
) -> None:
    server = serve(vector(value), vector(samples))
    trigger = make_trigger(metric=metric, threshold=0.5)
    seen = Prometheus(server.url).observe(trigger, model="a", version="v1.0.0", until=NOW)
    assert (seen.value, seen.failed) == (None, True)
    assert "impossible" in seen.why


def test_a_share_that_extrapolation_drove_over_one_is_one(serve: Callable[..., Any]) -> None:
    server = serve(vector("1.02"), vector("50"))
    trigger = make_trigger(metric="error_rate", threshold=0.5)
    seen = Prometheus(server.url).observe(trigger, model="a", version="v1.0.0", until=NOW)
    assert seen.value == 1.0


def test_lifting_the_hold_does_not_end_the_cool_down(two: Repo) -> None:
    behave(two.path, "v1.1.0", BAD)
    look(two)
    reference = parse_reference(NAME, "v1.1.0")
    promote(Project.open(two.path), reference, to=Stage.DEV, lift_hold=True, reason="looked into")
    behave(two.path, "v1.0.0", BAD)
    assert look(two).data[0].judged.decision.outcome == "pending"


def test_an_alert_leaves_the_rule_that_rolls_back() -> None:
    alert = replace(ERRORS, model="a", mode="alert", threshold=0.01)
    other = replace(ERRORS, model="a", aggregate="max")
    there = Monitoring(triggers=(ERRORS, alert, other))
    assert [rule.mode for rule in rules_of(there, "a")] == ["rollback", "alert", "rollback"]


def test_what_was_not_pushed_is_pushed_by_the_next_check(two: Repo, tmp_path: Path) -> None:
    far = tmp_path / "far.git"
    two.git("init", "--quiet", "--bare", str(far))
    two.git("remote", "add", "origin", str(far))
    two.git("push", "--quiet", "--set-upstream", "origin", "main")
    behave(two.path, "v1.1.0", BAD)
    far.rename(tmp_path / "away.git")
    options, when = WriteOptions(push=True), time.time() + 60
    assert check(Project.open(two.path), now=when, options=options).exit_code == 7
    assert check(Project.open(two.path), now=when, options=options).exit_code == 7
    lines: list[Mapping[str, Any]] = []
    stop = threading.Event()

    def say(line: Mapping[str, Any]) -> None:
        lines.append(line)
        stop.set()

    done = watch(
        lambda: Project.open(two.path), interval=1, stop=stop, clock=lambda: when, say=say,
        options=options,
    )  # fmt: skip
    assert done.data.failures == 1
    (tmp_path / "away.git").rename(far)
    assert check(Project.open(two.path), now=when, options=options).exit_code == 0
    assert two.git("--git-dir", str(far), "rev-parse", "main") == two.head
    assert live(two) == "v1.0.0"


def test_a_watch_of_no_model_fails_at_once(two: Repo) -> None:
    def call() -> None:
        watch(
            lambda: Project.open(two.path), interval=1, stop=threading.Event(), clock=time.time,
            say=lambda line: pytest.fail(str(line)), model="nobody",
        )  # fmt: skip

    with pytest.raises(NotFound):
        call()


def test_a_watch_tells_its_warnings_and_strict_does_not_bear_them(two: Repo) -> None:
    lines: list[Mapping[str, Any]] = []
    stop = threading.Event()

    def say(line: Mapping[str, Any]) -> None:
        lines.append(line)
        stop.set()

    watch(lambda: Project.open(two.path), interval=1, stop=stop, clock=time.time, say=say)
    assert "warning" in {line["event"] for line in lines}
    assert check(Project.open(two.path), now=time.time(), strict=True).exit_code == 5


@pytest.mark.parametrize("path", ["../a.sqlite3", "/tmp/a.sqlite3", "link/a.sqlite3"])
def test_samples_stay_in_the_repository(two: Repo, path: str) -> None:
    (two.path / "link").symlink_to(two.path.parent)
    two.write(".specweave/model-registry.yaml", f'monitoring:\n  samples: "{path}"\n')
    two.commit("chore: samples")
    with pytest.raises(UsageError, match=r"monitoring\.samples"):
        samples_path(Project.open(two.path))


def test_an_alert_is_committed_at_most_every_five_minutes(two: Repo) -> None:
    alerts(two, replace(ERRORS, cool_down="0s"))
    behave(two.path, "v1.1.0", BAD)
    (record,) = look(two).records
    assert isinstance(record.event, TriggerFiredEvent)
    assert look(two, after=61).records == ()


PUSHED = WriteOptions(push=True)


def left_behind(two: Repo, place: Path) -> tuple[Path, float]:
    """A remote that was away when a check wanted to push, and has moved on; and when that was."""
    far, away = place / "far.git", place / "away.git"
    two.git("clone", "--quiet", "--bare", str(two.path), str(far))
    two.git("remote", "add", "origin", str(far))
    two.git("fetch", "--quiet", "origin")
    other = Repo(place / "other")
    two.git("clone", "--quiet", str(far), str(other.path))
    behave(two.path, "v1.1.0", BAD)
    far.rename(away)
    when = time.time() + 60
    assert check(Project.open(two.path), now=when, options=PUSHED).exit_code == 7
    away.rename(far)
    track(Project.open(other.path), NAME, ["latency"], options=PUSHED)
    return far, when


def test_an_alert_that_was_not_pushed_holds_up_no_rollback(two: Repo, tmp_path: Path) -> None:
    rules(two, replace(ERRORS, threshold=0.01, mode="alert"), replace(ERRORS, threshold=0.5))
    far, when = left_behind(two, tmp_path)
    behave(two.path, "v1.1.0", [1.0] * 100)
    outcome = check(Project.open(two.path), now=when, options=PUSHED)
    assert (outcome.refusal, outcome.exit_code) == (None, 4)
    log = two.git("--git-dir", str(far), "log", "--format=%s", "main")
    assert "roll back" in log
    assert log.count("0.25 in 20 samples") == 1


def test_what_was_left_behind_is_decided_anew_where_the_remote_moved_on(
    two: Repo, tmp_path: Path
) -> None:
    far, when = left_behind(two, tmp_path)
    again = check(Project.open(two.path), now=when, options=PUSHED)
    assert (again.refusal, again.exit_code) == (None, 0)
    log = two.git("--git-dir", str(far), "log", "--format=%s", "main")
    assert log.count("roll back") == 1
    assert live(two) == "v1.0.0"


def test_a_slip_of_the_pen_is_said_when_it_is_tracked(two: Repo) -> None:
    assert "is it latency?" in track(Project.open(two.path), NAME, ["latncy"]).warnings[0]
    assert track(Project.open(two.path), NAME, ["uplift", "latency"]).warnings == ()


def test_one_metric_as_a_text_is_one_metric(two: Repo) -> None:
    track(Project.open(two.path), NAME, "latency")
    assert Project.open(two.path).policy.monitoring.tracked == {NAME: ("latency",)}


@pytest.mark.parametrize(
    "wrong", [{"threshold": "5%"}, {"hysteresis": "x"}, {"hysteresis": 0.1}, {"window": 5}]
)
def test_a_trigger_of_the_wrong_kind_is_refused(two: Repo, wrong: dict[str, Any]) -> None:
    rule = TriggerRule(**{"metric": "error_rate", "threshold": 0.05, **wrong})
    with pytest.raises(UsageError):
        set_auto_rollback(Project.open(two.path), [rule])


def test_python_callers_are_told_what_is_wrong(two: Repo) -> None:
    monitor = ModelMonitor(ModelRegistry(path=two.path))
    with pytest.raises(UsageError, match="no samples"):
        monitor.record(metric="error_rate", value=True, name=NAME)
    with pytest.raises(UsageError, match="labels"):
        monitor.record("error_rate", 0.5, labels={1: 2}, name=NAME)  # type: ignore[dict-item]
    wrongs: list[dict[str, Any]] = [
        {"traffic_split": "a"}, {"outcomes": "foo"}, {"minimum_effect": float("nan")},
        {"minimum_samples": 2.5}, {"duration_days": "7"}, {"guard_rails": 3},
    ]  # fmt: skip
    for wrong in wrongs:
        with pytest.raises(UsageError):
            run_ab_test(
                f"{NAME}-v1.0.0", f"{NAME}-v1.1.0", metric="error_rate", path=two.path, **wrong
            )

"""A trigger that fires takes production back once, says why, and never acts on what it cannot see."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from swreg.domain.events import RolledBackEvent, TriggerFiredEvent, TriggerResolvedEvent
from swreg.domain.names import parse_reference
from swreg.domain.policy import TriggerRule
from swreg.domain.stage import Stage
from swreg.errors import NotFound, UsageError
from swreg.operations.monitoring.check import check
from swreg.operations.monitoring.recording import record_text
from swreg.operations.monitoring.snapshot import snapshot
from swreg.operations.monitoring.sources import samples_path
from swreg.operations.monitoring.status import status
from swreg.operations.monitoring.watch import watch
from swreg.operations.project import Project
from swreg.operations.promote import promote
from swreg.operations.retire import deprecate
from swreg.operations.rollback import rollback
from swreg.operations.transaction import WriteOptions
from tests.conftest import Repo
from tests.monitoring.monitored import ERRORS, alerts, behave, deploy, live, look, rules
from tests.registered import NAME, add

BAD, GOOD = [1.0] * 5 + [0.0] * 15, [0.0] * 20


@pytest.fixture
def two(repo: Repo) -> Repo:
    """v1.1.0 is live, v1.0.0 was before, and more than 5 per cent of errors rolls back."""
    deploy(repo, "v1.0.0", "v1.1.0")
    rules(repo, ERRORS)
    return repo


def test_a_breach_rolls_back_once_with_the_evidence_and_holds_the_version(two: Repo) -> None:
    behave(two.path, "v1.1.0", BAD)
    before = two.head
    outcome = look(two)
    assert outcome.exit_code == 4
    assert [one.action for one in outcome.data] == ["rolled-back"]
    (record,) = outcome.records
    event = record.event
    assert isinstance(event, RolledBackEvent)
    assert event.reason == "trigger error_rate mean above 0.05 over 1h: 0.25 in 20 samples"
    assert live(two) == "v1.0.0"
    model = Project.open(two.path).registry().model(NAME)[1]
    assert event.replaces is not None
    assert model.versions[event.replaces].hold is not None
    assert two.git("rev-list", "--count", f"{before}..HEAD") == "1"
    again = look(two)
    assert (again.exit_code, again.commit, again.records) == (0, None, ())
    assert two.status() == ""


def test_a_dry_run_explains_and_changes_nothing(two: Repo) -> None:
    behave(two.path, "v1.1.0", BAD)
    before = two.head
    outcome = look(two, dry_run=True)
    assert outcome.exit_code == 4
    assert [one.action for one in outcome.data] == ["rolled-back"]
    assert outcome.dry_run
    assert (two.head, live(two)) == (before, "v1.1.0")


@pytest.mark.parametrize(
    ("values", "why"), [([], "no sample"), ([1.0] * 9, "9 of at least 10 samples")]
)
def test_missing_data_is_neither_good_news_nor_a_reason(
    two: Repo, values: list[float], why: str
) -> None:
    if values:
        behave(two.path, "v1.1.0", values)
    outcome = look(two)
    assert outcome.exit_code == 0
    assert outcome.data[0].judged.decision.outcome == "unknown"
    assert why in outcome.warnings[0]
    assert live(two) == "v1.1.0"


def test_missing_data_alerts_where_that_is_configured_and_only_once(two: Repo) -> None:
    rules(two, replace(ERRORS, missing="alert"))
    outcome = look(two)
    assert [record.event.kind for record in outcome.records] == ["trigger-fired"]
    assert look(two).records == ()
    assert live(two) == "v1.1.0"


def test_shadow_mode_only_alerts_once_as_long_as_it_lasts(two: Repo) -> None:
    alerts(two, replace(ERRORS, cool_down="10m"))
    behave(two.path, "v1.1.0", BAD)
    (record,) = look(two).records
    assert isinstance(record.event, TriggerFiredEvent)
    assert "0.25 in 20 samples" in record.event.observed
    assert look(two, after=120).records == ()
    # A machine without our memory sees in the history that it was told.
    samples_path(Project.open(two.path)).unlink()
    behave(two.path, "v1.1.0", BAD)
    assert look(two, after=180).records == ()
    for after in (900, 1800, 2700):
        late = look(two, after=after)
        assert (late.records, [one.action for one in late.data]) == ((), ["still firing"])
        assert late.exit_code == 4
    assert live(two) == "v1.1.0"


def test_an_alert_that_is_over_is_told_and_may_fire_again(two: Repo) -> None:
    now = time.time()
    alerts(two, replace(ERRORS, window="10m", cool_down="10m"))
    behave(two.path, "v1.1.0", BAD, at=now + 1)
    assert [one.event.kind for one in look(two, after=60).records] == ["trigger-fired"]
    behave(two.path, "v1.1.0", GOOD * 10, at=now + 700)
    over = look(two, after=760)
    (record,) = over.records
    assert isinstance(record.event, TriggerResolvedEvent)
    assert record.event.observed.endswith(": 0 in 200 samples")
    assert ([one.action for one in over.data], over.exit_code) == (["resolved"], 0)
    assert look(two, after=800).records == ()
    behave(two.path, "v1.1.0", BAD, at=now + 1500)
    assert [one.event.kind for one in look(two, after=1560).records] == ["trigger-fired"]
    assert look(two, after=1570).data[0].judged.as_data()["alert_since"] is not None


def test_figures_that_come_back_bad_are_another_alert_than_their_lack(two: Repo) -> None:
    now = time.time()
    alerts(two, replace(ERRORS, window="10m", missing="alert"))
    assert "no figure" in look(two).records[0].event.observed  # type: ignore[attr-defined]
    behave(two.path, "v1.1.0", BAD, at=now + 100)
    (record,) = look(two, after=160).records
    assert "0.25 in 20 samples" in record.event.observed  # type: ignore[attr-defined]
    # Silence says nothing of a breach: it is neither over nor another alert.
    assert look(two, after=2000).records == ()


def test_where_no_version_is_left_the_alert_ends_with_the_breach(repo: Repo) -> None:
    now = time.time()
    deploy(repo, "v1.0.0")
    rules(repo, replace(ERRORS, window="10m"))
    behave(repo.path, "v1.0.0", BAD, at=now + 1)
    assert len(look(repo).records) == 1
    assert look(repo, after=500).records == ()
    behave(repo.path, "v1.0.0", GOOD, at=now + 900)
    assert [one.event.kind for one in look(repo, after=960).records] == ["trigger-resolved"]


def test_without_an_earlier_version_it_alerts(repo: Repo) -> None:
    deploy(repo, "v1.0.0")
    rules(repo, ERRORS)
    behave(repo.path, "v1.0.0", BAD)
    outcome = look(repo)
    (record,) = outcome.records
    assert record.event.kind == "trigger-fired"
    assert record.event.reason == "there is no earlier version to return to"
    assert (outcome.exit_code, live(repo)) == (4, "v1.0.0")


def test_the_target_is_neither_held_nor_past_its_end_nor_itself_rolled_back(repo: Repo) -> None:
    deploy(repo, "v1.0.0", "v1.1.0", "v1.2.0", "v1.3.0")
    rules(repo, ERRORS)
    project = Project.open(repo.path)
    # v1.3.0 was rolled back and its hold lifted; v1.2.0 is past its end of life.
    rollback(project, parse_reference(NAME), reason="slow")
    deprecate(
        Project.open(repo.path),
        parse_reference(NAME, "v1.1.0"),
        reason="old",
        end_of_life=date(2020, 1, 1),
    )
    assert live(repo) == "v1.2.0"
    behave(repo.path, "v1.2.0", BAD)
    rules(repo, replace(ERRORS, cool_down="0s"))
    assert look(repo).exit_code == 4
    assert live(repo) == "v1.0.0"


def test_what_was_rolled_back_in_the_window_is_no_target_even_without_its_hold(
    repo: Repo,
) -> None:
    deploy(repo, "v1.0.0", "v1.1.0")
    rollback(Project.open(repo.path), parse_reference(NAME), reason="slow")
    for to in (Stage.DEV, Stage.STAGING, Stage.PRODUCTION):
        promote(
            Project.open(repo.path),
            parse_reference(NAME, "v1.1.0"),
            to=to,
            lift_hold=to is Stage.DEV,
            reason="looked into",
        )
    add(repo.path, "v1.2.0", Stage.PRODUCTION, accuracy=0.9)
    rules(repo, ERRORS)
    behave(repo.path, "v1.2.0", BAD)
    look(repo)
    assert live(repo) == "v1.0.0"


def test_after_a_rollback_the_next_one_waits_for_the_cool_down(two: Repo) -> None:
    behave(two.path, "v1.1.0", BAD)
    add(two.path, "v0.9.0", Stage.DEV)
    look(two)
    behave(two.path, "v1.0.0", BAD)
    outcome = look(two)
    assert outcome.data[0].judged.decision.outcome == "pending"
    assert "cooling down" in outcome.data[0].judged.decision.why
    assert outcome.exit_code == 0


def test_what_a_version_did_before_it_was_deployed_does_not_count(repo: Repo) -> None:
    behave_before = time.time() - 1800
    deploy(repo, "v1.0.0", "v1.1.0")
    rules(repo, ERRORS)
    behave(repo.path, "v1.1.0", BAD, at=behave_before)
    outcome = look(repo)
    assert outcome.data[0].judged.decision.outcome == "unknown"
    assert live(repo) == "v1.1.0"


def test_a_drop_against_the_registration_and_against_the_version_before(repo: Repo) -> None:
    deploy(repo, "v1.0.0", "v1.1.0")
    drop = TriggerRule(metric="accuracy", threshold=0.1, window="1h", mode="alert")
    rules(repo, replace(drop, relative_to="registration"), replace(drop, relative_to="previous"))
    behave(repo.path, "v1.1.0", [0.80], metric="accuracy")
    first, second = look(repo, dry_run=True).data
    assert (first.judged.decision.outcome, first.judged.decision.limit) == ("fire", 0.81)
    assert second.judged.decision.outcome == "unknown"
    behave(repo.path, "v1.0.0", [0.85], metric="accuracy")
    second = look(repo, dry_run=True).data[1]
    assert (second.judged.decision.outcome, second.judged.decision.limit) == ("ok", 0.765)


def test_a_rule_of_a_model_replaces_the_general_one(two: Repo) -> None:
    rules(two, replace(ERRORS, model=NAME, threshold=0.5))
    behave(two.path, "v1.1.0", BAD)
    (one,) = look(two).data
    assert one.judged.decision.limit == 0.5
    assert one.judged.decision.outcome == "ok"


def test_a_model_without_production_is_said_so(repo: Repo) -> None:
    add(repo.path, "v1.0.0")
    rules(repo, replace(ERRORS, model=NAME))
    outcome = look(repo)
    assert outcome.exit_code == 0
    assert "nothing is in production" in outcome.warnings[0]


def break_store(path: Path) -> bytes:
    for tail in ("-wal", "-shm"):
        Path(f"{path}{tail}").unlink(missing_ok=True)
    data = b"no database at all" * 300
    path.write_bytes(data)
    return data


def test_a_broken_store_is_set_aside_and_never_a_rollback(two: Repo) -> None:
    behave(two.path, "v1.1.0", BAD)
    path = samples_path(Project.open(two.path))
    data = break_store(path)
    outcome = look(two)
    assert outcome.exit_code == 5
    assert "was corrupt and is now samples.sqlite3.corrupt-1" in outcome.warnings[0]
    assert path.with_name("samples.sqlite3.corrupt-1").read_bytes() == data
    assert live(two) == "v1.1.0"
    behave(two.path, "v1.1.0", BAD)
    assert look(two).exit_code == 4


def test_a_file_that_somebody_named_is_not_renamed(two: Repo) -> None:
    two.write(
        ".specweave/model-registry.yaml",
        'monitoring:\n  samples: "var/samples.sqlite3"\n'
        "  triggers: [{metric: error_rate, threshold: 0.05}]\n",
    )
    two.commit("chore: samples elsewhere")
    behave(two.path, "v1.1.0", BAD)
    data = break_store(two.path / "var/samples.sqlite3")
    outcome = look(two)
    assert (outcome.exit_code, "is no sample store" in outcome.warnings[0]) == (5, True)
    assert (two.path / "var/samples.sqlite3").read_bytes() == data


WATCHER = """
import sys
import time
from pathlib import Path
from swreg.operations.monitoring.check import check
from swreg.operations.project import Project
project = Project.open(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
outcome = check(project, now=time.time() + 60)
print(outcome.exit_code, [one.action for one in outcome.data], flush=True)
"""


@pytest.mark.races
def test_watchers_that_roll_back_at_once_make_one_event(two: Repo) -> None:
    behave(two.path, "v1.1.0", BAD)
    before = two.head
    running = [
        subprocess.Popen(
            [sys.executable, "-c", WATCHER, str(two.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for one in running:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    for one in running:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    said = [one.communicate(timeout=60) for one in running]
    assert all(one.returncode == 0 for one in running), said
    assert two.git("rev-list", "--count", f"{before}..HEAD") == "1"
    assert sum("rolled-back" in out for out, _ in said) == 1
    assert live(two) == "v1.0.0"
    assert two.status() == ""


def test_who_comes_second_says_who_was_faster(two: Repo) -> None:
    behave(two.path, "v1.1.0", BAD)
    late = Project.open(two.path)
    assert late.registry().catalogs
    look(two)
    lines: list[Mapping[str, Any]] = []
    stop = threading.Event()

    def say(line: Mapping[str, Any]) -> None:
        lines.append(line)
        stop.set()

    outcome = watch(lambda: late, interval=1, stop=stop, clock=lambda: time.time() + 60, say=say)
    (said,) = [line for line in lines if line["event"] == "done-already"]
    assert said["by"].startswith(f"roll back {NAME} v1.1.0 -> v1.0.0 by ")
    assert (outcome.exit_code, outcome.data.actions, outcome.data.failures) == (0, 0, 0)
    assert live(two) == "v1.0.0"


def test_two_machines_roll_back_once(
    two: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = tmp_path / "shared.git"
    two.git("clone", "--quiet", "--bare", str(two.path), str(shared))
    clones = [Repo(tmp_path / name) for name in ("here", "there")]
    for clone in clones:
        two.git("clone", "--quiet", str(shared), str(clone.path))
        behave(clone.path, "v1.1.0", BAD)
    options = WriteOptions(push=True)
    outcomes = []
    for clone, who in zip(clones, ("Ada", "Grace"), strict=True):
        # One person may make the very same commit twice, and then both were first.
        monkeypatch.setenv("GIT_COMMITTER_NAME", who)
        project = Project.open(clone.path)
        outcomes.append(check(project, now=time.time() + 60, options=options))
    first, second = outcomes
    assert (first.refusal, second.refusal) == (None, None)
    assert (first.exit_code, second.exit_code) == (4, 0)
    (late,) = second.data
    assert late.action == "done already"
    assert late.by.startswith(f"roll back {NAME} v1.1.0 -> v1.0.0 by ")
    log = two.git("--git-dir", str(shared), "log", "--format=%s", "main")
    assert log.count("roll back") == 1
    assert clones[0].head == clones[1].head


def test_a_snapshot_is_an_event_with_the_figures(two: Repo) -> None:
    behave(two.path, "v1.1.0", GOOD)
    outcome = snapshot(Project.open(two.path), now=time.time() + 60, window=3600)
    (record,) = outcome.records
    assert record.event.figures == (  # type: ignore[attr-defined]
        "error_rate mean 0 (20 samples) over 1h"
    )
    assert two.status() == ""


def test_a_snapshot_of_nothing_is_refused(two: Repo) -> None:
    with pytest.raises(NotFound, match="no figures of the last 1h"):
        snapshot(Project.open(two.path), now=time.time() + 1, window=3600)


def test_the_status_has_figures_their_course_and_the_margins(two: Repo) -> None:
    now = time.time()
    behave(two.path, "v1.1.0", GOOD, at=now + 1)
    data = status(Project.open(two.path), now=now + 60, window=1440).data
    (figure,) = data.figures
    assert (figure.metric, figure.value, figure.samples) == ("error_rate", 0.0, 20)
    assert len(figure.course) == 24
    assert [value for _, value in figure.course if value is not None] == [0.0]
    assert figure.judged[0].decision.margin == 0.05


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("jsonl", '{"metric": "latency", "value": 81.5}\n{"metric": "latency", "value": 90}\n'),
        ("csv", "metric,value\nlatency,81.5\nlatency,90\n"),
    ],
)
def test_recorded_text_goes_to_the_version_in_production(two: Repo, form: str, text: str) -> None:
    outcome = record_text(
        Project.open(two.path),
        text.splitlines(),
        form=form,  # type: ignore[arg-type]
        given={"model": NAME},
        now=time.time() + 1,
    )
    (one,) = outcome.data
    assert (one.version, one.metric, one.receipt.stored) == ("v1.1.0", "latency", 2)
    assert two.status() == ""


@pytest.mark.parametrize(
    ("row", "error", "line"),
    [
        ({"metric": "latncy", "value": 1}, UsageError, "no metric known by name"),
        ({"metric": "no metric", "value": 1}, UsageError, "is no name of a metric"),
        ({"metric": "latency", "value": -1}, UsageError, "never negative"),
        ({"metric": "latency", "value": 1, "version": "v9.0.0"}, NotFound, "no version v9.0.0"),
        ({"metric": "latency", "value": 1, "model": "other"}, NotFound, "no model called"),
        ({"metric": "latency", "value": 1, "version": "@staging"}, NotFound, "in staging"),
    ],
)
def test_samples_of_nothing_known_are_refused(
    two: Repo, row: dict[str, object], error: type[Exception], line: str
) -> None:
    with pytest.raises(error, match=line):
        record_text(
            Project.open(two.path),
            [json.dumps(row)],
            form="jsonl",
            given={"model": NAME},
            now=time.time() + 1,
        )


def test_a_configured_path_must_be_one_of_a_store(two: Repo) -> None:
    two.write(".specweave/model-registry.yaml", 'monitoring:\n  samples: "README.md"\n')
    two.commit("chore: samples")
    with pytest.raises(UsageError, match="does not end with"):
        look(two)
    assert (two.path / "README.md").is_file()

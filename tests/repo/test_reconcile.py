"""Models that completed increments left behind, registered in real repositories."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import subprocess
from pathlib import Path

import pytest

from swreg.api.experiments import track_experiment
from swreg.api.registry import ModelRegistry
from swreg.domain.version import Version
from swreg.errors import NotReady, UsageError
from swreg.operations.log import registry_log
from swreg.operations.outcome import Outcome
from swreg.operations.project import Project
from swreg.operations.reconcile import Reconciled, reconcile
from swreg.operations.transaction import WriteOptions
from tests.conftest import INCREMENT, Repo, specweave_program

NAME = "fraud-detection-model"


@pytest.fixture(autouse=True)
def _here(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repo.path)


def run(repo: Repo, *, dry_run: bool = False) -> Outcome[tuple[Reconciled, ...]]:
    return reconcile(Project.open(repo.path), options=WriteOptions(dry_run=dry_run))


def rows(repo: Repo, *, dry_run: bool = False) -> list[tuple[str, str, str]]:
    found = run(repo, dry_run=dry_run).data
    return [(one.source, one.result, f"{one.model} {one.version}") for one in found]


def set_status(repo: Repo, status: object, increment: str = INCREMENT) -> None:
    file = repo.path / ".specweave/increments" / increment / "metadata.json"
    facts = json.loads(file.read_text()) if file.exists() else {"id": increment}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({**facts, "status": status}))


def leave(repo: Repo, name: str, weights: object, register_as: str | None = None) -> None:
    with track_experiment(name, increment="0042", path=repo.path) as exp:
        exp.log_metric("accuracy", 0.8)
        exp.save_model(weights, register_as=register_as)


def flat(repo: Repo, name: str, weights: object) -> Path:
    file = repo.increment / "models" / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(pickle.dumps(weights))
    return file


@pytest.mark.parametrize("word", ["completed", "Completed", "closed", "done", "complete"])
def test_a_completed_increment_registers_what_its_runs_left_once(repo: Repo, word: str) -> None:
    leave(repo, "exp-1", [1])
    set_status(repo, word)
    dirty = repo.status()
    first = run(repo)
    assert [(one.result, one.model, str(one.version)) for one in first.data] == [
        ("registered", NAME, "v1.0.0")
    ]
    assert first.commit == repo.head
    assert repo.status() == dirty
    again = run(repo)
    assert [one.result for one in again.data] == ["present"]
    assert (again.commit, again.records, repo.head) == (None, (), first.commit)


def test_each_model_is_a_commit_that_names_where_it_was_left(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Runs of one second go by their names, as people count.
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2024-01-15T10:30:00Z")
    leave(repo, "exp-10", [1])
    leave(repo, "exp-2", [2])
    leave(repo, "same-bytes", [2])
    leave(repo, "churn", [3], register_as="churn-model")
    leave(repo, "broken", [4])
    (repo.increment / "experiments/broken/metrics.json").write_text('{"accuracy": NaN}')
    set_status(repo, "completed")
    outcome = run(repo)
    assert [(one.source, one.result, one.model, str(one.version)) for one in outcome.data] == [
        ("experiments/broken", "skipped", None, "None"),
        ("experiments/churn", "registered", "churn-model", "v1.0.0"),
        ("experiments/exp-2", "registered", NAME, "v1.0.0"),
        ("experiments/exp-10", "registered", NAME, "v1.0.1"),
        ("experiments/same-bytes", "present", NAME, "v1.0.0"),
    ]
    assert "accuracy" in outcome.data[0].reason
    project = Project.open(repo.path)
    log = registry_log(project, project.tip)
    events = [one.event for entry in log for one in entry.records]  # type: ignore[union-attr]
    assert [one.reason for one in events] == [
        "left in experiments/churn", "left in experiments/exp-2", "left in experiments/exp-10",
    ]  # fmt: skip
    assert len(outcome.records) == 3


def test_a_run_that_registered_itself_is_left_alone(repo: Repo) -> None:
    with track_experiment("exp-1") as exp:
        exp.register_model([1, 2], "other-model")
        exp.save_model([1, 2, 3])
    set_status(repo, "completed")
    assert rows(repo) == [("experiments/exp-1", "present", "other-model v1.0.0")]


def test_a_model_that_was_registered_elsewhere_is_known_by_its_pickle(repo: Repo) -> None:
    """The native file beside it holds the time of saving, and so differs each time."""
    from sklearn.tree import DecisionTreeClassifier

    model = DecisionTreeClassifier(random_state=0).fit([[0], [1]], [0, 1])
    leave(repo, "exp-1", model)
    ModelRegistry(increment="0042").register_model("churn", model)
    set_status(repo, "completed")
    assert rows(repo) == [("experiments/exp-1", "present", "churn v1.0.0")]


def test_runs_that_failed_or_have_not_ended_are_skipped_with_the_reason(repo: Repo) -> None:
    with pytest.raises(UsageError, match="no status"), track_experiment("bad") as exp:
        exp.set_status(str(exp.save_model([1])))
    with track_experiment("given-up") as exp:
        exp.save_model([2])
        exp.set_status("cancelled")
    set_status(repo, "completed")
    with track_experiment("alive", increment="0042") as exp:
        exp.save_model([3])
        reasons = {one.source: one.reason for one in run(repo).data}
    assert reasons["experiments/bad"].startswith("the run failed: UsageError: ")
    assert reasons == {
        "experiments/bad": reasons["experiments/bad"],
        "experiments/given-up": "the run was cancelled",
        "experiments/alive": "the run has not ended",
    }
    assert ("experiments/alive", "registered", f"{NAME} v1.0.0") in rows(repo)


def test_flat_files_of_the_older_layout(repo: Repo) -> None:
    for number in (10, 2):
        flat(repo, f"model-v{number}.pkl", [number])
    flat(repo, "scaler.pkl", ["scaler"])
    (repo.increment / "models/notes.md").write_text("not a model")
    set_status(repo, "completed")
    assert rows(repo) == [
        ("models/model-v2.pkl", "registered", f"{NAME} v2.0.0"),
        ("models/model-v10.pkl", "registered", f"{NAME} v10.0.0"),
        ("models/scaler.pkl", "skipped", "None None"),
    ]
    outcome = run(repo)
    assert [one.result for one in outcome.data] == ["present", "present", "skipped"]
    assert "registry-register NAME --artifact .specweave" in outcome.data[2].reason
    assert outcome.exit_code == 0


def test_the_only_flat_file_is_the_increment_s_model_whatever_it_is_called(repo: Repo) -> None:
    flat(repo, "xgboost.joblib", [1])
    set_status(repo, "completed")
    assert rows(repo) == [("models/xgboost.joblib", "registered", f"{NAME} v1.0.0")]


def test_a_number_that_is_taken_is_refused_and_the_others_go_on(repo: Repo) -> None:
    flat(repo, "model-v3.pkl", [3])
    set_status(repo, "completed")
    run(repo)
    flat(repo, "model-v3.pkl", ["other bytes"])
    flat(repo, "model-v4.pkl", [4])
    outcome = run(repo)
    assert [(one.result, str(one.version)) for one in outcome.data] == [
        ("refused", "None"), ("registered", "v4.0.0"),
    ]  # fmt: skip
    assert "v3.0.0 is registered already" in outcome.data[0].reason
    assert outcome.exit_code == 1


def test_only_completed_increments_are_registered(repo: Repo) -> None:
    leave(repo, "exp-1", [1])
    for status in ("active", "planned", "in-progress", "paused", "abandoned"):
        set_status(repo, status)
        assert rows(repo) == []
    set_status(repo, "ready_for_review")
    (row,) = run(repo).data
    assert (row.result, row.reason[:38]) == ("skipped", "the increment is ready for review; it ")
    wrong: list[tuple[object, str]] = [("frobnicated", "its status is"), (7, "has no status")]
    for word, reason in wrong:
        set_status(repo, word)
        assert reason in run(repo).data[0].reason
    (repo.increment / "metadata.json").write_text("{")
    assert "no JSON object" in run(repo).data[0].reason
    assert repo.git("log", "--format=%s") == "chore: start the project"


@pytest.mark.parametrize("folder", ["_archive", "_paused", "_backlog", "_abandoned"])
def test_increments_in_every_lifecycle_folder_are_found(repo: Repo, folder: str) -> None:
    leave(repo, "exp-1", [1])
    set_status(repo, "completed")
    target = repo.increment.parent / folder / INCREMENT
    target.parent.mkdir()
    shutil.move(repo.increment, target)
    (row,) = run(repo).data
    assert (row.result, row.reason[-21:]) == ("refused", "commit the move first")
    repo.commit("chore: move the increment")
    assert rows(repo) == [("experiments/exp-1", "registered", f"{NAME} v1.0.0")]
    home = f".specweave/increments/{folder}/{INCREMENT}"
    assert repo.git("cat-file", "-t", f"HEAD:{home}/registry/model_catalog.yaml") == "blob"


def test_runs_are_registered_in_the_order_they_began(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day, name in (("16", "a"), ("15", "b")):
        monkeypatch.setenv("GIT_COMMITTER_DATE", f"2024-01-{day}T10:30:00Z")
        leave(repo, name, [name])
    set_status(repo, "completed")
    assert rows(repo) == [
        ("experiments/b", "registered", f"{NAME} v1.0.0"),
        ("experiments/a", "registered", f"{NAME} v1.0.1"),
    ]


def test_a_dry_run_shows_and_does_nothing(repo: Repo) -> None:
    leave(repo, "exp-1", [1])
    leave(repo, "exp-2", [2])
    set_status(repo, "completed")
    before = repo.head, repo.status()
    assert rows(repo, dry_run=True) == [
        ("experiments/exp-1", "registered", f"{NAME} v1.0.0"),
        ("experiments/exp-2", "registered", f"{NAME} None"),
    ]
    assert (repo.head, repo.status()) == before


def test_an_agent_s_experiment_without_our_record(repo: Repo) -> None:
    folder = repo.increment / "experiments/exp-001"
    folder.mkdir(parents=True)
    (folder / "model.pkl").write_bytes(pickle.dumps([1]))
    (folder / "metadata.yaml").write_text("name: baseline\nstatus: success\nmodel_name: churn\n")
    (folder / "metrics.json").write_text('{"accuracy": 0.7, "uplift": 2}')
    set_status(repo, "completed")
    assert rows(repo) == [("experiments/exp-001", "registered", "churn v1.0.0")]
    facts = json.loads(
        repo.git(
            "show", f"HEAD:.specweave/increments/{INCREMENT}/models/churn-v1.0.0/metadata.json"
        )
    )
    assert (facts["accuracy"], facts["metrics"], facts["experiment"]) == (
        0.7, {"uplift": 2.0}, "exp-001",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ("status: completed\nstatus: failed\n", "stands twice"),
        ("a: &x [1]\n", "anchors are not allowed"),
        ('schema: 1\nname: x\nrun: x\nstatus: completed\nincrement: x\nmodel_files: ["../../m"]\n',
         "is no file name"),
        ("model_name: '../../evil'\n", "is no model name"),
    ],
)  # fmt: skip
def test_a_hostile_record_is_skipped_or_refused_with_its_fault(
    repo: Repo, record: str, reason: str
) -> None:
    folder = repo.increment / "experiments/exp-1"
    folder.mkdir(parents=True)
    (folder / "model.pkl").write_bytes(pickle.dumps([1]))
    (folder / "metadata.yaml").write_text(record)
    set_status(repo, "completed")
    (row,) = run(repo).data
    assert row.result in ("skipped", "refused")
    assert reason in row.reason


def test_a_link_is_no_model(repo: Repo, tmp_path: Path) -> None:
    (tmp_path / "secret.pkl").write_bytes(b"secret")
    folder = repo.increment / "experiments/exp-1"
    folder.mkdir(parents=True)
    os.symlink(tmp_path / "secret.pkl", folder / "model.pkl")
    set_status(repo, "completed")
    (row,) = run(repo).data
    assert (row.result, "not a regular file" in row.reason) == ("refused", True)


def test_where_it_cannot_work_it_says_so(repo: Repo, tmp_path: Path) -> None:
    project = Project.open(repo.path)
    with pytest.raises(UsageError, match="environment"):
        reconcile(project.in_environment("staging"))
    repo.git("clone", "--quiet", "--bare", str(repo.path), str(tmp_path / "bare.git"))
    with pytest.raises(NotReady, match="bare"):
        reconcile(Project.open(tmp_path / "bare.git"))
    leave(repo, "exp-1", [1])
    set_status(repo, "completed")
    (repo.path / ".git/MERGE_HEAD").write_text(f"{repo.head}\n")
    with pytest.raises(NotReady, match="a merge is in progress"):
        run(repo)


def test_an_increment_with_only_a_number_has_no_name_to_give(repo: Repo) -> None:
    folder = repo.path / ".specweave/increments/0050/experiments/exp-1"
    folder.mkdir(parents=True)
    (folder / "model.pkl").write_bytes(b"1")
    set_status(repo, "completed", "0050")
    (row,) = run(repo).data
    assert "save_model(register_as=…)" in row.reason


@pytest.mark.specweave
def test_after_the_real_specweave_complete_and_archive(specweave_repo: Repo) -> None:
    repo = specweave_repo
    set_status(repo, "active")  # `create-increment` writes `planned`, which `complete` refuses
    with track_experiment("xgboost-v1", path=repo.path) as exp:
        exp.log_metric("accuracy", 0.87)
        exp.save_model([1, 2, 3])
    assert rows(repo) == []
    specweave(repo, "complete", INCREMENT, "--skip-validation", "--yes")
    hook = repo.path / ".git/hooks/pre-commit"
    hook.unlink()  # SpecWeave's stock hook stops every commit where sh is dash
    assert rows(repo) == [("experiments/xgboost-v1", "registered", f"{NAME} v1.0.0")]
    assert rows(repo) == [("experiments/xgboost-v1", "present", f"{NAME} v1.0.0")]
    repo.git("add", "--all")
    repo.git("commit", "--quiet", "--message", "chore: complete the increment")
    specweave(repo, "archive", "--last", "0", INCREMENT)
    assert not repo.increment.exists()
    repo.git("add", "--all")
    repo.git("commit", "--quiet", "--message", "chore: archive the increment")
    assert rows(repo) == [("experiments/xgboost-v1", "present", f"{NAME} v1.0.0")]
    home = Project.open(repo.path).registry().single_home(NAME)
    assert home == f".specweave/increments/_archive/{INCREMENT}"


def specweave(repo: Repo, *words: str) -> None:
    """Run the real program, where the system allows it without any network."""
    cut_off = (
        shutil.which("unshare")
        and not subprocess.run(
            ["unshare", "--map-root-user", "--net", "true"], capture_output=True
        ).returncode
    )
    prefix = ["unshare", "--map-root-user", "--net"] if cut_off else []
    done = subprocess.run(
        [*prefix, str(specweave_program()), *words],
        cwd=repo.path,
        env={**os.environ, "CI": "true", "TMPDIR": str(repo.path.parent)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_versions_are_values(repo: Repo) -> None:
    leave(repo, "exp-1", [1])
    set_status(repo, "completed")
    assert run(repo).data == (
        Reconciled(
            increment=INCREMENT, source="experiments/exp-1", result="registered", model=NAME,
            version=Version.parse("v1.0.0"), reason="first version",
        ),
    )  # fmt: skip


def test_a_run_without_a_name_beside_other_models_is_asked_about(repo: Repo) -> None:
    ModelRegistry(path=repo.path).register_model("churn", {"weights": [0.5]})
    leave(repo, "exp", {"weights": [1.0]})
    set_status(repo, "completed")
    (row,) = run(repo).data
    assert (row.result, row.model) == ("skipped", None)
    assert row.reason.startswith("which model is it?")


def test_a_flat_file_with_a_version_has_its_own_name(repo: Repo) -> None:
    flat(repo, "churn-v3.pkl", {"weights": [1.0]})
    set_status(repo, "completed")
    assert rows(repo) == [("models/churn-v3.pkl", "registered", "churn v3.0.0")]

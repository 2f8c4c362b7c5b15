"""Runs of experiments on disk, and versions registered from them, in real repositories."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import yaml

from swreg.api.compared_experiments import compare_experiments
from swreg.api.experiments import Experiment, track_experiment
from swreg.api.registry import ModelRegistry
from swreg.domain.experiment import ExperimentMetadata
from swreg.errors import AlreadyExists, NotFound, NotReady, UsageError
from swreg.operations.run_record import read_logged, read_record
from tests.conftest import INCREMENT, Repo

NAME = "fraud-detection-model"


@pytest.fixture(autouse=True)
def _here(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repo.path)


def record(folder: Path) -> dict[str, object]:
    loaded = yaml.safe_load((folder / "metadata.yaml").read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def test_a_run_leaves_the_files_that_specweave_documents(repo: Repo) -> None:
    described = ExperimentMetadata(
        name="xgboost-v3", description="second features", tags=["fraud"], data_version="v2024-01"
    )
    with track_experiment(described, increment="0042") as exp:
        exp.log_param("n_estimators", 673)
        exp.log_params({"max_depth": 6, "layers": (64, 32)})
        exp.log_metric("precision@10", 0.5)
        exp.log_metrics({"accuracy": 0.87, "recall": 1})
        exp.save_model({"weights": [1, 2]})
        exp.log_note("depth 7 overfits\nseen on fold 3")
        exp.add_tag("candidate")
        assert record(exp.folder)["status"] == "running"
    folder = repo.increment / "experiments" / "xgboost-v3"
    assert sorted(one.name for one in folder.iterdir()) == [
        "metadata.yaml", "metrics.json", "model.pkl", "params.json",
    ]  # fmt: skip
    assert json.loads((folder / "params.json").read_bytes()) == {
        "n_estimators": 673, "max_depth": 6, "layers": [64, 32],
    }  # fmt: skip
    assert json.loads((folder / "metrics.json").read_bytes()) == {
        "precision@10": 0.5, "accuracy": 0.87, "recall": 1.0,
    }  # fmt: skip
    kept = record(folder)
    assert kept["status"] == "completed"
    assert kept["tags"] == ["fraud", "candidate"]
    assert kept["author"] == "Ada Lovelace <ada@example.org>"
    assert kept["git"] == {"commit": repo.head}
    assert kept["notes"][0]["text"] == "depth 7 overfits\nseen on fold 3"  # type: ignore[index]
    assert read_record(folder, INCREMENT) == exp.record
    assert read_logged(folder).metrics == exp.metrics


def test_nothing_is_staged_or_committed_by_a_run(repo: Repo) -> None:
    before = repo.head
    with track_experiment("exp-1") as exp:
        exp.log_metric("accuracy", 0.5)
    assert repo.head == before
    assert all(line.startswith("?? ") for line in repo.status().splitlines())


def test_an_exception_marks_the_run_failed_and_the_run_can_still_be_written(repo: Repo) -> None:
    runs: list[Experiment] = []

    def train() -> None:
        with track_experiment("exp-1") as run:
            runs.append(run)
            run.log_param("rows", 3)
            raise ValueError("bad rows\nin part 7")

    with pytest.raises(ValueError, match="bad rows"):
        train()
    exp = runs[0]
    assert record(exp.folder)["status"] == "failed"
    assert record(exp.folder)["error"] == "ValueError: bad rows in part 7"
    exp.set_status("cancelled")
    exp.log_note("the data was cut off")
    exp.log_metric("rows", 3)
    kept = record(exp.folder)
    assert kept["status"] == "cancelled"
    assert kept["notes"][0]["text"] == "the data was cut off"  # type: ignore[index]


def test_a_status_that_the_block_sets_stands(repo: Repo) -> None:
    with track_experiment("exp-1") as exp:
        exp.set_status("failed")
    assert record(exp.folder)["status"] == "failed"
    with pytest.raises(UsageError, match="running, completed, failed, cancelled"):
        exp.set_status("splendid")


def run_python(repo: Repo, code: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=repo.path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


WAITING = """
from swreg.api.experiments import track_experiment
with track_experiment("exp-1") as exp:
    exp.log_metric("accuracy", 0.5)
    print(exp.run, flush=True)
    input()
"""


def test_a_killed_run_is_marked_failed_by_the_next_one_and_a_living_one_is_not(repo: Repo) -> None:
    killed, living = run_python(repo, WAITING), run_python(repo, WAITING)
    assert killed.stdout is not None
    assert living.stdout is not None
    names = {process: str(process.stdout and process.stdout.readline()).strip()
             for process in (killed, living)}  # fmt: skip
    assert sorted(names.values()) == ["exp-1", "exp-1-2"]
    killed.kill()
    killed.wait()
    folder = repo.increment / "experiments"
    assert record(folder / names[killed])["status"] == "running"
    with track_experiment("other"):
        pass
    assert record(folder / names[killed])["status"] == "failed"
    assert record(folder / names[killed])["error"] == "the process ended before the run did"
    assert json.loads((folder / names[killed] / "metrics.json").read_bytes()) == {"accuracy": 0.5}
    assert record(folder / names[living])["status"] == "running"
    living.communicate("\n")
    assert record(folder / names[living])["status"] == "completed"
    assert list((repo.path / ".git/swreg/experiments").iterdir()) == []
    for process in (killed, living):
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def test_a_second_run_of_a_name_has_a_folder_of_its_own(repo: Repo) -> None:
    runs = []
    for _ in range(3):
        with track_experiment("exp-1") as exp:
            runs.append((exp.name, exp.run))
    assert runs == [("exp-1", "exp-1"), ("exp-1", "exp-1-2"), ("exp-1", "exp-1-3")]


def test_threads_of_one_run_lose_nothing(repo: Repo) -> None:
    with track_experiment("exp-1") as exp:
        threads = [
            threading.Thread(target=exp.log_metric, args=(f"fold-{n}", n)) for n in range(12)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert json.loads((exp.folder / "metrics.json").read_bytes()) == {
        f"fold-{n}": float(n) for n in range(12)
    }


@pytest.mark.parametrize("name", ["../0001", "a/b", "a\\b", "", ".", "..", "con", "x\n", "a" * 101])
def test_a_bad_name_is_refused_before_anything_is_written(repo: Repo, name: str) -> None:
    with pytest.raises(UsageError, match="is no experiment name"), track_experiment(name):
        pytest.fail("entered")
    assert repo.status() == ""


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "0.9", None, True, object()])
def test_a_metric_is_a_finite_number(repo: Repo, value: object) -> None:
    with track_experiment("exp-1") as exp:
        exp.log_metric("accuracy", 0.5)
        with pytest.raises(UsageError, match=r"metrics\.accuracy"):
            exp.log_metric("accuracy", value)
        assert exp.metrics == {"accuracy": 0.5}
    assert json.loads((exp.folder / "metrics.json").read_bytes()) == {"accuracy": 0.5}


def test_artifacts_are_written_as_their_suffix_says(repo: Repo) -> None:
    import numpy as np
    import pandas as pd

    (repo.path / "notes.txt").write_text("hello\n")
    (repo.path / "plots").mkdir()
    (repo.path / "plots" / "roc.svg").write_text("<svg/>")
    with track_experiment("exp-1") as exp:
        exp.save_artifact("importance.csv", pd.DataFrame({"feature": ["amount"], "gain": [2]}))
        exp.save_artifact("requirements.txt", ["numpy==2.0"])
        exp.save_artifact("conda_env.yaml", {"name": "fraud"})
        exp.save_artifact("scores.npy", np.arange(3))
        exp.save_artifact("preprocessor", {"mean": 3})
        exp.save_artifact("summary.md", "# Summary\n")
        exp.save_artifact("notes.txt")
        exp.log_artifact(repo.path / "plots")
        (exp.folder / "inside.txt").write_text("made here")
        exp.save_artifact("inside.txt")
        for name in ("../x.txt", "a/b.txt", "metadata.json", "Metrics.JSON", ".hidden", ""):
            with pytest.raises(UsageError):
                exp.save_artifact(name, "text")
        with pytest.raises(UsageError, match=r"a dict cannot be kept as x\.png"):
            exp.save_artifact("x.png", {})
        with pytest.raises(NotFound):
            exp.log_artifact("missing.bin")
    files = {one.name: one for one in exp.folder.iterdir()}
    assert files["importance.csv"].read_text().startswith(",feature,gain\n")
    assert files["requirements.txt"].read_text() == "numpy==2.0\n"
    assert yaml.safe_load(files["conda_env.yaml"].read_text()) == {"name": "fraud"}
    assert np.load(files["scores.npy"]).tolist() == [0, 1, 2]
    assert files["notes.txt"].read_text() == "hello\n"
    assert (files["plots"] / "roc.svg").read_text() == "<svg/>"
    assert exp.record.artifacts == (
        "importance.csv", "requirements.txt", "conda_env.yaml", "scores.npy", "preprocessor.pkl",
        "summary.md", "notes.txt", "plots", "inside.txt",
    )  # fmt: skip


def test_a_figure_and_the_report(repo: Repo) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib.figure import Figure

    figure = Figure()
    figure.subplots().plot([0, 1], [0, 1])
    with track_experiment("exp-1") as exp:
        exp.save_artifact("roc_curve.png", figure)
        exp.log_metric("accuracy", 0.87)
        exp.log_note("<b>bold</b> @team")
        page = exp.save_report("summary.md")
    assert (exp.folder / "roc_curve.png").read_bytes().startswith(b"\x89PNG")
    text = page.read_text(encoding="utf-8")
    assert "| `accuracy` | `0.87` |" in text
    assert "`<b>bold</b> @team`" in text


def sklearn_model(depth: int = 2) -> object:
    from sklearn.tree import DecisionTreeClassifier

    return DecisionTreeClassifier(max_depth=depth, random_state=0).fit([[0], [1]], [0, 1])


def test_the_registered_version_knows_its_experiment(repo: Repo) -> None:
    described = ExperimentMetadata(name="exp-003-xgboost", data_version="v2024-01")
    with track_experiment(described, increment="0042") as exp:
        exp.log_params({"max_depth": 2})
        exp.log_metrics({"accuracy": 0.87, "uplift": 0.1, "inference_latency_p50": 35})
        exp.log_folds("accuracy", [0.86, 0.88])
        version = exp.register_model(model=sklearn_model(), name=NAME, auto_version=True)
    assert (version.version, version.stage) == ("v1.0.0", "dev")
    facts = version.metadata
    assert facts["experiment"] == "exp-003-xgboost"
    assert facts["hyperparameters"] == {"max_depth": 2}
    assert (facts["accuracy"], facts["metrics"]) == (0.87, {"uplift": 0.1})
    assert facts["metrics_folds"] == {"accuracy": [0.86, 0.88]}
    assert facts["framework"].startswith("scikit-learn==")
    assert record(exp.folder)["registered"] == [{"model": NAME, "version": "v1.0.0"}]
    tree = str(ModelRegistry().get_lineage(NAME, "v1.0.0"))
    assert tree.splitlines() == [
        "data:v2024-01",
        "  └─> experiment:exp-003-xgboost",
        "        └─> model:fraud-detection-v1.0.0",
    ]
    changed = repo.git("show", "--name-only", "--format=", "HEAD").splitlines()
    assert not any("/experiments/" in one for one in changed)
    assert all("experiments/" in line for line in repo.status().splitlines())


def test_the_model_that_was_saved_is_registered_without_being_passed_again(repo: Repo) -> None:
    with track_experiment("exp-1") as exp:
        with pytest.raises(NotFound, match="saved no model"):
            exp.register_model(name=NAME)
        exp.save_model(sklearn_model(), register_as=NAME)
        version = exp.register_model()
        with pytest.raises(AlreadyExists, match="the same bytes"):
            exp.register_model()
    assert version.name == NAME
    assert ModelRegistry().get_model(NAME, version="v1.0.0").predict([[1]]).tolist() == [1]
    assert "scikit-learn==" in (version.path / "requirements.txt").read_text()


def test_a_refused_registration_leaves_nothing_and_fails_the_run(repo: Repo) -> None:
    before = repo.head
    with pytest.raises(UsageError, match="cannot be pickled"), track_experiment("exp-1") as exp:
        exp.register_model(lambda row: row, NAME)
    assert repo.head == before
    assert record(exp.folder)["status"] == "failed"
    assert "registered" not in record(exp.folder)
    with pytest.raises(UsageError, match="auto_version=False"):
        exp.register_model(sklearn_model(), NAME, auto_version=False)
    with pytest.raises(UsageError, match="which model"):
        exp.register_model(sklearn_model())


def test_an_experiment_needs_a_project_and_an_increment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, repo: Repo
) -> None:
    with pytest.raises(NotFound), track_experiment("exp-1", increment="0099"):
        pass
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    with pytest.raises(NotReady), track_experiment("exp-1"):
        pass
    with track_experiment("exp-1", path=repo.path) as exp:
        assert exp.folder == repo.increment / "experiments" / "exp-1"


def test_experiments_behind_a_link_are_refused(repo: Repo, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    os.symlink(tmp_path / "elsewhere", repo.increment / "experiments")
    with pytest.raises(NotReady, match="symbolic link"), track_experiment("exp-1"):
        pass
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_disk_that_refuses_names_the_file_and_keeps_the_first_error(repo: Repo) -> None:
    runs: list[Experiment] = []

    def train() -> None:
        with track_experiment("exp-1") as run:
            runs.append(run)
            (run.folder / "metadata.yaml").unlink()
            run.folder.rmdir()
            run.folder.write_text("a file where the folder was")
            raise RuntimeError("training diverged")

    with pytest.raises(RuntimeError, match="training") as caught:
        train()
    assert "could not be finished" in caught.value.__notes__[0]
    assert repr(runs[0]) == f"<Experiment exp-1 (running) of {INCREMENT}>"


def test_runs_are_compared_and_the_page_is_kept_beside_them(repo: Repo) -> None:
    for name, depth, recall, loss in (("a-1", 3, 0.6, 0.4), ("a-2", 5, 0.7, 0.5)):
        with track_experiment(name) as exp:
            exp.log_params({"depth": depth, "seed": 1})
            exp.log_metrics({"recall": recall, "val_loss": loss})
    with track_experiment("a-3") as exp:
        exp.log_metric("recall", 0.99)
        exp.set_status("failed")
    head = repo.head
    compared = compare_experiments(increment="0042")
    assert compared.best == {"recall": "a-2", "val_loss": "a-1"}
    assert compared.params == ("depth", "seed")
    page = repo.increment / "experiments" / "comparison.md"
    assert page.read_text(encoding="utf-8") == str(compared)
    assert repo.head == head
    before = page.stat().st_mtime_ns
    assert compare_experiments() == compared
    assert page.stat().st_mtime_ns == before


def test_an_increment_without_runs_has_no_page(repo: Repo) -> None:
    assert compare_experiments().runs == ()
    assert not (repo.increment / "experiments").exists()
    with pytest.raises(NotFound):
        compare_experiments("0099")

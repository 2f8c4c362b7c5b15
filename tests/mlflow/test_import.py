"""Import of an MLflow server's models: numbers, times, facts, files, aliases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from swreg.domain.foreign import Words
from swreg.domain.names import parse_reference
from swreg.domain.stage import Stage
from swreg.domain.version import Version
from swreg.errors import EnvironmentFault, FactError, NotFound, PolicyRefused, UsageError
from swreg.integrations.mlflow_import import read_mlflow
from swreg.operations.checking import check
from swreg.operations.describing import info
from swreg.operations.importing.run import Imported, ImportOptions, run_import
from swreg.operations.outcome import Outcome
from swreg.operations.project import Project
from tests.acts import require_consistent, state
from tests.conftest import Repo
from tests.mlflow.servers import Running, free_port

pytestmark = pytest.mark.real
FORCED = {"force": True, "reason": "as it was in MLflow"}


class Registry:
    """A registered model of its own on a real server, made with MLflow's own client."""

    def __init__(self, server: Running, name: str, folder: Path) -> None:
        from mlflow import MlflowClient

        self.client = MlflowClient(server.uri, server.uri)
        self.uri = server.uri
        self.name = name
        self.folder = folder
        self.client.create_registered_model(name, description="Who leaves")

    def version(self, text: str | None, **more: Any) -> str:
        """A version with a run that has params, metrics and one file; without text no file."""
        run = self.client.create_run("0", tags={"mlflow.user": "grace"})
        self.client.log_param(run.info.run_id, "depth", "3")
        self.client.log_metric(run.info.run_id, "recall", 0.62)
        self.client.log_metric(run.info.run_id, "loss", float("nan"))
        if text is not None:
            file = self.folder / "model.bin"
            file.write_text(text)
            self.client.log_artifact(run.info.run_id, str(file), "model")
        made = self.client.create_model_version(
            self.name, f"runs:/{run.info.run_id}/model", run.info.run_id, **more
        )
        return str(made.version)

    def alias(self, alias: str, number: str) -> None:
        self.client.set_registered_model_alias(self.name, alias, number)


def bring(repo: Repo, uri: str, *only: str, **how: Any) -> Outcome[Imported]:
    offer = read_mlflow(uri, only=only)
    return run_import(Project.open(repo.path), offer, how=ImportOptions(**how))


def test_versions_aliases_times_facts_and_files(
    repo: Repo, mlflow_server: Running, tmp_path: Path
) -> None:
    theirs = Registry(mlflow_server, "churn-all", tmp_path)
    first = theirs.version("one")
    second = theirs.version("two", tags={"swreg.semver": "2.1.0", "team": "risk"})
    theirs.alias("staging", first)
    theirs.alias("production", second)
    theirs.alias("champion", second)
    with pytest.raises(PolicyRefused, match="SWR101"):
        bring(repo, theirs.uri, theirs.name)
    outcome = bring(repo, theirs.uri, theirs.name, **FORCED)
    assert outcome.exit_code == 1
    (left,) = [row for row in outcome.data.rows if row.result == "unmapped"]
    assert "--stage-as champion=" in left.reason
    model = state(repo.path)[theirs.name]
    v1, v2 = Version.parse("v1.0.0"), Version.parse("v2.1.0")
    assert model.stages == {Stage.STAGING: v1, Stage.PRODUCTION: v2}
    made = theirs.client.get_model_version(theirs.name, first).creation_timestamp
    assert model.versions[v1].registered.at[:19] == _utc(made)
    told = info(Project.open(repo.path), parse_reference(theirs.name, "v2.1.0")).data
    assert "model.bin" in told.files
    assert told.metadata["metrics"] == {"recall": 0.62}
    assert told.metadata["hyperparameters"] == {"depth": "3"}
    assert told.metadata["imported"]["tags"] == {"team": "risk"}
    assert check(Project.open(repo.path)).data.findings == ()
    require_consistent(repo.path)
    words = Words.of((), ["champion=none"])
    again = bring(repo, theirs.uri, theirs.name, words=words)
    assert (again.commit, again.exit_code) == (None, 0)


def _utc(milliseconds: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def test_an_alias_that_differs_from_ours_is_told_and_moves_nothing(
    repo: Repo, mlflow3: Running, tmp_path: Path
) -> None:
    theirs = Registry(mlflow3, "churn-moves", tmp_path)
    first, second = theirs.version("one"), theirs.version("two")
    theirs.alias("production", second)
    bring(repo, theirs.uri, theirs.name, **FORCED)
    theirs.alias("production", first)
    outcome = bring(repo, theirs.uri, theirs.name, **FORCED)
    (row,) = [row for row in outcome.data.rows if row.result == "unmapped"]
    assert "production of churn-moves is v2.0.0 here and v1.0.0 there" in row.reason
    assert state(repo.path)[theirs.name].production == Version.parse("v2.0.0")
    third = theirs.version("three")
    theirs.alias("production", third)
    bring(repo, theirs.uri, theirs.name, **FORCED)
    assert state(repo.path)[theirs.name].production == Version.parse("v3.0.0")


def test_names_that_we_do_not_allow_and_versions_without_files(
    repo: Repo, mlflow3: Running, tmp_path: Path
) -> None:
    theirs = Registry(mlflow3, "Fraud Model v2", tmp_path)
    theirs.version(None)
    outcome = bring(repo, theirs.uri, theirs.name)
    assert outcome.commit is None
    assert "--rename 'Fraud Model v2=fraud-model_v2'" in outcome.data.rows[0].reason
    words = Words.of(["Fraud Model v2=fraud-model"])
    with pytest.raises(FactError, match="has no files"):
        bring(repo, theirs.uri, theirs.name, words=words)
    bring(repo, theirs.uri, theirs.name, words=words, pointers=True)
    assert list(state(repo.path)) == ["fraud-model"]


def test_a_server_that_does_not_answer_or_has_no_such_model(mlflow3: Running) -> None:
    with pytest.raises(EnvironmentFault, match="no MLflow server answers"):
        read_mlflow(f"http://127.0.0.1:{free_port()}")
    with pytest.raises(NotFound):
        read_mlflow(mlflow3.uri, only=["no-such-model"])
    for address in ("mlruns", "file:///tmp/mlruns", "ftp://x", ""):
        with pytest.raises(UsageError, match="no address of an MLflow server"):
            read_mlflow(address)
    with pytest.raises(UsageError, match="holds no credentials") as caught:
        read_mlflow("http://ada:secret@mlflow.example.org")
    assert "secret" not in str(caught.value)

"""Export to an MLflow server: what it lacks is created once, and nothing of others is touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from swreg.domain.names import parse_reference
from swreg.domain.stage import Stage
from swreg.domain.version import Version
from swreg.errors import AlreadyExists, EnvironmentFault, UsageError
from swreg.integrations.mlflow_drift import drifts
from swreg.integrations.mlflow_export import MLflowExport, export_mlflow
from swreg.integrations.mlflow_import import read_mlflow
from swreg.integrations.mlflow_server import Server
from swreg.operations.exporting.whole import gather
from swreg.operations.importing.run import ImportOptions, run_import
from swreg.operations.outcome import Outcome
from swreg.operations.project import Project
from swreg.operations.promote import promote
from swreg.operations.register import register
from tests.acts import state
from tests.conftest import Repo
from tests.mlflow.servers import Running, free_port

pytestmark = pytest.mark.real


def fill(repo: Repo, name: str) -> None:
    for version, text in (("v1.0.0", "one"), ("v1.1.0", "two")):
        artifact = repo.path.parent / "model.bin"
        artifact.write_text(text)
        facts = {"recall": 0.62, "hyperparameters": {"depth": 3}}
        project = Project.open(repo.path)
        register(project, name, artifact=artifact, version=version, metadata=facts)
        promote(Project.open(repo.path), parse_reference(name, version), to=Stage.STAGING)
        promote(Project.open(repo.path), parse_reference(name, version), to=Stage.PRODUCTION)


def send(repo: Repo, uri: str, name: str, *, dry_run: bool = False) -> Outcome[MLflowExport]:
    project = Project.open(repo.path)
    return export_mlflow(project, gather(project, parse_reference(name)), uri, dry_run=dry_run)


def results(outcome: Outcome[MLflowExport]) -> list[str]:
    return [one.result for one in outcome.data.rows]


def test_versions_aliases_and_facts_arrive_once(repo: Repo, mlflow_server: Running) -> None:
    from mlflow import MlflowClient

    name, client = "churn-sent", MlflowClient(mlflow_server.uri, mlflow_server.uri)
    fill(repo, name)
    head = repo.head
    assert results(send(repo, mlflow_server.uri, name, dry_run=True)) == ["created"] * 2 + ["set"]
    assert not client.search_registered_models(f"name='{name}'")
    assert results(send(repo, mlflow_server.uri, name)) == ["created", "created", "set"]
    assert results(send(repo, mlflow_server.uri, name)) == ["present"] * 3
    one = client.get_model_version_by_alias(name, "production")
    assert one.tags["swreg.semver"] == "1.1.0"
    run = client.get_run(str(one.run_id))
    assert (run.data.metrics["recall"], run.data.params["depth"]) == (0.62, "3")
    assert run.info.status == "FINISHED"
    assert repo.head == head
    assert repo.status() == ""
    project = Project.open(repo.path)
    assert list(drifts(project, Server(mlflow_server.uri), project.tip)) == []


def test_what_was_sent_comes_back(repo: Repo, mlflow3: Running, tmp_path: Path) -> None:
    name = "churn-round"
    fill(repo, name)
    send(repo, mlflow3.uri, name)
    other = Repo(tmp_path / "other")
    other.path.mkdir()
    other.git("init", "--quiet", "--initial-branch=main")
    other.write(".specweave/increments/0001-import/spec.md", "# Import\n")
    other.commit("chore: start")
    how = ImportOptions(force=True, reason="as it was in MLflow")
    run_import(Project.open(other.path), read_mlflow(mlflow3.uri, only=[name]), how=how)
    mine, theirs = state(repo.path)[name], state(other.path)[name]
    assert theirs.stages == mine.stages
    for version, entry in mine.versions.items():
        assert theirs.versions[version].artifact.content == entry.artifact.content


def test_a_number_with_other_files_there_is_refused_before_anything_changes(
    repo: Repo, mlflow3: Running
) -> None:
    from mlflow import MlflowClient

    name, client = "churn-other", MlflowClient(mlflow3.uri, mlflow3.uri)
    fill(repo, name)
    client.create_registered_model(name)
    run = client.create_run("0")
    tags = {"swreg.semver": "1.1.0", "swreg.sha256": "sha256:other"}
    client.create_model_version(name, f"runs:/{run.info.run_id}/x", run.info.run_id, tags)
    with pytest.raises(AlreadyExists, match=r"says it is v1\.1\.0, with other files"):
        send(repo, mlflow3.uri, name)
    assert len(client.search_model_versions(f"name='{name}'")) == 1


def test_no_server_and_no_address(repo: Repo) -> None:
    fill(repo, "churn")
    with pytest.raises(EnvironmentFault, match="no MLflow server answers"):
        send(repo, f"http://127.0.0.1:{free_port()}", "churn")
    with pytest.raises(UsageError, match="no address"):
        send(repo, "mlruns", "churn")
    assert state(repo.path)["churn"].production == Version.parse("v1.1.0")

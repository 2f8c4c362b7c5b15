"""Every operation of the registry, seen from MLflow: a 3.x server and a 2.22 one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import swreg
from swreg import IntegrityError, MLflowRegistry, NotFound, PolicyRefused, UsageError
from swreg.operations.approve import PendingRequest
from tests.conftest import INCREMENT, Repo
from tests.mlflow.servers import Running
from tests.mlflow.world import World, world_of

pytestmark = [pytest.mark.real, pytest.mark.slow]

FACTS: dict[str, Any] = {
    "algorithm": "XGBoost",
    "accuracy": 0.87,
    "training_data_version": "v2024-01",
    "hyperparameters": {"n_estimators": 673, "tree": {"depth": 6}},
}


@pytest.fixture
def world(repo: Repo, mlflow_server: Running) -> World:
    return world_of(repo, mlflow_server.uri)


def test_a_registered_version_is_a_run_and_a_version(world: World) -> None:
    world.add("v3.0.0", **FACTS)
    assert world.counted() == ["3.0.0"]
    tags = world.tags("v3.0.0")
    entry = world.registry.get_version(world.name)
    assert tags["swreg.sha256"] == entry.digest
    assert (tags["swreg.stage"], tags["swreg.increment"]) == ("dev", INCREMENT)
    assert world.events("v3.0.0") == ["registered"]
    run = world.client.get_run(world.client.get_model_version(world.name, "1").run_id)
    assert run.info.status == "FINISHED"
    assert run.data.metrics == {"accuracy": 0.87}
    assert run.data.params["n_estimators"] == "673"
    assert run.data.params["tree.depth"] == "6"
    assert run.data.params["facts.algorithm"] == "XGBoost"
    experiment = world.client.get_experiment(run.info.experiment_id)
    assert experiment.name == f"specweave/{INCREMENT}"
    assert experiment.tags["swreg.increment"] == INCREMENT


def test_stages_are_aliases_and_tags(world: World) -> None:
    world.add("v1.0.0", "production")
    world.add("v1.1.0", "staging")
    assert world.aliases() == {"production": "1.0.0", "staging": "1.1.0"}
    world.registry.promote_model(world.name, "v1.1.0")
    assert world.aliases() == {"production": "1.1.0"}
    assert world.tags("v1.0.0")["swreg.stage"] == "archived"
    world.registry.rollback(world.name, reason="worse")
    assert world.aliases() == {"production": "1.0.0"}
    assert world.tags("v1.1.0")["swreg.held"] == "worse"
    assert world.events("v1.0.0")[-1] == "rolled-back"
    world.require_in_step()


def test_dev_stands_on_the_highest_version_there(world: World) -> None:
    world.add("v1.0.0")
    world.add("v1.2.0")
    world.add("v1.1.0")
    assert world.aliases() == {"dev": "1.2.0"}
    world.registry.archive_model(world.name, "v1.2.0", "too slow")
    assert world.aliases() == {"dev": "1.1.0"}


def test_what_changes_later_is_shown_too(world: World) -> None:
    world.add("v1.0.0")
    registry = world.registry
    registry.tag_model(world.name, "v1.0.0", add=["fraud", "häufig"])
    registry.deprecate_model(world.name, "v1.0.0", "old", "2030-06-01")
    registry.set_model_signature(f"{world.name}@v1.0.0", {"amount": "float"}, {"score": "float"})
    tags = world.tags("v1.0.0")
    assert tags["swreg.tags"] == '["fraud", "häufig"]'
    assert (tags["swreg.deprecated"], tags["swreg.eol"]) == ("old", "2030-06-01")
    assert tags["swreg.signature_sha"].startswith("sha256:")
    assert world.events("v1.0.0") == ["registered", "tagged", "deprecated", "signature-set"]
    registry.tag_model(world.name, "v1.0.0", remove=["fraud", "häufig"])
    assert "swreg.tags" not in world.tags("v1.0.0")
    world.require_in_step()


def test_approvals_are_judged_by_git_and_shown(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.add("v1.0.0", "staging")
    world.registry.set_approval_required("production", ["grace@example.org"])
    asked = world.registry.promote_model(world.name, "v1.0.0")
    assert isinstance(asked, PendingRequest)
    assert world.aliases() == {"staging": "1.0.0"}
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Grace Hopper")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "grace@example.org")
    world.registry.approve_model(world.name, "v1.0.0", comments="fine")
    assert world.aliases() == {"production": "1.0.0"}
    assert world.events("v1.0.0")[-3:] == ["promotion-requested", "approved", "promoted"]


def test_a_refusal_changes_nothing_there(world: World) -> None:
    world.add("v1.0.0")
    before = world.versions()
    with pytest.raises((PolicyRefused, swreg.IllegalTransition)):
        world.registry.promote_model(world.name, "v1.0.0")
    assert world.versions() == before
    assert world.aliases() == {"dev": "1.0.0"}


def test_models_are_loaded_from_mlflow_and_verified(world: World, tmp_path: Path) -> None:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression().fit([[0.0], [1.0]], [0, 1])
    world.registry.register_model(world.name, model, "v1.0.0", {"accuracy": 0.9})
    for stage in ("staging", "production"):
        world.registry.promote_model(world.name, "v1.0.0", to_stage=stage)
    assert list(world.registry.get_model(world.name, stage="production").predict([[1.0]])) == [1]
    assert list(world.registry.get_model_by_date(world.name, "2099-01-01").predict([[0.0]])) == [0]
    tamper(world, "v1.0.0", "model.pkl", tmp_path)
    with pytest.raises(IntegrityError, match="not the ones that were registered"):
        world.registry.get_model(world.name, stage="production")
    # git has them still.
    plain = swreg.ModelRegistry("0042", path=world.repo.path)
    assert list(plain.get_model(world.name, stage="production").predict([[1.0]])) == [1]


def tamper(world: World, version: str, file: str, folder: Path) -> None:
    """Write over a file of a finished run, as MLflow lets anybody do."""
    from swreg.integrations.mlflow_server import upload

    (folder / file).write_bytes(b"something else")
    number = str(world.number(version))
    run = world.client.get_run(world.client.get_model_version(world.name, number).run_id)
    upload(world.server, f"{run.info.artifact_uri}/model", folder, size=14)


def test_a_version_that_mlflow_lacks_is_not_found(world: World) -> None:
    world.add("v1.0.0")
    world.client.delete_model_version(world.name, "1")
    with pytest.raises(NotFound, match="registry-sync mlflow --from git"):
        world.registry.get_model(world.name, "v1.0.0")


def test_an_environment_has_models_of_its_own(world: World) -> None:
    world.add("v1.0.0", "staging")
    world.registry.promote_to(f"{world.name}@v1.0.0", "live")
    there = MLflowRegistry(world.uri, environment="live", path=world.repo.path)
    there.tag_model(world.name, "v1.0.0", add=["copied"])
    assert world.aliases() == {"staging": "1.0.0"}
    model = world.client.get_registered_model(f"{world.name}--live")
    assert dict(model.aliases) == {"dev": "1"}


def test_the_short_forms_go_there_as_well(world: World) -> None:
    world.registry.register(world.file("a"), world.name, "0042-v1")
    world.registry.version_model(world.name, "minor")
    assert world.counted() == ["1.0.0", "1.1.0"]
    a, b = f"{world.name}@v1.0.0", f"{world.name}@v1.1.0"
    assert str(world.registry.compare_models(a, b)).startswith("Comparison")
    assert len(world.registry.history(world.name)) == 2
    assert str(world.registry.get_lineage(world.name))


def test_monitor_and_governance_take_the_registry(world: World) -> None:
    world.add("v1.0.0", "production")
    report = swreg.ModelGovernance(registry=world.registry).generate_audit_report(model=world.name)
    assert report.integrity == ()
    monitor = swreg.ModelMonitor(registry=world.registry)
    monitor.track_model(name=world.name, stage="production", metrics=["accuracy"])


def test_a_configured_server_hears_of_plain_calls(world: World) -> None:
    world.configure()
    plain = swreg.ModelRegistry("0042", path=world.repo.path)
    plain.register_model(world.name, artifact=world.file("a"), version="v1.0.0")
    assert world.counted() == ["1.0.0"]
    assert repr(MLflowRegistry(path=world.repo.path)) == f"MLflowRegistry({world.uri!r})"


def test_another_branch_is_not_shown(world: World) -> None:
    world.add("v1.0.0")
    world.repo.write(
        ".specweave/model-registry.yaml",
        f'schema: 1\nmlflow: {{tracking_uri: "{world.uri}", branch: "main"}}\n',
    )
    world.repo.commit("chore: show main")
    plain = swreg.ModelRegistry("0042", path=world.repo.path)
    world.repo.git("checkout", "--quiet", "-b", "idea")
    plain.promote_model(world.name, "v1.0.0", to_stage="staging")
    assert world.aliases() == {"dev": "1.0.0"}
    world.repo.git("checkout", "--quiet", "main")
    world.repo.git("merge", "--quiet", "--ff-only", "idea")
    plain.tag_model(world.name, "v1.0.0", add=["merged"])
    assert world.aliases() == {"staging": "1.0.0"}


@pytest.mark.parametrize(
    "uri", ["", "mlflow.example.org", "databricks", "file:///tmp/mlruns", "http://", None, 7]
)
def test_what_is_no_address_is_refused(repo: Repo, uri: Any) -> None:
    with pytest.raises(UsageError):
        MLflowRegistry(uri, path=repo.path)


def test_credentials_stay_out_of_the_address(repo: Repo) -> None:
    with pytest.raises(UsageError, match="without credentials") as caught:
        MLflowRegistry("http://ada:secret@mlflow.example.org", path=repo.path)
    assert "secret" not in str(caught.value)

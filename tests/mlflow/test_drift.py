"""What somebody did in MLflow by hand: shown by registry-check, put right by registry-sync."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stdout
from typing import Any

import pytest

from swreg import FollowUpIncomplete
from swreg.cli.app import run
from tests.conftest import Repo
from tests.mlflow.servers import Running
from tests.mlflow.world import World, world_of

pytestmark = [pytest.mark.real, pytest.mark.slow]


@pytest.fixture
def world(repo: Repo, mlflow3: Running) -> World:
    return world_of(repo, mlflow3.uri)


def swreg(world: World, *words: str, code: int = 0) -> dict[str, Any]:
    """Run a command in this process; its envelope."""
    out = io.StringIO()
    with redirect_stdout(out):
        got = run([*words, "--json", "--repo", str(world.repo.path)])
    assert got == code, out.getvalue()
    envelope: dict[str, Any] = json.loads(out.getvalue())
    return envelope


def said(envelope: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["id"], one["what"]) for one in envelope["data"]["findings"]]


def results(envelope: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["drift"]["kind"], one["result"]) for one in envelope["data"]["steps"]]


def move(world: World, alias: str, version: str) -> None:
    world.client.set_registered_model_alias(world.name, alias, str(world.number(version)))


def test_an_alias_that_was_moved_is_found_and_put_back(world: World) -> None:
    world.configure()
    world.add("v1.0.0", "production")
    world.add("v1.1.0", "staging")
    assert said(swreg(world, "registry-check", "--mlflow")) == []
    move(world, "production", "v1.1.0")
    found = said(swreg(world, "registry-check", "--mlflow", code=4))
    what = "production stands on v1.1.0 in MLflow, git says v1.0.0"
    assert found == [("SWR227", what)]
    head = world.repo.head
    assert results(swreg(world, "registry-sync", "mlflow", "--from", "git")) == [("alias", "done")]
    assert world.aliases() == {"production": "1.0.0", "staging": "1.1.0"}
    assert world.repo.head == head
    assert results(swreg(world, "registry-sync", "mlflow", "--from", "git")) == []


def test_it_is_taken_over_by_a_promotion_with_a_record(world: World) -> None:
    world.configure()
    world.add("v1.0.0", "production")
    world.add("v1.1.0", "staging")
    move(world, "production", "v1.1.0")
    swreg(world, "registry-sync", "mlflow", "--from", "mlflow")
    assert world.registry.get_version(world.name, stage="production").version == "v1.1.0"
    assert world.registry.history(world.name)[0].reason == "taken over from MLflow"
    world.require_in_step()
    assert world.aliases() == {"production": "1.1.0"}


def test_the_policy_judges_what_is_taken_over(world: World) -> None:
    world.configure()
    world.add("v1.0.0", "staging")
    world.registry.set_approval_required("production", ["grace@example.org"])
    move(world, "production", "v1.0.0")
    envelope = swreg(world, "registry-sync", "mlflow", "--from", "mlflow")
    assert ("alias", "waits") in results(envelope)
    assert world.registry.get_version(world.name, "v1.0.0").stage == "staging"
    assert len(world.registry.pending_requests()) == 1


def test_what_the_stages_do_not_allow_is_left_and_told(world: World) -> None:
    world.configure()
    world.add("v1.0.0")
    move(world, "production", "v1.0.0")
    envelope = swreg(world, "registry-sync", "mlflow", "--from", "mlflow", code=4)
    (step,) = envelope["data"]["steps"]
    assert step["result"] == "left"
    assert "v1.0.0 has not been in staging" in step["why"]
    assert world.registry.get_version(world.name, "v1.0.0").stage == "dev"


def test_an_older_version_set_live_there_is_a_rollback_here(world: World) -> None:
    world.configure()
    world.add("v1.0.0", "production")
    world.add("v1.1.0", "production")
    move(world, "production", "v1.0.0")
    swreg(world, "registry-sync", "mlflow", "--from", "mlflow")
    assert world.registry.get_version(world.name, stage="production").version == "v1.0.0"
    assert world.registry.get_version(world.name, "v1.1.0").metadata["held"]
    world.require_in_step()


def test_an_alias_taken_off_there(world: World) -> None:
    world.configure()
    world.add("v1.0.0", "production")
    world.add("v1.1.0", "staging")
    for alias in ("staging", "production"):
        world.client.delete_registered_model_alias(world.name, alias)
    envelope = swreg(world, "registry-sync", "mlflow", "--from", "mlflow", code=4)
    assert results(envelope) == [("alias", "done"), ("alias", "left")]
    assert world.registry.get_version(world.name, "v1.1.0").stage == "dev"
    assert world.registry.get_version(world.name, "v1.0.0").stage == "production"
    swreg(world, "registry-sync", "mlflow", "--from", "git")
    assert world.aliases()["production"] == "1.0.0"


def test_a_version_deleted_there(world: World) -> None:
    world.configure()
    world.add("v1.0.0")
    world.add("v1.1.0")
    world.client.delete_model_version(world.name, "1")
    found = said(swreg(world, "registry-check", "--mlflow", code=4))
    assert found == [("SWR227", f"MLflow has no v1.0.0 of {world.name}")]
    swreg(world, "registry-sync", "mlflow", "--from", "git")
    assert world.counted() == ["1.1.0", "1.0.0"]
    world.client.delete_model_version(world.name, "3")
    swreg(world, "registry-sync", "mlflow", "--from", "mlflow")
    assert world.registry.get_version(world.name, "v1.0.0").stage == "archived"
    assert world.counted() == ["1.1.0"]


def test_versions_that_are_not_ours_are_told_and_never_touched(world: World) -> None:
    world.configure()
    world.add("v1.0.0")
    there = world.client.get_model_version(world.name, "1").run_id
    source = f"runs:/{there}/model"
    world.client.create_model_version(world.name, source, run_id=there, tags={"team": "risk"})
    move_to = "2"
    world.client.set_registered_model_alias(world.name, "champion", move_to)
    found = said(swreg(world, "registry-check", "--mlflow"))
    assert found == [("SWR228", f"version 2 of {world.name} in MLflow is not swreg's")]
    world.client.set_registered_model_alias(world.name, "production", move_to)
    envelope = swreg(world, "registry-sync", "mlflow", "--from", "mlflow", code=4)
    assert "only what git has can be live" in envelope["data"]["steps"][0]["why"]
    swreg(world, "registry-sync", "mlflow", "--from", "git")
    assert world.versions()[2] == {"team": "risk"}
    assert world.aliases() == {"champion": "version 2", "dev": "1.0.0"}


def test_a_model_that_is_somebody_elses_is_not_taken(world: World) -> None:
    world.client.create_registered_model(world.name)
    experiment = world.client.create_experiment(f"theirs of {world.name}")
    there = world.client.create_run(experiment).info.run_id
    world.client.create_model_version(world.name, f"runs:/{there}/model", run_id=there)
    with pytest.raises(FollowUpIncomplete, match="not swreg's"):
        world.add("v1.0.0")
    assert world.versions() == {1: {}}
    # git has it, and the user may say that both live there.
    assert world.registry.get_version(world.name).version == "v1.0.0"
    world.registry.sync("git")
    assert {n: tags.get("swreg.semver") for n, tags in world.versions().items()} == {
        1: None, 2: "1.0.0",
    }  # fmt: skip
    world.add("v1.1.0")


def test_a_model_renamed_there_is_not_made_twice(world: World) -> None:
    """MLflow allows names that we do not; git knows the model by its own."""
    world.configure()
    world.add("v1.0.0")
    world.client.rename_registered_model(world.name, f"Fraud, {world.name} (new)")
    found = said(swreg(world, "registry-check", "--mlflow", code=4))
    assert "somebody renamed it there" in found[0][1]
    with pytest.raises(FollowUpIncomplete, match="renamed it"):
        world.registry.tag_model(world.name, "v1.0.0", add=["x"])
    world.client.rename_registered_model(f"Fraud, {world.name} (new)", world.name)
    world.registry.tag_model(world.name, "v1.0.0", add=["y"])
    world.require_in_step()


def test_a_tag_edited_there(world: World) -> None:
    world.configure()
    world.add("v1.0.0")
    (event,) = [key for key in world.tags("v1.0.0") if key.startswith("swreg.event.")]
    world.client.set_model_version_tag(world.name, "1", "swreg.stage", "production")
    world.client.set_model_version_tag(world.name, "1", event, "nothing happened")
    found = said(swreg(world, "registry-check", "--mlflow", code=4))
    assert [check for check, _ in found] == ["SWR227", "SWR227"]
    swreg(world, "registry-sync", "mlflow", "--from", "git")
    assert world.tags("v1.0.0")["swreg.stage"] == "dev"
    assert world.events("v1.0.0") == ["registered"]


def test_other_files_under_a_number_of_ours_are_set_aside(world: World) -> None:
    world.configure()
    world.add("v1.0.0")
    world.client.set_model_version_tag(world.name, "1", "swreg.sha256", "sha256:0000")
    assert "with other files" in said(swreg(world, "registry-check", "--mlflow", code=4))[0][1]
    with pytest.raises(FollowUpIncomplete, match="with other files"):
        world.registry.tag_model(world.name, "v1.0.0", add=["x"])
    swreg(world, "registry-sync", "mlflow", "--from", "git")
    there = world.versions()
    assert there[1]["swreg.void"] == "other files"
    assert world.number("v1.0.0") == 1
    assert world.counted() == ["1.0.0"]
    world.require_in_step()


def test_an_alias_moved_there_is_told_when_git_moves_it(world: World) -> None:
    world.add("v1.0.0", "production")
    world.add("v1.1.0", "staging")
    world.add("v1.2.0")
    move(world, "staging", "v1.2.0")
    with pytest.warns(UserWarning, match="somebody moved it there, it is left"):
        world.registry.register_model(world.name, artifact=world.file("another"), version="v1.3.0")
    assert world.aliases()["staging"] == "1.2.0"
    world.registry.promote_model(world.name, "v1.1.0", to_stage="production")
    assert "staging" not in world.aliases()
    assert world.aliases()["production"] == "1.1.0"


def test_a_dry_run_changes_nothing(world: World) -> None:
    world.configure()
    world.add("v1.0.0", "staging")
    move(world, "production", "v1.0.0")
    before = (world.versions(), world.aliases(), world.repo.head)
    for side in ("git", "mlflow"):
        swreg(world, "registry-sync", "mlflow", "--from", side, "--dry-run")
    assert (world.versions(), world.aliases(), world.repo.head) == before


def test_words_that_are_wrong(world: World) -> None:
    assert swreg(world, "registry-sync", "mlflow", code=2)["ok"] is False
    assert swreg(world, "registry-sync", "wandb", "--from", "git", code=2)["ok"] is False
    assert swreg(world, "registry-sync", "mlflow", "--from", "both", code=2)["ok"] is False
    missing = swreg(world, "registry-sync", "mlflow", "--from", "git", code=2)["error"]
    assert "no MLflow server is configured" in missing["message"]

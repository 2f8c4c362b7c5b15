"""One catalog that cannot be read: others are answered for and changed, and it is always named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from swreg.domain.names import parse_reference
from swreg.domain.stage import Stage
from swreg.errors import BrokenFile, NotFound
from swreg.operations.approve import requests
from swreg.operations.comparing import compare_versions
from swreg.operations.describing import info
from swreg.operations.fetching import get
from swreg.operations.history import history
from swreg.operations.lineage import lineage
from swreg.operations.listing import list_versions
from swreg.operations.outcome import Outcome
from swreg.operations.project import Project
from swreg.operations.promote import promote
from swreg.operations.register import register
from swreg.operations.rollback import rollback
from tests.conftest import Repo
from tests.registered import NAME, add

OTHER = "churn-model"
BROKEN = ".specweave/increments/0043-churn/registry/model_catalog.yaml"


@pytest.fixture
def world(repo: Repo, tmp_path: Path) -> Repo:
    """Fraud detection's catalog is whole; that of churn has a tab where none may be."""
    for version in ("v1.0.0", "v1.1.0"):
        add(repo.path, version, Stage.PRODUCTION)
    repo.write(".specweave/increments/0043-churn/spec.md", "churn")
    repo.commit("docs: an increment")
    artifact = tmp_path / "churn.bin"
    artifact.write_bytes(b"churn")
    register(Project.open(repo.path), OTHER, artifact=artifact, increment="0043")
    path = repo.path / BROKEN
    path.write_text(path.read_text("utf-8").replace("    versions:", "\tversions:"), "utf-8")
    repo.commit("chore: break it")
    return repo


def opened(repo: Repo) -> Project:
    return Project.open(repo.path)


def test_reads_of_others_answer_and_name_the_broken_one(world: Repo, tmp_path: Path) -> None:
    fraud = parse_reference(NAME)
    old, new = parse_reference(NAME, "v1.0.0"), parse_reference(NAME, "v1.1.0")
    outcomes: list[Outcome[Any]] = [
        list_versions(opened(world)),
        info(opened(world), fraud),
        compare_versions(opened(world), old, new),
        lineage(opened(world), fraud),
        history(opened(world), NAME),
        get(opened(world), new, output=tmp_path / "out"),
        requests(opened(world)),
        list_versions(opened(world), at="HEAD"),
    ]
    for outcome in outcomes:
        assert outcome.exit_code == 0, outcome.command
        told = [line for line in outcome.warnings if BROKEN in line]
        assert len(told) == 1, outcome.command
        assert f"{BROKEN}:5:1: " in told[0]
    assert {one.model for one in outcomes[0].data} == {NAME}


@pytest.mark.parametrize("asked", [OTHER, "unheard-of-model"])
def test_what_may_stand_in_the_broken_one_is_not_called_absent(world: Repo, asked: str) -> None:
    for read in (
        lambda: info(opened(world), parse_reference(asked)),
        lambda: history(opened(world), asked),
        lambda: lineage(opened(world), parse_reference(asked)),
    ):
        with pytest.raises(BrokenFile, match="in the catalogs that can be read, and one cannot"):
            read()


def test_before_it_broke_all_is_there(world: Repo) -> None:
    assert {one.model for one in list_versions(opened(world), at="HEAD~1").data} == {NAME, OTHER}
    with pytest.raises(NotFound):
        info(opened(world), parse_reference("unheard-of-model"), at="HEAD~1")


def test_a_bad_version_can_be_rolled_back_meanwhile(world: Repo) -> None:
    outcome = rollback(opened(world), parse_reference(NAME), reason="too many false positives")
    assert outcome.commit is not None
    assert any(BROKEN in line and NAME in line for line in outcome.warnings)


def test_a_change_of_what_the_broken_one_may_have_is_refused(world: Repo, tmp_path: Path) -> None:
    head = world.head
    with pytest.raises(BrokenFile, match="0043-churn"):
        promote(opened(world), parse_reference(OTHER, "v1.0.0"), to=Stage.STAGING)
    artifact = tmp_path / "new.bin"
    artifact.write_bytes(b"new")
    with pytest.raises(BrokenFile, match="0043-churn"):
        register(opened(world), "pricing-model", artifact=artifact)
    text = (world.path / BROKEN).read_text("utf-8")
    world.write(BROKEN, text + f"  {NAME}:\n")
    world.commit("chore: a second home, perhaps")
    with pytest.raises(BrokenFile, match="0043-churn"):
        rollback(opened(world), parse_reference(NAME), reason="now it may be there, too")
    assert world.head != head
    assert world.status() == ""


def test_where_no_catalog_can_be_read_there_is_no_answer(repo: Repo) -> None:
    add(repo.path, "v1.0.0")
    path = repo.path / ".specweave/increments/0042-fraud-detection/registry/model_catalog.yaml"
    path.write_text("schema: 1\nmodels: [", "utf-8")
    repo.commit("chore: break it")
    with pytest.raises(BrokenFile):
        list_versions(opened(repo))

"""No version enters a stage, or is approved, whose files in git are not the registered ones."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from swreg.domain.names import parse_reference
from swreg.domain.stage import Stage
from swreg.errors import IntegrityError
from swreg.operations.approve import approve
from swreg.operations.project import Project
from swreg.operations.promote import promote
from swreg.operations.rollback import rollback
from tests.conftest import INCREMENT, Repo
from tests.registered import NAME, add

FOLDER = f".specweave/increments/{INCREMENT}/models"
OLD, NEW = parse_reference(NAME, "v1.0.0"), parse_reference(NAME, "v2.0.0")


def gone(repo: Repo, version: str) -> None:
    repo.git("rm", "-r", "--quiet", f"{FOLDER}/fraud-detection-{version}")
    repo.git("commit", "--quiet", "--message", "chore: tidy")


def altered(repo: Repo, version: str) -> None:
    repo.write(f"{FOLDER}/fraud-detection-{version}/model.bin", "other weights")
    repo.commit("fix: a typo")


def joined(repo: Repo, version: str) -> None:
    repo.write(f"{FOLDER}/fraud-detection-{version}/more.bin", "more")
    repo.commit("feat: more")


def pointed(repo: Repo, version: str) -> None:
    text = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 7\n"
    repo.write(f"{FOLDER}/fraud-detection-{version}/model.bin", text)
    repo.commit("chore: large files")


harms = pytest.mark.parametrize("harm", [gone, altered, joined, pointed])
Harm = Callable[[Repo, str], None]


@harms
def test_it_enters_no_stage(repo: Repo, harm: Harm) -> None:
    add(repo.path, "v1.0.0")
    harm(repo, "v1.0.0")
    head = repo.head
    for force in (False, True):
        with pytest.raises(IntegrityError, match="restore the folder") as caught:
            promote(Project.open(repo.path), OLD, to=Stage.STAGING, reason="now", force=force)
    assert (caught.value.exit_code, repo.head) == (4, head)


@harms
def test_it_does_not_leave_staging_for_production(repo: Repo, harm: Harm) -> None:
    add(repo.path, "v1.0.0", Stage.STAGING)
    harm(repo, "v1.0.0")
    with pytest.raises(IntegrityError):
        promote(Project.open(repo.path), OLD, to=Stage.PRODUCTION)
    with pytest.raises(IntegrityError):
        approve(Project.open(repo.path), OLD)


def test_no_rollback_to_it(repo: Repo) -> None:
    add(repo.path, "v1.0.0", Stage.PRODUCTION)
    add(repo.path, "v2.0.0", Stage.PRODUCTION)
    altered(repo, "v1.0.0")
    with pytest.raises(IntegrityError, match=r"v1\.0\.0 are not those that were registered"):
        rollback(Project.open(repo.path), NEW, reason="alarms")


def test_an_archived_increment_and_a_bare_clone_are_whole(repo: Repo) -> None:
    add(repo.path, "v1.0.0")
    (repo.path / ".specweave/increments/_archive").mkdir()
    repo.git("mv", f".specweave/increments/{INCREMENT}", ".specweave/increments/_archive/")
    repo.git("commit", "--quiet", "--message", "chore: archive")
    repo.git("clone", "--quiet", "--bare", ".", "../bare")
    promote(Project.open(repo.path.parent / "bare"), OLD, to=Stage.STAGING)
    promote(Project.open(repo.path), OLD, to=Stage.STAGING)

"""Rolling back: what production is given again, and how a held version comes back."""

from __future__ import annotations

import pytest

from swreg.domain.stage import Stage
from swreg.domain.version import Version
from swreg.errors import Held, NotFound
from swreg.operations.checking import check
from swreg.operations.retire import archive
from swreg.operations.rollback import rollback
from tests.acts import back, bring, enter, opened, ref, require_consistent, state
from tests.conftest import Repo


@pytest.fixture
def rolled_back(repo: Repo) -> Repo:
    """v1.0.0 is live again; v1.1.0 was rolled back and is held."""
    project = opened(repo.path)
    for version in ("v1.0.0", "v1.1.0"):
        enter(project, version)
        bring(project, version, "staging")
        bring(project, version, "production")
    back(project)
    return repo


def test_production_has_its_traffic_again(rolled_back: Repo) -> None:
    (model,) = state(rolled_back.path).values()
    assert model.production == Version.parse("v1.0.0")
    assert model.versions[Version.parse("v1.0.0")].traffic == 100
    assert model.versions[Version.parse("v1.1.0")].traffic is None
    require_consistent(rolled_back.path)


def test_held_versions_are_no_candidates(rolled_back: Repo) -> None:
    project = opened(rolled_back.path)
    enter(project, "v1.2.0")
    with pytest.raises(NotFound, match=r"name one with --to: v1\.2\.0$"):
        back(project)


def test_a_held_version_comes_back_when_its_hold_is_lifted(rolled_back: Repo) -> None:
    project, bad = opened(rolled_back.path), Version.parse("v1.1.0")
    with pytest.raises(Held, match="--lift-hold with --reason"):
        rollback(project, ref(), to=bad, reason="it was the data")
    outcome = rollback(project, ref(), to=bad, reason="it was the data", lift_hold=True)
    assert outcome.data.stage is Stage.PRODUCTION
    (model,) = state(rolled_back.path).values()
    assert (model.production, model.versions[bad].hold) == (bad, None)
    require_consistent(rolled_back.path)


def test_an_empty_production_has_the_version_before_again(repo: Repo) -> None:
    project = opened(repo.path)
    for version in ("v1.0.0", "v1.1.0"):
        enter(project, version)
        bring(project, version, "staging")
        bring(project, version, "production")
    archive(project, ref("v1.1.0"), reason="leaks", force=True)
    back(project)
    (model,) = state(repo.path).values()
    assert model.production == Version.parse("v1.0.0")
    assert model.versions[Version.parse("v1.1.0")].hold is None
    require_consistent(repo.path)
    found = check(project)
    # These versions were registered without lineage; nothing else is at fault.
    assert {one.id for one in found.data.findings} == {"SWR215"}

"""What the commands themselves do leaves no finding, whatever git is asked to merge."""

from __future__ import annotations

from pathlib import Path

from swreg.domain.names import parse_reference
from swreg.domain.stage import Stage
from swreg.operations.checking import check
from swreg.operations.copying import copy_to_environment
from swreg.operations.declare_signature import declare_signature
from swreg.operations.policy_file import set_value
from swreg.operations.promote import promote
from swreg.operations.resolving import resolve
from swreg.operations.retire import deprecate, tag
from tests.conftest import Repo
from tests.repo.branches import (
    NAME,
    add,
    bring,
    git,
    project,
    registered,
    use_attributes_only,
    use_driver,
)
from tests.repo.test_two_homes import merge, twice

__all__ = ["twice"]
V2 = parse_reference(NAME, "v2.0.0")


def ids(repo: Repo, base: str | None = None) -> list[tuple[str, str]]:
    outcome = check(project(repo), commit_range=f"{base}..HEAD" if base else None)
    return [(one.id, one.what) for one in outcome.data.findings]


def test_other_commands(repo: Repo) -> None:
    registered(repo)
    base = repo.head
    declare_signature(project(repo), V2, inputs={"amount": "float"}, outputs={"risk": "float"})
    set_value(project(repo), "gates.max_age_days", "90")
    deprecate(project(repo), V2, reason="leaks")
    copy_to_environment(project(repo), parse_reference(NAME, "v3.0.0"), target_env="staging")
    staging = project(repo).in_environment("staging")
    promote(staging, parse_reference(NAME, "v3.0.0"), to=Stage.STAGING)
    assert ids(repo, base) == []
    assert ids(repo) == []
    set_value(project(repo), "gates.max_age_days", "900", reason="slow data")
    assert [one for one, _ in ids(repo, base)] == ["SWR218"], "shown, and no error"


def diverge(repo: Repo) -> None:
    repo.git("switch", "--quiet", "--create", "side")
    add(repo, "v3.1.0")
    tag(project(repo), V2, add=("slow",))
    repo.git("switch", "--quiet", "main")
    add(repo, "v4.0.0")
    bring(repo, "v2.0.0", Stage.STAGING)


def test_the_merge_driver(repo: Repo, tmp_path: Path) -> None:
    registered(repo)
    use_driver(repo, tmp_path)
    base = repo.head
    diverge(repo)
    assert git(repo, "merge", "--no-edit", "side").returncode == 0
    assert ids(repo, base) == []
    assert ids(repo) == []


def test_a_rebase_with_the_driver(repo: Repo, tmp_path: Path) -> None:
    registered(repo)
    use_driver(repo, tmp_path)
    base = repo.head
    diverge(repo)
    repo.git("switch", "--quiet", "side")
    assert git(repo, "rebase", "main").returncode == 0
    assert ids(repo, base) == []


def test_resolved_text_conflicts(repo: Repo) -> None:
    registered(repo)
    use_attributes_only(repo)
    base = repo.head
    diverge(repo)
    assert git(repo, "merge", "side").returncode == 1
    assert resolve(project(repo)).exit_code == 0
    assert check(project(repo), staged=True).data.findings == ()
    repo.git("commit", "--quiet", "--no-edit")
    assert ids(repo, base) == []
    assert ids(repo) == []


def test_a_decided_contradiction(repo: Repo) -> None:
    registered(repo)
    use_attributes_only(repo)
    base = repo.head
    repo.git("switch", "--quiet", "--create", "side")
    bring(repo, "v3.0.0", Stage.STAGING, Stage.PRODUCTION)
    repo.git("switch", "--quiet", "main")
    bring(repo, "v2.0.0", Stage.STAGING, Stage.PRODUCTION)
    assert git(repo, "merge", "side").returncode == 1
    resolve(project(repo), ours=(f"{NAME}:production",))
    repo.git("commit", "--quiet", "--no-edit")
    assert ids(repo, base) == []


def test_a_united_model(twice: Repo) -> None:
    base = twice.head
    merge(twice)
    assert "SWR213" in {one for one, _ in ids(twice)}
    resolve(project(twice))
    assert ids(twice, base) == []
    # The fixture sets git's dates, and that does not pass unseen.
    assert {one for one, _ in ids(twice)} == {"SWR224"}

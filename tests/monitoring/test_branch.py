"""Production is what one branch says, whatever a host has checked out."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from swreg.domain.stage import Stage
from swreg.errors import NotReady
from swreg.operations.ab.dealing import assign, record_outcomes
from swreg.operations.ab.deciding import look as look_at
from swreg.operations.ab.deciding import stop
from swreg.operations.ab.plan import Plan
from swreg.operations.ab.start import start
from swreg.operations.monitoring.check import check
from swreg.operations.monitoring.snapshot import snapshot
from swreg.operations.monitoring.status import status
from swreg.operations.project import Project
from swreg.operations.transaction import WriteOptions
from tests.conftest import Repo
from tests.monitoring.monitored import ERRORS, behave, deploy, look, rules
from tests.registered import NAME, add

BAD = [1.0] * 5 + [0.0] * 15
POLICY = ".specweave/model-registry.yaml"


@pytest.fixture
def two(repo: Repo) -> Repo:
    """v1.1.0 is live on main and bad; the branch `side` knows of v1.0.0 only."""
    deploy(repo, "v1.0.0")
    repo.git("branch", "side")
    deploy(repo, "v1.1.0")
    rules(repo, ERRORS)
    behave(repo.path, "v1.1.0", BAD)
    return repo


def name_main(repo: Repo) -> None:
    path = repo.path / POLICY
    before = path.read_text("utf-8") if path.exists() else "schema: 1\n"
    if "monitoring:\n" in before:
        repo.write(POLICY, before.replace("monitoring:\n", 'monitoring:\n  branch: "main"\n'))
    else:
        repo.write(POLICY, f'{before}monitoring: {{branch: "main"}}\n')
    repo.commit("chore: monitoring acts on main")


def live_on(repo: Repo, branch: str) -> str:
    project = Project.open(repo.path).on_branch(branch)
    return str(project.registry().model(NAME)[1].production)


def test_the_branch_that_is_named_is_judged_and_rolled_back(two: Repo) -> None:
    two.git("switch", "--quiet", "side")
    name_main(two)
    before = two.head
    outcome = look(two)
    assert (outcome.exit_code, outcome.warnings) == (4, ())
    assert (two.head, two.status()) == (before, "")
    assert (live_on(two, "main"), live_on(two, "side")) == ("v1.0.0", "v1.0.0")
    assert two.git("log", "-1", "--format=%s", "main").endswith(
        "roll back " + NAME + " v1.1.0 -> v1.0.0"
    )
    again = look(two)
    assert (again.exit_code, again.records) == (0, ())
    assert {
        one.version
        for one in status(Project.open(two.path), now=time.time(), window=60).data.figures
    } == {"v1.0.0"}


def test_a_branch_in_words_is_the_one_that_is_judged(two: Repo) -> None:
    two.git("switch", "--quiet", "side")
    options = WriteOptions(branch="main")
    outcome = check(Project.open(two.path), now=time.time() + 60, options=options)
    assert [one.action for one in outcome.data] == ["rolled-back"]
    assert live_on(two, "main") == "v1.0.0"


def test_a_detached_head_is_refused_before_it_matters(two: Repo) -> None:
    two.git("switch", "--quiet", "--detach", "main")
    with pytest.raises(NotReady, match="detached") as refused:
        look(two)
    assert "monitoring.branch" in refused.value.hint
    options = WriteOptions(allow_detached=True, dry_run=True)
    assert check(Project.open(two.path), now=time.time() + 60, options=options).exit_code == 4
    two.git("switch", "--quiet", "main")
    name_main(two)
    two.git("switch", "--quiet", "--detach", "main")
    before = two.head
    assert look(two).exit_code == 4
    assert (two.head, live_on(two, "main")) == (before, "v1.0.0")


def test_a_branch_that_is_not_here_is_never_made(two: Repo) -> None:
    name_main(two)
    two.git("branch", "--move", "main", "trunk")
    with pytest.raises(NotReady, match="no branch main") as refused:
        look(two)
    assert refused.value.hint == "run: git fetch origin main:main"
    assert two.git("branch", "--list", "main") == ""


def test_acting_on_another_branch_than_the_remotes_default_is_said(
    two: Repo, tmp_path: Path
) -> None:
    far = tmp_path / "far.git"
    two.git("clone", "--quiet", "--bare", str(two.path), str(far))
    clone = Repo(tmp_path / "host")
    two.git("clone", "--quiet", str(far), str(clone.path))
    assert not [line for line in look(clone).warnings if "checked out" in line]
    clone.git("switch", "--quiet", "side")
    (line,) = [line for line in look(clone).warnings if "checked out" in line]
    assert line.startswith(
        "side is checked out and acted on, not main, the default branch of origin"
    )


def test_a_snapshot_goes_where_monitoring_acts(two: Repo) -> None:
    name_main(two)
    two.git("switch", "--quiet", "--detach", "main")
    before = two.head
    snapshot(Project.open(two.path), now=time.time() + 60, window=3600)
    assert two.head == before
    assert "snapshot of" in two.git("log", "-1", "--format=%s", "main")


def test_a_test_of_two_versions_is_run_where_monitoring_acts(two: Repo) -> None:
    add(two.path, "v2.0.0", Stage.STAGING, accuracy=0.9)
    two.git("switch", "--quiet", "side")
    name_main(two)
    before = two.head
    begun = start(Project.open(two.path), NAME, Plan(metric="error_rate", split=0.5))
    assert str(begun.data.control) == "v1.1.0"
    keys = [f"user-{n}" for n in range(10)]
    dealt = assign(Project.open(two.path), NAME, keys).data
    assert {one.version for one in dealt} == {"v1.1.0", "v2.0.0"}
    said = [(key, 0.0) for key in keys]
    record_outcomes(Project.open(two.path), NAME, said, now=time.time() + 1)
    seen = look_at(Project.open(two.path), NAME, now=time.time() + 2).data
    assert sum(seen.result.sample_sizes) == 10
    project = Project.open(two.path)
    stop(project, NAME, now=time.time() + 2, reason="enough", force=True)
    assert (two.head, two.status()) == (before, "")
    assert "A/B test" in two.git("log", "-1", "--format=%s", "main")

"""The README's pull-request checks, their shell steps run against a real remote."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.conftest import Repo
from tests.docs.test_readme import README, command
from tests.registered import add

__all__ = ["command"]
CATALOG = ".specweave/increments/0042-fraud-detection/registry/model_catalog.yaml"


def steps(kind: str) -> str:
    """The shell lines of a snippet that check; installing swreg is the fixture's work."""
    marked = re.search(
        rf"<!-- {kind}:begin -->\n```yaml\n(.*?)```\n<!-- {kind}:end -->", README, re.DOTALL
    )
    assert marked
    lines = [line.strip().removeprefix("- ") for line in marked[1].splitlines()]
    return "\n".join(line for line in lines if line.startswith(("swreg ", "set -")))


@pytest.fixture
def clone(repo: Repo, tmp_path: Path) -> Repo:
    """A clone of a bare remote whose main branch has one version in production."""
    from swreg.domain.stage import Stage

    add(repo.path, "v1.0.0", Stage.PRODUCTION, accuracy=0.85)
    repo.git("clone", "--quiet", "--bare", str(repo.path), str(tmp_path / "remote.git"))
    repo.git("clone", "--quiet", str(tmp_path / "remote.git"), str(tmp_path / "clone"))
    return Repo(tmp_path / "clone")


def judged(clone: Repo, kind: str) -> subprocess.CompletedProcess[str]:
    base = clone.git("merge-base", "origin/main", "HEAD")
    return subprocess.run(
        ["sh", "-eu", "-c", f"BASE={base}; CI_MERGE_REQUEST_DIFF_BASE_SHA={base}\n{steps(kind)}"],
        cwd=clone.path,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("kind", ["github", "gitlab"])
def test_an_honest_branch_passes(clone: Repo, command: Path, kind: str) -> None:
    clone.git("switch", "--quiet", "--create", "topic")
    add(clone.path, "v1.1.0", accuracy=0.9)
    run = judged(clone, kind)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("kind", ["github", "gitlab"])
def test_a_hand_edit_is_found(clone: Repo, command: Path, kind: str) -> None:
    clone.git("switch", "--quiet", "--create", "topic")
    add(clone.path, "v1.1.0", accuracy=0.9)
    text = (clone.path / CATALOG).read_text("utf-8")
    clone.write(CATALOG, text.replace('production: "v1.0.0"', 'production: "v1.1.0"'))
    clone.commit("feat: quietly into production")
    run = judged(clone, kind)
    assert run.returncode == 4, run.stdout + run.stderr

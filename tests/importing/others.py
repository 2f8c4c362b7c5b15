"""Programs and repositories of others, from which models are imported."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import Repo


def program(name: str) -> Path:
    """A program in the environment that SWREG_TEST_<NAME> names, else on PATH; skips by name."""
    variable = f"SWREG_TEST_{name.upper()}"
    folder = os.environ.get(variable)
    found = shutil.which(name, path=f"{folder}/bin" if folder else None)
    if found is None:
        pytest.skip(f"{name} is not on PATH, and {variable} names no environment with it")
    return Path(found)


def run(*words: object, cwd: Path, **env: str) -> str:
    """Run a program; its output. A failure shows what it said."""
    done = subprocess.run(
        [str(word) for word in words], cwd=cwd, env={**os.environ, **env},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, f"{words}\n{done.stdout}{done.stderr}"
    return done.stdout


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A repository of somebody else, with models in it and GTO's tags."""

    repo: Repo

    @classmethod
    def at(cls, path: Path) -> Elsewhere:
        path.mkdir()
        repo = Repo(path)
        repo.git("init", "--quiet", "--initial-branch=main")
        return cls(repo)

    def model(self, text: str, name: str = "churn", path: str = "models/churn.pkl") -> str:
        """Commit new bytes of a model that `artifacts.yaml` declares."""
        self.repo.write(path, text)
        self.repo.write("artifacts.yaml", f"{name}:\n  type: model\n  path: {path}\n")
        return self.repo.commit(f"feat: {text}")

    def tag(self, name: str, at: str, commit: str = "HEAD") -> None:
        """An annotated tag as GTO makes it, with the tagger's time."""
        run("git", "tag", "-a", "-m", f"tag {name}", name, commit, cwd=self.repo.path,
            GIT_COMMITTER_DATE=at, GIT_COMMITTER_NAME="Grace Hopper",
            GIT_COMMITTER_EMAIL="grace@example.org")  # fmt: skip


def history(path: Path) -> Elsewhere:
    """Two versions of one model; the second went live, then the first came back."""
    theirs = Elsewhere.at(path)
    first = theirs.model("weights one")
    theirs.tag("churn@v1.0.0", "2024-01-02T10:00:00Z")
    theirs.tag("churn#staging#1", "2024-01-03T10:00:00Z")
    theirs.tag("churn#prod#2", "2024-01-04T10:00:00Z")
    theirs.model("weights two")
    theirs.tag("churn@v1.1.0", "2024-02-02T10:00:00Z")
    theirs.tag("churn#staging#3", "2024-02-03T10:00:00Z")
    theirs.tag("churn#prod#4", "2024-02-04T10:00:00Z")
    theirs.tag("churn#staging#5", "2024-02-05T09:00:00Z", first)
    theirs.tag("churn#prod#6", "2024-02-05T10:00:00Z", first)
    return theirs

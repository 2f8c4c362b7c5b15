"""A real merge through the command that `doctor --fix` configures, with no `swreg` on PATH."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from swreg.domain.stage import Stage
from swreg.operations.doctor import doctor
from swreg.storage import catalog_yaml
from swreg.storage.conflict_text import sides
from tests.conftest import Repo
from tests.repo.branches import CATALOG_PATH, NAME, add, bring, git, model, project, registered


@pytest.fixture
def two(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """A registry set up by the doctor, in a shell whose PATH knows git and no swreg."""
    registered(repo)
    doctor(project(repo), fix=True)
    program = shutil.which("git")
    assert program is not None
    monkeypatch.setenv("PATH", os.pathsep.join([os.path.dirname(program), "/bin"]))
    assert shutil.which("swreg") is None
    # What lies in the repository is never imported.
    repo.write("swreg.py", "raise SystemExit('the repository ran its own code')\n")
    repo.commit("chore: a module with our name", "swreg.py")
    return repo


def test_independent_changes_merge(two: Repo) -> None:
    two.git("switch", "--quiet", "--create", "side")
    add(two, "v4.0.0")
    two.git("switch", "--quiet", "main")
    add(two, "v3.1.0")
    bring(two, "v2.0.0", Stage.STAGING)
    run = git(two, "merge", "--no-edit", "side")
    assert run.returncode == 0, run.stdout + run.stderr
    assert two.status() == ""
    assert {str(one) for one in model(two).versions} >= {"v3.1.0", "v4.0.0"}
    assert str(model(two).stages[Stage.STAGING]) == "v2.0.0"


def test_a_conflict_on_one_pointer_leaves_both_sides(two: Repo) -> None:
    two.git("switch", "--quiet", "--create", "side")
    bring(two, "v3.0.0", Stage.STAGING)
    two.git("switch", "--quiet", "main")
    bring(two, "v2.0.0", Stage.STAGING)
    run = git(two, "merge", "side")
    assert run.returncode == 1
    assert f"staging of {NAME}: ours has v2.0.0, theirs v3.0.0" in run.stderr
    both = sides((two.path / CATALOG_PATH).read_bytes(), name="catalog")
    staged = [catalog_yaml.load(side).models[NAME].stages[Stage.STAGING]
              for side in (both.ours, both.theirs)]  # fmt: skip
    assert list(map(str, staged)) == ["v2.0.0", "v3.0.0"]


def test_an_interpreter_in_a_folder_with_spaces_and_signs(
    two: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = tmp_path / "it's 100% of %P $HOME" / "python"
    odd.parent.mkdir()
    odd.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    odd.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(odd))
    two.git("config", "--unset", "merge.swreg-catalog.driver")
    doctor(project(two), fix=True)
    test_independent_changes_merge(two)

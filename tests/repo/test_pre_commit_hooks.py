"""Our hooks for other people's repositories, run by the real `pre-commit` program.

The hooks run as the manifest says, with this checkout in place of an installed swreg: installing
one would need a package index.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from swreg.cli.commands_table import COMMANDS
from swreg.domain.stage import Stage
from tests.conftest import ROOT, Repo
from tests.repo.branches import CATALOG_PATH, bring, git, project, registered

MANIFEST = ROOT / ".pre-commit-hooks.yaml"
HOOKS: dict[str, dict[str, Any]] = {
    hook["id"]: hook for hook in yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
}
pytest.importorskip("pre_commit", reason="the package pre-commit is not installed")


def program(repo: Repo, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pre_commit", *arguments],
        cwd=repo.path, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture
def hooked(repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """A registry in a repository that uses our hooks."""
    monkeypatch.setenv("PRE_COMMIT_HOME", str(tmp_path / "pre-commit"))
    registered(repo)
    hooks = [
        {**hook, "language": "system", "entry": hook["entry"].replace("swreg", command(), 1)}
        for hook in HOOKS.values()
        if hook["entry"].split()[1] in COMMANDS
    ]
    config = {"repos": [{"repo": "local", "hooks": hooks}]}
    repo.write(".pre-commit-config.yaml", yaml.safe_dump(config))
    repo.commit("build: hooks")
    return repo


def command() -> str:
    return f"{sys.executable} -m swreg"


def test_the_manifest_is_one(tmp_path: Path) -> None:
    run = program(Repo(tmp_path), "validate-manifest", str(MANIFEST))
    assert run.returncode == 0, run.stdout
    assert set(HOOKS) == {"swreg-check", "swreg-sync-docs"}


def test_a_stale_page_is_not_pushed(hooked: Repo) -> None:
    run = program(hooked, "run", "swreg-sync-docs", "--all-files", "--hook-stage", "pre-push")
    assert run.returncode == 1, run.stdout
    assert "swreg sync-docs update" in run.stdout
    from swreg.operations.syncing import sync_docs

    sync_docs(project(hooked))
    run = program(hooked, "run", "swreg-sync-docs", "--all-files", "--hook-stage", "pre-push")
    assert run.returncode == 0, run.stdout
    assert "Passed" in run.stdout


def test_a_change_of_other_files_is_none_of_our_business(hooked: Repo) -> None:
    hooked.write("notes.txt", "x\n")
    hooked.git("add", "notes.txt")
    run = program(hooked, "run", "--hook-stage", "pre-push", "--files", "notes.txt")
    assert run.returncode == 0
    assert "no files to check" in run.stdout


@pytest.mark.skipif("registry-check" not in COMMANDS, reason="swreg registry-check is not there")
def test_a_hand_edit_is_not_committed_and_our_own_change_is(hooked: Repo) -> None:
    assert program(hooked, "install").returncode == 0
    bring(hooked, "v2.0.0", Stage.STAGING)
    catalog = hooked.path / CATALOG_PATH
    text = catalog.read_text(encoding="utf-8")
    catalog.write_text(text.replace('production: "v1.0.0"', 'production: "v3.0.0"'))
    hooked.git("add", CATALOG_PATH)
    run = git(hooked, "commit", "--message", "fix: quickly")
    assert run.returncode == 1
    assert "swreg-check" in run.stdout + run.stderr

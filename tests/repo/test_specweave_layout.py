"""What we rely on in a project made by SpecWeave itself, asked of the real program."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.conftest import INCREMENT, Repo

pytestmark = pytest.mark.specweave


def hook(repo: Repo, shell: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [shell, ".git/hooks/pre-commit"],
        cwd=repo.path,
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_increment_is_a_folder_with_four_files(specweave_repo: Repo) -> None:
    names = sorted(path.name for path in specweave_repo.increment.iterdir())
    assert names == ["metadata.json", "plan.md", "spec.md", "tasks.md"]


def test_the_metadata_has_the_facts_we_read(specweave_repo: Repo) -> None:
    text = (specweave_repo.increment / "metadata.json").read_text(encoding="utf-8")
    facts = json.loads(text)
    assert facts["id"] == INCREMENT
    # `planned` is outside SpecWeave's own list of states, yet it is what the program writes.
    assert facts["status"] == "planned"
    assert {"type", "priority", "created", "lastActivity"} <= set(facts)
    assert "modelRegistry" not in facts


def test_the_spec_names_its_increment_in_the_front_matter(specweave_repo: Repo) -> None:
    lines = (specweave_repo.increment / "spec.md").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "---"
    assert f"increment: {INCREMENT}" in lines[: lines.index("---", 1)]


def test_the_project_has_a_configuration_and_the_docs_folder_we_write_into(
    specweave_repo: Repo,
) -> None:
    root = specweave_repo.path / ".specweave"
    assert json.loads((root / "config.json").read_text(encoding="utf-8"))["version"] == "2.0"
    assert (root / "docs/internal/architecture/README.md").is_file()
    assert not (root / "docs/internal/architecture/model-registry.md").exists()
    assert not (root / "model-registry.yaml").exists()
    assert not (root / ".gitattributes").exists()


def test_which_of_our_files_the_stock_gitignore_swallows(specweave_repo: Repo) -> None:
    base = specweave_repo.increment.relative_to(specweave_repo.path)
    kept = [
        f"{base}/models/fraud-detection-v3.0.0/model.pkl",
        f"{base}/models/fraud-detection-v3.0.0/requirements.txt",
        f"{base}/registry/model_catalog.yaml",
        f"{base}/registry/deployment_history.md",
        ".specweave/model-registry.yaml",
        ".specweave/environments/staging/registry/model_catalog.yaml",
    ]
    lost = [f"{base}/models/fraud-detection-v3.0.0/{name}" for name in ("train.log", "a.env")]
    ignored = specweave_repo.git("check-ignore", "--no-index", *kept, *lost).splitlines()
    assert ignored == lost


def test_the_stock_gitattributes_would_alter_a_model_file_of_text_with_crlf(
    specweave_repo: Repo,
) -> None:
    name = f".specweave/increments/{INCREMENT}/models/fraud-detection-v1.0.0/tree.txt"
    specweave_repo.write(name, "split: 1\r\n")
    specweave_repo.git("-c", "core.safecrlf=false", "add", "--", name)
    assert specweave_repo.git("cat-file", "blob", f":{name}") == "split: 1"
    specweave_repo.git("reset", "--quiet")
    specweave_repo.write(".specweave/.gitattributes", "increments/**/models/** -text\n")
    specweave_repo.git("add", "--", name)
    size = specweave_repo.git("cat-file", "-s", f":{name}")
    assert int(size) == len(b"split: 1\r\n")


def test_the_stock_hook_says_who_wrote_it(specweave_repo: Repo) -> None:
    lines = (specweave_repo.path / ".git/hooks/pre-commit").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "#!/bin/sh"
    assert "# SpecWeave Pre-Commit Hook (User Projects)" in lines[:5]
    assert "# Version: 1.0.0" in lines[:8]


@pytest.mark.skipif(not Path("/bin/dash").exists(), reason="no dash here to run the hook with")
def test_the_stock_hook_does_not_parse_where_sh_is_dash(specweave_repo: Repo) -> None:
    run = hook(specweave_repo, "/bin/dash")
    assert run.returncode != 0
    assert "Syntax error" in run.stderr


def test_under_bash_the_stock_hook_takes_any_subfolder_for_a_duplicate(
    specweave_repo: Repo,
) -> None:
    assert hook(specweave_repo, "bash").returncode == 0
    (specweave_repo.increment / "registry").mkdir()
    run = hook(specweave_repo, "bash")
    assert run.returncode == 1
    assert "Duplicate ID: 0042" in run.stdout


def test_a_commit_through_the_stock_hook_fails_where_sh_is_not_bash(specweave_repo: Repo) -> None:
    if "bash" in os.path.realpath("/bin/sh"):
        pytest.skip("/bin/sh is bash here")
    specweave_repo.write("notes.txt", "hello\n")
    specweave_repo.git("add", "notes.txt")
    before = specweave_repo.head
    specweave_repo.git("commit", "--quiet", "--message", "docs: notes", check=False)
    assert specweave_repo.head == before

"""`swreg install` in real repositories: it writes its own, keeps others', and goes without a trace."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from swreg.cli.commands_table import COMMANDS
from swreg.integrations import git_hooks
from swreg.operations.memories import LEARNINGS
from tests.cli.conftest import Call, Said
from tests.conftest import Repo

FILES = ("claude", "agents")


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, but for git's own."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(folder).parts
    }


@pytest.mark.parametrize("target", FILES)
def test_in_again_and_out_without_a_trace(repo: Repo, call: Call, target: str) -> None:
    before = tree(repo.path)
    dry = call(repo, "install", target, "--dry-run")
    assert (dry.code, tree(repo.path)) == (0, before)
    assert "would write " in dry.out
    assert call(repo, "install", target).code == 0
    installed = tree(repo.path)
    assert set(installed) > set(before)
    again = call(repo, "install", target)
    assert again.out == "everything is there already\n"
    assert tree(repo.path) == installed
    assert call(repo, "install", target, "--uninstall").code == 0
    assert tree(repo.path) == before
    folders = {path.name for path in repo.path.iterdir()}
    assert folders == {".git", ".specweave", "README.md"}
    assert call(repo, "install", target, "--uninstall").out == "nothing to remove\n"


def test_claude_gets_a_file_for_each_command_and_the_skill(repo: Repo, call: Call) -> None:
    assert call(repo, "install", "claude").code == 0
    found = {path.stem for path in (repo.path / ".claude/commands/ml").iterdir()}
    assert found == {name for name in COMMANDS if name.startswith("registry-")} | {"sync-docs"}
    assert (repo.path / ".claude/skills/model-registry/SKILL.md").is_file()
    memory = (repo.path / ".specweave/skill-memories/done.md").read_text("utf-8")
    assert LEARNINGS["done"] in memory


def marks(folder: Path) -> set[str]:
    found = (path.read_text("utf-8") for path in (folder / ".claude/commands/ml").iterdir())
    return {mark for text in found for mark in re.findall(r"^SWREG-\w+$", text, re.MULTILINE)}


def test_each_project_has_an_end_mark_of_its_own_that_stays(
    repo: Repo, registry: Repo, call: Call
) -> None:
    for one in (repo, registry):
        assert call(one, "install", "claude").code == 0
    (first,), (second,) = marks(repo.path), marks(registry.path)
    assert first != second
    assert re.fullmatch(r"SWREG-[0-9A-F]{32}", first)
    (repo.path / ".claude/commands/ml/registry-info.md").unlink()
    assert call(repo, "install", "claude").out.startswith("write .claude/commands/ml/registry-info")
    assert marks(repo.path) == {first}


def test_a_file_that_is_not_ours_stops_everything_and_shows_the_difference(
    repo: Repo, call: Call
) -> None:
    theirs = repo.write(".claude/commands/ml/registry-list.md", "my own command\n")
    said = call(repo, "install", "claude")
    assert said.code == 1
    assert "refused .claude/commands/ml/registry-list.md: it is not swreg's" in said.out
    assert "-my own command\n" in said.out
    assert [line for line in said.out.splitlines() if line.startswith(("write ", "would "))] == []
    files = call(repo, "install", "claude", "--json").envelope["data"]["files"]
    assert {one["action"] for one in files} == {"skipped", "refused"}
    assert tree(repo.path / ".claude") == {"commands/ml/registry-list.md": b"my own command\n"}
    assert call(repo, "install", "claude", "--uninstall").code == 1
    assert theirs.read_text("utf-8") == "my own command\n"
    assert call(repo, "install", "claude", "--force").code == 0
    assert "swreg slash registry-list" in theirs.read_text("utf-8")


def test_an_edited_file_of_ours_survives_both_ways(repo: Repo, call: Call) -> None:
    assert call(repo, "install", "claude").code == 0
    path = repo.path / ".claude/skills/model-registry/SKILL.md"
    text = path.read_text("utf-8").replace("# Model registry", "# Our registry")
    path.write_text(text, encoding="utf-8")
    said = call(repo, "install", "claude")
    assert said.code == 1
    assert "it was edited since swreg wrote it" in said.out
    assert call(repo, "install", "claude", "--uninstall").code == 1
    assert tree(repo.path / ".claude") == {"skills/model-registry/SKILL.md": text.encode()}


def test_agents_md_keeps_what_others_wrote(repo: Repo, call: Call) -> None:
    theirs = '<!-- SW:SECTION:x version="1" -->\nSpecWeave\n<!-- SW:END:x -->\n\nmine'
    repo.write("AGENTS.md", theirs)
    assert call(repo, "install", "agents").code == 0
    text = (repo.path / "AGENTS.md").read_text("utf-8")
    assert text.startswith(theirs)
    assert text.index("SW:END") < text.index("swreg:begin")
    assert call(repo, "install", "agents", "--uninstall").code == 0
    assert (repo.path / "AGENTS.md").read_text("utf-8") == theirs + "\n"


def test_a_link_is_not_followed(repo: Repo, call: Call, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (repo.path / ".claude").symlink_to(elsewhere)
    said = call(repo, "install", "claude")
    assert said.code == 1
    assert "is a symbolic link" in said.err
    assert list(elsewhere.iterdir()) == []


def test_json_names_every_file_and_action(repo: Repo, call: Call) -> None:
    data = call(repo, "install", "agents", "--json").envelope["data"]
    assert {one["action"] for one in data["files"]} == {"write"}
    assert "AGENTS.md" in {one["path"] for one in data["files"]}


@pytest.mark.parametrize("words", [("install", "x"), ("install", "claude", "--env", "dev")])
def test_what_it_does_not_know_is_a_usage_error(
    repo: Repo, call: Call, words: tuple[str, ...]
) -> None:
    assert call(repo, *words).code == 2


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `swreg` on PATH that writes down its words, and hooks that have commands to call."""
    folder = tmp_path / "tools"
    folder.mkdir()
    program = folder / "swreg"
    program.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/called\n[ ! -e {tmp_path}/fail ]\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(git_hooks.Hook, "exists", True)
    return folder


def commit(repo: Repo, name: str) -> subprocess.CompletedProcess[str]:
    repo.write(name, "text\n")
    repo.git("add", "--", name)
    return subprocess.run(["git", "commit", "-qm", "test: x"], cwd=repo.path, capture_output=True,
                          text=True, check=False)  # fmt: skip


def test_a_plain_hook_chains_to_the_one_that_was_there(
    repo: Repo, call: Call, tools: Path, tmp_path: Path
) -> None:
    old = repo.path / ".git/hooks/pre-commit"
    old.parent.mkdir(exist_ok=True)
    theirs = f"#!/bin/sh\necho theirs >> {tmp_path}/called\n[ ! -e forbidden ]\n"
    old.write_text(theirs)
    old.chmod(0o755)
    dry = call(repo, "install", "hooks", "--dry-run")
    assert (dry.code, old.read_text()) == (0, theirs)
    assert call(repo, "install", "hooks").code == 0
    assert call(repo, "install", "hooks").out == "everything is there already\n"
    assert commit(repo, "a").returncode == 0
    assert (tmp_path / "called").read_text() == "registry-check --staged\ntheirs\nreconcile\n"
    assert commit(repo, "forbidden").returncode != 0
    (repo.path / "forbidden").unlink()
    (tmp_path / "fail").touch()
    assert commit(repo, "b").returncode != 0
    assert call(repo, "install", "hooks", "--uninstall").code == 0
    assert old.read_text() == theirs
    assert os.access(old, os.X_OK)
    assert sorted(path.name for path in old.parent.iterdir() if path.suffix != ".sample") == [
        "pre-commit"
    ]


def test_refused_hooks_leave_the_configuration_of_git_alone(
    repo: Repo, call: Call, tools: Path
) -> None:
    assert call(repo, "install", "hooks").code == 0
    repo.git("config", "--remove-section", "merge.swreg-catalog")
    hook = repo.path / ".git/hooks/pre-commit"
    hook.write_text(hook.read_text("utf-8").replace("exec", "exec  "), encoding="utf-8")
    said = call(repo, "install", "hooks")
    assert (said.code, "merged by meaning" in said.out) == (1, False)
    assert repo.git("config", "merge.swreg-catalog.driver", check=False) == ""


def test_without_swreg_on_path_commits_go_on(
    repo: Repo, call: Call, tools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert call(repo, "install", "hooks").code == 0
    (tools / "swreg").unlink()
    for name in ("git", "sh", "dirname"):
        (tools / name).symlink_to(shutil.which(name) or name)
    monkeypatch.setenv("PATH", str(tools))
    assert commit(repo, "a").returncode == 0


def test_hooks_that_other_repositories_share_are_left_alone(
    repo: Repo, call: Call, tools: Path, tmp_path: Path
) -> None:
    repo.git("config", "core.hooksPath", str(tmp_path / "shared"))
    said = call(repo, "install", "hooks")
    assert (said.code, (tmp_path / "shared").exists()) == (1, False)
    assert "other repositories may use" in said.err


CONFIGS = {
    "flush": "repos:\n- repo: local\n  hooks: [{id: a, name: a, entry: 'true', language: system}]\n",
    "indented": (
        "# top\nrepos:\n  - repo: local\n    hooks:\n      - id: a\n        name: a\n"
        "        entry: 'true'\n        language: system\n  # last\n\nfail_fast: true\n"
    ),
    "wide": (
        "repos:\n  -   repo: local\n      hooks:\n      -   id: a\n          name: a\n"
        "          entry: 'true'\n          language: system"
    ),
    "empty": "repos:\n",
}


@pytest.mark.parametrize("text", CONFIGS.values(), ids=CONFIGS)
def test_the_pre_commit_program_gets_an_entry(
    repo: Repo, call: Call, tools: Path, text: str
) -> None:
    import yaml

    config = repo.write(".pre-commit-config.yaml", text)
    assert call(repo, "install", "hooks").code == 0
    put = config.read_text("utf-8")
    before, after = yaml.safe_load(text), yaml.safe_load(put)
    assert after.pop("repos")[:-1] == (before.pop("repos") or [])
    assert after == before
    assert yaml.safe_load(put)["repos"][-1]["hooks"][0]["id"] == "swreg-check"
    assert call(repo, "install", "hooks").out == "everything is there already\n"
    config.write_text(put.replace("registry-check", "registry-chuck"), encoding="utf-8")
    assert call(repo, "install", "hooks").code == 1
    config.write_text(put, encoding="utf-8")
    assert call(repo, "install", "hooks", "--uninstall").code == 0
    assert config.read_text("utf-8") == (text if text.endswith("\n") else f"{text}\n")


@pytest.mark.parametrize("text", ["repos: []\n", "- a\n", "repos: {", "repos: x\n", "a: 1\n"])
def test_a_configuration_that_it_cannot_extend_is_left_alone(
    repo: Repo, call: Call, tools: Path, text: str
) -> None:
    config = repo.write(".pre-commit-config.yaml", text)
    said = call(repo, "install", "hooks")
    assert (said.code, config.read_text("utf-8")) == (1, text)
    assert ".pre-commit-config.yaml" in said.err


@pytest.mark.real
def test_the_real_pre_commit_program_runs_our_entry(
    repo: Repo, call: Call, tools: Path, tmp_path: Path
) -> None:
    program = shutil.which("pre-commit")
    if program is None:
        pytest.skip("the program pre-commit is not installed")
    repo.write(".pre-commit-config.yaml", CONFIGS["indented"])
    assert call(repo, "install", "hooks").code == 0
    repo.commit("chore: configure", ".pre-commit-config.yaml")
    run = [program, "install", "-t", "pre-commit", "-t", "post-commit"]
    subprocess.run(run, cwd=repo.path, check=True, capture_output=True)
    assert commit(repo, "outside").returncode == 0
    assert commit(repo, ".specweave/inside").returncode == 0
    assert (tmp_path / "called").read_text().split("\n") == [
        "reconcile", "registry-check --staged", "reconcile", "",
    ]  # fmt: skip
    (tmp_path / "fail").touch()
    assert commit(repo, ".specweave/again").returncode != 0


def test_completions_go_where_each_shell_looks(
    repo: Repo, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    said = call(repo, "install", "completions", "--shell", "zsh")
    path = tmp_path / "home/.local/share/zsh/site-functions/_swreg"
    assert said.code == 0
    assert path.read_text("utf-8").startswith("#compdef swreg\n")
    assert f"fpath=({path.parent} $fpath)" in said.out
    assert call(repo, "install", "completions", "--shell", "zsh", "--uninstall").code == 0
    assert not path.exists()
    assert call(repo, "install", "completions", "--shell", "csh").code == 2


def test_without_any_shell_it_says_so(
    repo: Repo, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    said: Said = call(repo, "install", "completions")
    assert (said.code, said.out) == (1, "")


def test_a_folder_that_cannot_be_written_is_named(
    repo: Repo, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where a folder should be")
    monkeypatch.setenv("XDG_DATA_HOME", str(blocked))
    said = call(repo, "install", "completions", "--shell", "bash")
    assert said.code == 5
    assert str(blocked) in said.err

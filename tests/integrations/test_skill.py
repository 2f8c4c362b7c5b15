"""The skill: its form, and every command in it runs in a real repository."""

from __future__ import annotations

import re
import shlex
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from swreg.cli.app import run
from swreg.cli.commands.slash import MEANINGS
from swreg.cli.commands_table import COMMANDS
from swreg.domain.owned import MARKDOWN, OwnBlock
from swreg.integrations.agents import instructions
from swreg.integrations.agents.packaged import plugin_folder
from swreg.operations.memories import LEARNINGS
from tests.cli.conftest import MODEL, Call
from tests.conftest import Repo

SKILL = plugin_folder() / "ml/skills/model-registry"
FILES = sorted(SKILL.rglob("*.md"))
PHRASES = (
    "model registry", "model versioning", "model staging", "deploy to production",
    "rollback model", "model metadata", "model lineage", "promote model", "model catalog",
)  # fmt: skip
# What a reader puts in place of a word in capitals, and what must differ in a new repository.
WORDS = {
    "NAME": MODEL,
    "COMMAND": "registry-list",
    "PATH": "model.pkl",
    "<id>": "0042",
    "2024-01-15": datetime.now(UTC).date().isoformat(),
}


def commands() -> list[str]:
    texts = [path.read_text("utf-8") for path in FILES]
    block = next(one.piece for one in instructions.places(Path()) if one.path == "AGENTS.md")
    assert isinstance(block, OwnBlock)
    assert block.comment == MARKDOWN
    texts += [block.body, *LEARNINGS.values()]
    found = [line for text in texts for line in re.findall(r"`(swreg [^`]+)`", text)]
    return sorted(set(found))


@pytest.fixture(scope="module")
def story_once(repo_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """v3.0.0 is in production, v3.1.0 in dev; `model.pkl` is new."""
    path = tmp_path_factory.mktemp("story") / "repo"
    shutil.copytree(repo_once, path, symlinks=True)
    file = path / "model.pkl"
    for version in ("v2.5.0", "v3.0.0", "v3.1.0"):
        file.write_text(f"bytes of {version}")
        words = ["--artifact", str(file), "--version", version, "--metadata", "accuracy=0.8"]
        assert run(["registry-register", MODEL, "--repo", str(path), *words]) == 0
    for version in ("v2.5.0", "v3.0.0"):
        for stage in ("staging", "production"):
            assert (
                run(["registry-promote", MODEL, version, "--to", stage, "--repo", str(path)]) == 0
            )
    file.write_text("new bytes")
    return path


@pytest.fixture
def story(story_once: Path, tmp_path: Path) -> Repo:
    shutil.copytree(story_once, tmp_path / "story", symlinks=True)
    story = Repo(tmp_path / "story")
    story.git("update-index", "-q", "--refresh")
    return story


@pytest.mark.parametrize("command", commands())
def test_every_command_in_it_runs(story: Repo, call: Call, command: str) -> None:
    line = command.split(" …")[0]
    for word, real in WORDS.items():
        line = re.sub(rf"(?<![\w-]){re.escape(word)}(?![\w-])", real, line)
    _, *words = shlex.split(line)
    if words[0] != "doctor" and not words[0].startswith("-") and len(words) == 1:
        words.append("--help")  # named without its arguments
    if words[0] == "registry-rollback":
        for stage in ("staging", "production"):
            assert call(story, "registry-promote", MODEL, "v3.1.0", "--to", stage).code == 0
    said = call(story, *words)
    fine = {0, 4} if words[0] == "doctor" else {0}
    assert said.code in fine, said.out + said.err


def test_there_are_enough_commands_to_test() -> None:
    assert len(commands()) > 20


def test_it_has_the_name_and_the_phrases_it_is_called_by() -> None:
    import yaml

    _, front, body = (SKILL / "SKILL.md").read_text("utf-8").split("---\n", 2)
    facts = yaml.safe_load(front)
    assert facts["name"] == SKILL.name == "model-registry"
    assert len(facts["description"]) <= 1024
    assert [phrase for phrase in PHRASES if f'"{phrase}"' not in facts["description"]] == []
    assert len(body.split("\n")) < 100


def test_every_link_leads_to_a_file_and_every_file_is_linked() -> None:
    text = (SKILL / "SKILL.md").read_text("utf-8")
    linked = {SKILL / name for name in re.findall(r"\]\((\S+?)\)", text)}
    assert linked == set(FILES) - {SKILL / "SKILL.md"}


def test_it_says_what_to_do_on_every_exit_code_that_a_command_has() -> None:
    text = (SKILL / "SKILL.md").read_text("utf-8")
    told = {int(code) for code in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)}
    assert told == set(MEANINGS) - {0, 70, 130}


def test_no_command_in_it_approves_or_forces() -> None:
    risky = ("registry-approve", "registry-reject", "--force", "--lift-hold", "--approver")
    assert [line for line in commands() if any(word in line for word in risky)] == []


def test_a_command_named_in_it_exists() -> None:
    names = {shlex.split(line)[1] for line in commands()} - {"COMMAND", "--help"}
    assert names <= set(COMMANDS)

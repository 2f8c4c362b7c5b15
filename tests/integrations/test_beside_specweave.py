"""SpecWeave's own commands leave our files alone, and we leave theirs alone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from swreg.operations.memories import LEARNINGS
from tests.cli.conftest import Call
from tests.conftest import Repo, specweave_program
from tests.integrations.test_install import tree

pytestmark = [pytest.mark.specweave, pytest.mark.slow]
OURS = (".claude/commands/ml", "skills/model-registry", "skill-memories/")


def specweave(repo: Repo, *words: str) -> None:
    program = specweave_program()
    assert program is not None
    tools = repo.path.parent / "cut-off"
    tools.mkdir(exist_ok=True)
    (tools / "npx").write_text("#!/bin/sh\nexit 1\n")
    (tools / "npx").chmod(0o755)
    (elsewhere := repo.path.parent / "other-tmp").mkdir(exist_ok=True)
    environment = {**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}", "CI": "true",
                   "npm_config_offline": "true", "TMPDIR": str(elsewhere)}  # fmt: skip
    subprocess.run([str(program), *words], cwd=repo.path, env=environment, timeout=120,
                   stdin=subprocess.DEVNULL, capture_output=True, check=False)  # fmt: skip


def ours(repo: Repo) -> dict[str, bytes]:
    return {name: data for name, data in tree(repo.path).items() if any(x in name for x in OURS)}


@pytest.mark.parametrize(
    "words", [("doctor", "--fix"), ("update-instructions",), ("init", ".", "--quick", "--adapter", "claude")]
)  # fmt: skip
def test_their_commands_keep_what_we_put_there(
    specweave_repo: Repo, call: Call, words: tuple[str, ...]
) -> None:
    for target in ("claude", "agents"):
        assert call(specweave_repo, "install", target).code == 0
    before = ours(specweave_repo)
    assert len(before) > 20
    specweave(specweave_repo, *words)
    assert ours(specweave_repo) == before
    text = (specweave_repo.path / "AGENTS.md").read_text("utf-8")
    assert text.count("swreg:begin agents") == 1
    for target in ("claude", "agents"):
        assert call(specweave_repo, "install", target).out == "everything is there already\n"


def test_we_keep_what_they_put_there(specweave_repo: Repo, call: Call) -> None:
    before = tree(specweave_repo.path)
    for target in ("claude", "agents"):
        assert call(specweave_repo, "install", target).code == 0
    after = tree(specweave_repo.path)
    assert {name: after[name] for name in before if name != "AGENTS.md"} == {
        name: data for name, data in before.items() if name != "AGENTS.md"
    }
    for target in ("claude", "agents"):
        assert call(specweave_repo, "install", target, "--uninstall").code == 0
    assert tree(specweave_repo.path) == before


def test_their_program_reads_our_lines_and_keeps_them_when_it_prunes(
    specweave_repo: Repo, call: Call
) -> None:
    assert call(specweave_repo, "install", "claude").code == 0
    program = specweave_program()
    assert program is not None
    module = program.resolve()
    while not (module / "dist/src/core/reflection/skill-memories.js").is_file():
        assert module != Path(module.anchor)
        module = module.parent
    code = (
        f"import('{module}/dist/src/core/reflection/skill-memories.js').then(m => {{"
        "m.pruneSkillMemories('.', {retentionDays: 90, maxLearningsPerSkill: 10});"
        "console.log(JSON.stringify(m.readAllSkillMemories('.')))})"
    )
    node = shutil.which("node")
    assert node is not None
    run = subprocess.run([node, "-e", code], cwd=specweave_repo.path, capture_output=True,
                         text=True, check=True)  # fmt: skip
    found = {one["skill"]: one["learning"] for one in json.loads(run.stdout)}
    assert found == LEARNINGS

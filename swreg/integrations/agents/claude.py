"""What Claude Code finds in a project: slash commands and the skill."""

from __future__ import annotations

from pathlib import Path

from swreg.domain.owned import MARKDOWN, OwnFile
from swreg.integrations.agents.packaged import commands, skill
from swreg.operations.installing import Place

COMMANDS_FOLDER = ".claude/commands/ml"
SKILL_FOLDER = "skills/model-registry"


def places(root: Path) -> list[Place]:
    """The commands and the skill below `.claude`."""
    files = {f"{COMMANDS_FOLDER}/{name}": text for name, text in commands().items()}
    return [*own_files(root, files), *skill_places(root, ".claude")]


def skill_places(root: Path, folder: str) -> list[Place]:
    """The skill in an agent's folder."""
    files = {f"{folder}/{SKILL_FOLDER}/{name}": text for name, text in skill().items()}
    return own_files(root, files)


def own_files(root: Path, files: dict[str, str]) -> list[Place]:
    """Markdown files that are ours whole."""
    return [
        Place(root=root, path=path, piece=OwnFile(body=text, comment=MARKDOWN))
        for path, text in files.items()
    ]

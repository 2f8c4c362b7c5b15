"""What Claude Code finds in a project: slash commands and the skill."""

from __future__ import annotations

import re
import secrets
from pathlib import Path

from swreg.domain.owned import MARKDOWN, OwnFile
from swreg.integrations.agents.packaged import MARK, commands, skill
from swreg.operations.installing import Place, read

COMMANDS_FOLDER = ".claude/commands/ml"
_MARKED = re.compile(rf"\b{MARK}[0-9A-F]{{32}}\b")
SKILL_FOLDER = "skills/model-registry"


def places(root: Path) -> list[Place]:
    """The commands and the skill below `.claude`."""
    end = end_mark(root)
    files = {
        f"{COMMANDS_FOLDER}/{name}": _MARKED.sub(end, text) for name, text in commands().items()
    }
    return [*own_files(root, files), *skill_places(root, ".claude")]


def end_mark(root: Path) -> str:
    """The project's own end mark: the one that its files have, else a new random one."""
    for path in sorted((root / COMMANDS_FOLDER).glob("*.md")):
        found = _MARKED.search(read(path) or "")
        if found is not None:
            return found[0]
    return f"{MARK}{secrets.token_hex(16).upper()}"


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

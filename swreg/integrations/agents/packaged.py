"""The plugin folder that ships with us: its marketplace, commands and skill."""

from __future__ import annotations

from pathlib import Path

from swreg.docs.packaged import PLACES
from swreg.errors import EnvironmentFault

PLUGIN_FOLDER = next(
    (place / "plugin" for place in PLACES if place.is_dir()), PLACES[-1] / "plugin"
)
"""In a wheel inside the package, in a checkout at its top."""

MARK = "SWREG-"
"""How the line begins that ends the arguments in a command's file; 32 hexadecimal digits follow."""
_COMMANDS = "ml/commands"
_SKILL = "ml/skills/model-registry"


def plugin_folder() -> Path:
    """The marketplace folder; `EnvironmentFault` where the installation lacks it."""
    if not (PLUGIN_FOLDER / ".claude-plugin" / "marketplace.json").is_file():
        raise EnvironmentFault("the installation lacks its plugin folder", "install swreg again")
    return PLUGIN_FOLDER


def commands() -> dict[str, str]:
    """The command files by name."""
    return _texts(plugin_folder() / _COMMANDS)


def skill() -> dict[str, str]:
    """The files of the skill by their path in its folder."""
    return _texts(plugin_folder() / _SKILL)


def _texts(folder: Path) -> dict[str, str]:
    paths = sorted(path for path in folder.rglob("*.md") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in paths}

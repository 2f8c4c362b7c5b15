"""`plugin`."""

from __future__ import annotations

from typing import Annotated

from typer import Argument

from swreg.cli import words
from swreg.cli.options import Anywhere
from swreg.cli.output import Shown

ACTIONS = ("path",)


def command(
    shared: Anywhere,
    action: Annotated[str, Argument(metavar="path", help="What to print.")] = "path",
) -> Shown:
    """It is a marketplace folder, with the plugin `ml` in it.

    In Claude Code: /plugin marketplace add FOLDER, then /plugin install ml@swreg. Use either the
    plugin or `swreg install claude`, not both.
    """
    words.choice(action, ACTIONS, kind="action")
    from swreg.integrations.agents.packaged import plugin_folder
    from swreg.operations.outcome import read_outcome

    folder = str(plugin_folder())
    return Shown(read_outcome("plugin", {"path": folder}), [folder])

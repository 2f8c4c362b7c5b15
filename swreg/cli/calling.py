"""A command called by a program: words in, the JSON envelope out, nothing printed."""

from __future__ import annotations

from typing import Any

import typer

from swreg.cli.app import PROGRAM, app
from swreg.cli.envelope import envelope_of, envelope_of_error, plain
from swreg.cli.failures import as_swreg_error


def answer(command: str, words: list[str]) -> dict[str, Any]:
    """What `swreg COMMAND WORDS --json` would print, as plain data.

    A failure of ours is an envelope too; a bug is raised.
    """
    group = typer.main.get_command(app)
    try:
        with group.make_context(PROGRAM, [command, "--json", *words]) as context:
            _, shown = group.invoke(context)
        envelope = envelope_of(shown.outcome)
    except Exception as error:
        known = as_swreg_error(error)
        if known is None:
            raise
        envelope = envelope_of_error(command, known)
    made: dict[str, Any] = plain(envelope)
    return made

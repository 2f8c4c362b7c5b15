"""`registry-copy`."""

from __future__ import annotations

from typing import Annotated

from typer import Option

from swreg.cli import words
from swreg.cli.options import Writing
from swreg.cli.output import Shown, changed


def command(
    shared: Writing,
    name: words.Name,
    version: words.VersionWord = None,
    to_env: Annotated[
        str, Option("--to-env", metavar="ENV", help="The environment it goes to.")
    ] = ...,  # type: ignore[assignment]
) -> Shown:
    """It arrives in dev with its files and provenance; promote it there with --env. Repeatable."""
    from swreg.operations.copying import copy_to_environment
    from swreg.operations.project import Project

    outcome = copy_to_environment(
        Project.open(shared.repo),
        words.one_version(name, version),
        target_env=to_env,
        source_env=shared.env,
        reason=shared.reason,
        options=shared.options(),
    )
    return changed(outcome) if outcome.data.fresh else Shown(outcome, [f"{to_env} has it already"])

"""`registry-reject`."""

from __future__ import annotations

from typing import Annotated

from typer import Option

from swreg.cli import words
from swreg.cli.options import Writing
from swreg.cli.output import Shown, changed
from swreg.errors import UsageError


def command(
    shared: Writing,
    name: words.Name,
    version: words.VersionWord = None,
    stage: Annotated[
        str | None,
        Option("--stage", metavar="STAGE", help="Else the one requested, else production."),
    ] = None,
) -> Shown:
    """Needs --reason. The request is closed, and approvals for the stage lapse."""
    from swreg.operations.approve import reject

    if not shared.reason.strip():
        raise UsageError("a rejection needs a reason", "say --reason what must change")
    outcome = reject(
        shared.project(),
        words.one_version(name, version),
        stage=words.stage(stage),
        reason=shared.reason,
        options=shared.options(),
    )
    return changed(outcome)

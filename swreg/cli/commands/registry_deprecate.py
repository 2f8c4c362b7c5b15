"""`registry-deprecate`."""

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
    end_of_life: Annotated[
        str | None,
        Option("--end-of-life", metavar="DATE", help="The last day it may be in production."),
    ] = None,
) -> Shown:
    """Needs --reason. After its end of life a version cannot enter production any more."""
    from swreg.operations.retire import deprecate

    if not shared.reason.strip():
        raise UsageError("a deprecation needs a reason", "say --reason what to use instead")
    outcome = deprecate(
        shared.project(),
        words.one_version(name, version),
        reason=shared.reason,
        end_of_life=words.day(end_of_life),
        options=shared.options(),
    )
    return changed(outcome)

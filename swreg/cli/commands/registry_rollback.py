"""`registry-rollback`."""

from __future__ import annotations

from typing import Annotated

from typer import Argument, Option

from swreg.cli import words
from swreg.cli.options import Writing
from swreg.cli.output import Shown, changed
from swreg.domain.names import parse_name, parse_reference
from swreg.domain.version import Version
from swreg.errors import UsageError


def command(
    shared: Writing,
    name: Annotated[str, Argument(metavar="NAME", help="The model.")],
    to: Annotated[
        str | None, Option("--to", metavar="VERSION", help="Else what production held before.")
    ] = None,
    force: words.Force = False,
) -> Shown:
    """Needs --reason. The version rolled back is held: it cannot come back by accident."""
    from swreg.operations.rollback import rollback

    if not shared.reason.strip():
        raise UsageError("a rollback needs a reason", "say --reason what is wrong in production")
    outcome = rollback(
        shared.project(),
        parse_reference(parse_name(name)),
        to=None if to is None else Version.parse(to),
        reason=shared.reason,
        force=force,
        options=shared.options(),
    )
    return changed(outcome)

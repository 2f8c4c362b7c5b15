"""`registry-rollback`."""

from __future__ import annotations

from typing import Annotated

from typer import Argument, Option

from swreg.cli import words
from swreg.cli.options import Writing
from swreg.cli.output import Shown, changed
from swreg.domain.names import Reference, parse_name, parse_reference
from swreg.errors import UsageError


def command(
    shared: Writing,
    name: Annotated[str, Argument(metavar="NAME", help="The model.")],
    to: Annotated[
        str | None, Option("--to", metavar="VERSION", help="Else what production held before.")
    ] = None,
    force: words.Force = False,
    lift_hold: Annotated[
        bool, Option("--lift-hold", help="Lift the hold of the version named with --to.")
    ] = False,
) -> Shown:
    """Needs --reason. The version rolled back is held: it cannot come back by accident."""
    from swreg.operations.rollback import rollback

    if not shared.reason.strip():
        raise UsageError("a rollback needs a reason", "say --reason what is wrong in production")
    target = Reference(name, (parse_name(name),)) if to is None else parse_reference(name, to)
    if to is not None and target.version is None:
        raise UsageError(f"{to[:80]!r} is no version", "write it like v3.1.0")
    outcome = rollback(
        shared.project(),
        target,
        to=target.version,
        reason=shared.reason,
        force=force,
        lift_hold=lift_hold,
        options=shared.options(),
    )
    return changed(outcome)

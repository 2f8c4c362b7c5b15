"""`registry-promote`."""

from __future__ import annotations

from typing import Annotated

from typer import Option

from swreg.cli import words
from swreg.cli.options import Writing
from swreg.cli.output import Shown, changed
from swreg.domain.stage import parse_stage


def command(
    shared: Writing,
    name: words.Name,
    to: Annotated[str, Option("--to", metavar="STAGE", help="staging, production or dev.")],
    version: words.VersionWord = None,
    from_: Annotated[
        str | None, Option("--from", metavar="STAGE", help="Refuse unless it is in this stage.")
    ] = None,
    force: words.Force = False,
    lift_hold: Annotated[
        bool, Option("--lift-hold", help="Lift the hold of a rollback; needs --reason.")
    ] = False,
    approval_required: Annotated[
        bool, Option("--approval-required", help="Only ask; approvers then complete it.")
    ] = False,
) -> Shown:
    """A version that it displaces from production is archived, one from staging goes to dev.

    Where approvals are missing the request is recorded and the exit code is 3.
    """
    from swreg.operations.promote import promote

    outcome = promote(
        shared.project(),
        words.one_version(name, version),
        to=parse_stage(to),
        from_=words.stage(from_),
        reason=shared.reason,
        force=force,
        lift_hold=lift_hold,
        approval_required=approval_required,
        options=shared.options(),
    )
    return changed(outcome)

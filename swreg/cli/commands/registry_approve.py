"""`registry-approve`."""

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
    approver: Annotated[
        str | None,
        Option("--approver", metavar="WHO", help="Somebody else, on whose behalf you speak."),
    ] = None,
    comment: Annotated[
        str,
        Option(
            "--comment",
            metavar="TEXT",
            help="Kept in the record, as --reason is.",
            show_default=False,
        ),
    ] = "",
    sign: Annotated[
        bool, Option("--sign", help="Sign the approval with your git signing key.")
    ] = False,
) -> Shown:
    """The last approval that was missing completes the requested promotion."""
    from swreg.operations.approve import approve

    if comment and shared.reason:
        raise UsageError("--comment and --reason are kept in one place", "say one of them")
    outcome = approve(
        shared.project(),
        words.one_version(name, version),
        stage=words.stage(stage),
        approver=approver,
        comment=comment or shared.reason,
        sign=sign,
        options=shared.options(),
    )
    return changed(outcome)

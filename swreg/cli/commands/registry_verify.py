"""`registry-verify`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from swreg.cli.options import Listing
from swreg.cli.output import Block, Shown, counting
from swreg.domain.names import parse_reference

if TYPE_CHECKING:
    from swreg.operations.verifying import VerifyReport


def command(
    shared: Listing,
    name: Annotated[
        str | None,
        Argument(metavar="[NAME]", help="A model; without one all of them.", show_default=False),
    ] = None,
    signatures: Annotated[
        bool,
        Option("--signatures", help="Check who signed each record's commit and each model, too."),
    ] = False,
) -> Shown:
    """Hash the stored files against the catalogs; exits 4 where something is not as registered."""
    from swreg.operations.verifying import verify

    reference = parse_reference(name) if name is not None else None
    with counting("hashing") as progress:
        outcome = verify(
            shared.project(), reference, signatures=signatures, at=shared.at, progress=progress
        )
    return shared.shown(outcome, _said, rows=("findings",))


def _said(report: VerifyReport) -> Iterator[Block]:
    from swreg.domain.finding_text import text

    if report.findings:
        yield text(report.findings)
    for one in report.models:
        if one.key:
            yield f"{one.model} {one.version} is signed by {one.key}"
    yield f"{report.versions} versions hashed, {report.signatures} signatures looked at"

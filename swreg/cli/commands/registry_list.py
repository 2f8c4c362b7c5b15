"""`registry-list`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from typer import Option

from swreg.cli import words
from swreg.cli.options import Reading
from swreg.cli.output import Block, Shown, Table

if TYPE_CHECKING:
    from swreg.operations.listing import Sort
    from swreg.operations.views import VersionView

SORTS: tuple[Sort, ...] = ("name", "version", "registered", "deployed")
_HEADINGS = ("model", "version", "stage", "registered", "deployed", "tags", "notes")


def command(
    shared: Reading,
    stage: Annotated[
        str | None, Option("--stage", metavar="STAGE", help="Only this stage.")
    ] = None,
    tag: Annotated[
        str | None, Option("--tag", metavar="TAG", help="Only versions with this tag.")
    ] = None,
    increment: words.Increment = None,
    all_versions: Annotated[bool, Option("--all-versions", help="Every version.")] = False,
    sort: Annotated[str, Option("--sort", metavar="BY", help=f"{', '.join(SORTS)}.")] = "name",
) -> Shown:
    """Shows what is in production and staging, and the latest version of each model."""
    from swreg.operations.listing import list_versions

    outcome = list_versions(
        shared.project(),
        at=shared.at,
        stage=words.stage(stage),
        tag=tag,
        increment=increment,
        all_versions=all_versions,
        sort=words.choice(sort, SORTS, kind="order"),
    )
    return Shown(outcome, _text(outcome.data))


def _text(rows: tuple[VersionView, ...]) -> Iterator[Block]:
    yield Table(_HEADINGS, list(map(_row, rows))) if rows else "no versions"


def _row(one: VersionView) -> tuple[str, ...]:
    deployed = (one.deployed_at or "-")[:10]
    tags = ", ".join(one.tags) or "-"
    registered = one.registered_at[:10]
    return (one.model, str(one.version), one.stage, registered, deployed, tags, notes(one))


def notes(one: VersionView) -> str:
    """What a reader should know before using the version."""
    said = [
        f"waits for approval to {one.pending}" if one.pending else "",
        f"held: {one.held}" if one.held else "",
        f"deprecated: {one.deprecated}" if one.deprecated else "",
        f"end of life {one.end_of_life}" if one.end_of_life else "",
        f"replaced by {one.replaced_by}" if one.replaced_by else "",
    ]
    return "; ".join(filter(None, said)) or "-"

"""`registry-list`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

from typer import Option

from swreg.cli import words
from swreg.cli.options import ReadingSeveral
from swreg.cli.output import Block, Shown, Table
from swreg.errors import UsageError

if TYPE_CHECKING:
    from swreg.operations.listing import Sort
    from swreg.operations.views import VersionView

SORTS: tuple[Sort, ...] = ("name", "version", "registered", "deployed")
ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*://|[^/]+@[^/]+:", re.IGNORECASE)
_HEADINGS = ("model", "version", "stage", "registered", "deployed", "tags", "notes")


def command(
    shared: ReadingSeveral,
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
    by = words.choice(sort, SORTS, kind="order")
    if several(shared.repo or ()):
        if increment is not None or shared.env is not None:
            raise UsageError(
                "--increment and --env are about one repository", "name one --repo, a folder"
            )
        from swreg.operations.several import list_several

        outcome = list_several(
            shared.repo or (),
            at=shared.at,
            stage=words.stage(stage),
            tag=tag,
            all_versions=all_versions,
            sort=by,
        )
        return shared.shown(outcome, lambda rows: _text(rows, where=True))
    from swreg.operations.listing import list_versions

    outcome = list_versions(
        shared.one().project(),
        at=shared.at,
        stage=words.stage(stage),
        tag=tag,
        increment=increment,
        all_versions=all_versions,
        sort=by,
    )
    return shared.shown(outcome, _text)


def several(repositories: Sequence[str]) -> bool:
    """Whether this is more than one folder: several, or a repository elsewhere.

    >>> several(["here"]), several(["a", "b"]), several(["https://example.org/models.git"])
    (False, True, True)
    """
    return len(repositories) > 1 or any(ELSEWHERE.match(one) for one in repositories)


def _text(rows: tuple[VersionView, ...], *, where: bool = False) -> Iterator[Block]:
    if not rows:
        yield "no versions"
    elif where:
        table = [(one.repository or "-", *_row(one)) for one in rows]
        yield Table(("repository", *_HEADINGS), table)
    else:
        yield Table(_HEADINGS, list(map(_row, rows)))


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
        "not pushed" if one.unpushed else "",
    ]
    return "; ".join(filter(None, said)) or "-"

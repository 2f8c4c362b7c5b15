"""`resolve`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from typer import Option

from swreg.cli.options import Placed
from swreg.cli.output import Block, Shown

if TYPE_CHECKING:
    from swreg.operations.resolving import Resolution


def command(
    shared: Placed,
    ours: Annotated[
        list[str] | None,
        Option("--ours", metavar="MODEL:STAGE", help="Keep our side there; repeatable."),
    ] = None,
    theirs: Annotated[
        list[str] | None,
        Option("--theirs", metavar="MODEL:STAGE", help="Take their side there; repeatable."),
    ] = None,
    dry_run: Annotated[bool, Option("--dry-run", help="Say what would happen.")] = False,
) -> Shown:
    """For catalogs in conflict, also where a host merged without our driver. Exits 6 while open."""
    from swreg.operations.resolving import resolve

    outcome = resolve(shared.project(), ours=ours or (), theirs=theirs or (), dry_run=dry_run)
    return Shown(outcome, _text(outcome.data))


def _text(data: Resolution) -> Iterator[Block]:
    yield from (f"resolved {path}" for path in data.resolved)
    yield from (f"already resolved {path}" for path in data.kept)
    yield from data.united
    yield from (f"to decide: {words}" for words in data.open)
    yield from (f"  swreg resolve --ours {place}   or   --theirs {place}" for place in data.places)
    if data.then:
        yield f"now run: {data.then}"
    elif not (data.resolved or data.kept or data.open or data.united):
        yield "nothing to resolve"

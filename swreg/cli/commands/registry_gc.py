"""`registry-gc`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from swreg.cli.options import Writing
from swreg.cli.output import Block, Shown, landed

if TYPE_CHECKING:
    from swreg.operations.garbage import Garbage
    from swreg.operations.outcome import Outcome


def command(
    shared: Writing,
    uri: Annotated[
        str | None,
        Argument(metavar="[URI]", help="A store; else the configured one.", show_default=False),
    ] = None,
    grace: Annotated[
        str, Option("--grace", metavar="DURATION", help="Free nothing that is younger.")
    ] = "14d",
    offline: Annotated[
        bool, Option("--offline", help="Do not ask the remotes whether they know more.")
    ] = False,
) -> Shown:
    """Versions keep their files for ever; freed are uploads that no commit came to name."""
    from swreg.operations.garbage import collect_garbage

    outcome = collect_garbage(
        shared.project(),
        uri,
        grace=grace,
        offline=offline,
        reason=shared.reason,
        options=shared.options(),
    )
    return Shown(outcome, _said(outcome, dry_run=shared.dry_run))


def _said(outcome: Outcome[Garbage], *, dry_run: bool) -> Iterator[Block]:
    data = outcome.data
    yield from (f"orphan  {key}" for key in data.orphans)
    would = "would free" if dry_run else "freed"
    yield f"{would} {len(data.orphans)} objects, {data.size} bytes, of {data.store}"
    yield f"kept {data.kept} that versions name, and {data.young} young ones"
    yield from landed(outcome)

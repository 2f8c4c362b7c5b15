"""`sync-docs`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from typer import Argument

from swreg.cli import words
from swreg.cli.options import At, Committing
from swreg.cli.output import Block, Shown, landed

if TYPE_CHECKING:
    from swreg.operations.outcome import Outcome
    from swreg.operations.syncing import DocsPage

ACTIONS = ("update", "check")


def command(
    shared: Committing,
    action: Annotated[str, Argument(metavar="[update|check]", help="What to do.")] = "update",
    at: At = None,
) -> Shown:
    """`check` writes nothing: it exits 4 and names what is stale. --at shows the page as of then."""
    check = words.choice(action, ACTIONS, kind="action") == "check"
    from swreg.operations.syncing import sync_docs

    outcome = sync_docs(shared.project(), check=check, at=at, options=shared.options())
    if check:
        return Shown(outcome, _checked(outcome.data))
    return Shown(outcome, iter([outcome.data.text]) if at is not None else _updated(outcome))


def _checked(page: DocsPage) -> Iterator[Block]:
    yield from (f"stale: {section}" for section in page.stale)
    yield "run: swreg sync-docs update" if page.stale else f"{page.path} is current"


def _updated(outcome: Outcome[DocsPage]) -> Iterator[Block]:
    page = outcome.data
    would = "would write" if outcome.dry_run else "wrote"
    yield f"{would} {page.path}" if page.stale else f"{page.path} is current"
    yield from landed(outcome)

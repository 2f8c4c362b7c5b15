"""`init`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swreg.cli import words
from swreg.cli.options import Committing
from swreg.cli.output import Block, Shown, landed

if TYPE_CHECKING:
    from swreg.operations.outcome import Outcome
    from swreg.operations.setup import SetUp


def command(shared: Committing, increment: words.Increment = None) -> Shown:
    """Writes the configuration, git attributes and the docs page; what is there stays.

    Where there is no SpecWeave project, --increment makes the least that the registry needs.
    """
    shared.refuse_env("init")
    from swreg.operations.setup import init

    outcome = init(shared.repo, increment=increment, options=shared.options())
    return Shown(outcome, _text(outcome))


def _text(outcome: Outcome[SetUp]) -> Iterator[Block]:
    would = "would write" if outcome.dry_run else "wrote"
    yield f"repository {outcome.data.root}"
    yield from (f"{would} {name}" for name in outcome.data.files)
    if not outcome.data.files and not outcome.warnings:
        yield "everything is set up already"
    yield from landed(outcome)

"""`reconcile`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swreg.cli.options import Committing
from swreg.cli.output import Block, Shown, Table, landed

if TYPE_CHECKING:
    from swreg.operations.outcome import Outcome
    from swreg.operations.reconcile import Reconciled

_HEADINGS = ("increment", "found in", "result", "model", "version", "why")


def command(shared: Committing) -> Shown:
    """Looks in experiments/ and models/ of every increment that SpecWeave completed, however that
    was done. Run it as often as you like: what is registered already is left alone.
    """
    from swreg.operations.reconcile import reconcile

    outcome = reconcile(shared.project(), options=shared.options())
    return Shown(outcome, _text(outcome))


def _text(outcome: Outcome[tuple[Reconciled, ...]]) -> Iterator[Block]:
    rows = [_row(one, dry_run=outcome.dry_run) for one in outcome.data]
    yield Table(_HEADINGS, rows) if rows else "no completed increment left a model behind"
    yield from landed(outcome)


def _row(one: Reconciled, *, dry_run: bool) -> tuple[str, ...]:
    result = "would register" if dry_run and one.result == "registered" else one.result
    version = str(one.version) if one.version else "-"
    return (one.increment, one.source, result, one.model or "-", version, one.reason or "-")

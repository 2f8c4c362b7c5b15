"""`store-check`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from typer import Argument

from swreg.cli.options import Placed
from swreg.cli.output import Block, Shown, Table

if TYPE_CHECKING:
    from swreg.operations.store_check import StoreReport


def command(
    shared: Placed,
    uri: Annotated[
        str | None,
        Argument(metavar="[URI]", help="A store; else the configured one.", show_default=False),
    ] = None,
) -> Shown:
    """Writes, reads and removes a small object of its own; exits 4 where the store is unfit."""
    from swreg.operations.store_check import check_store

    outcome = check_store(shared.project(), uri)
    return Shown(outcome, _said(outcome.data))


def _said(report: StoreReport) -> Iterator[Block]:
    yield report.store
    rows = [(one.name, "yes" if one.held else "no") for one in report.probes]
    yield Table(("tried", "held"), rows)

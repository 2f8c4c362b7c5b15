"""`registry-requests`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swreg.cli.options import Listing
from swreg.cli.output import Block, Shown, Table

if TYPE_CHECKING:
    from swreg.operations.approve import PendingRequest

_HEADINGS = ("model", "version", "to", "requested by", "at", "missing", "approvers", "reason")


def command(shared: Listing) -> Shown:
    """Each request with how many approvals it lacks, and who may give them."""
    from swreg.operations.approve import requests

    outcome = requests(shared.project(), at=shared.at)
    return shared.shown(outcome, _text)


def _text(rows: tuple[PendingRequest, ...]) -> Iterator[Block]:
    yield Table(_HEADINGS, list(map(_row, rows))) if rows else "nothing waits for approval"


def _row(one: PendingRequest) -> tuple[str, ...]:
    who = ", ".join(one.approvers) or "anybody else"
    asked = (one.requested_by, one.requested_at, str(one.missing))
    return (one.model, str(one.version), one.to, *asked, who, one.reason or "-")

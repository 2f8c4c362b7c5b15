"""`doctor`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from typer import Option

from swreg.cli.options import Placed
from swreg.cli.output import Block, Shown

if TYPE_CHECKING:
    from swreg.operations.doctor import Check


def command(
    shared: Placed,
    fix: Annotated[bool, Option("--fix", help="Mend what can be mended.")] = False,
) -> Shown:
    """Exit code 4 where something is wrong that was not mended."""
    from swreg.operations.doctor import doctor

    outcome = doctor(shared.project(), fix=fix)
    return Shown(outcome, _text(outcome.data))


def _text(checks: tuple[Check, ...]) -> Iterator[Block]:
    for check in checks:
        yield f"{check.state:<8} {check.id}  {check.finding or check.sentence}"
        if check.fix:
            yield f"{'':<17} {check.fix}"
    left = sum(check.state == "finding" for check in checks)
    yield f"{left} of {len(checks)} checks found something" if left else "all is well"

"""`ab-assign`."""

from __future__ import annotations

import sys
from typing import Annotated

from typer import Argument

from swreg.cli.options import Placed
from swreg.cli.output import Shown

Model = Annotated[str, Argument(metavar="NAME", help="The model.")]


def command(
    shared: Placed,
    name: Model,
    keys: Annotated[
        list[str] | None,
        Argument(metavar="[KEY...]", help="Users, accounts, …; else one a line from the input."),
    ] = None,
) -> Shown:
    """A key gets the same version everywhere and always, while the test runs."""
    from swreg.operations.ab.dealing import assign

    given = keys or ([] if sys.stdin is None else [line.rstrip("\r\n") for line in sys.stdin])
    outcome = assign(shared.project(), name, given)
    return Shown(outcome, (f"{one.version} {one.arm} {one.key}" for one in outcome.data))

"""`merge-driver`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

from typer import Argument

from swreg.cli.options import Anywhere
from swreg.cli.output import Shown


def command(
    shared: Anywhere,
    base: Annotated[Path, Argument(metavar="%O", help="The common ancestor's file.")],
    ours: Annotated[Path, Argument(metavar="%A", help="Our file; the result goes here.")],
    theirs: Annotated[Path, Argument(metavar="%B", help="Their file.")],
    path: Annotated[str, Argument(metavar="%P", help="The path in the repository.")],
) -> Shown:
    """Run by git while it merges. Exits 0 when merged, 1 where something is left to decide."""
    from swreg.operations.merge_driver import merge_driver

    outcome = merge_driver(base, ours, theirs, path=path)
    # Standard output belongs to the git command that merges.
    told = replace(outcome, data=replace(outcome.data, text=b""), warnings=outcome.data.open)
    return Shown(told, ())

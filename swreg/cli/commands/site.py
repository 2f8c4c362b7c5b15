"""`site`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from swreg.cli import words
from swreg.cli.options import Reading
from swreg.cli.output import Block, Shown

if TYPE_CHECKING:
    from swreg.operations.site import Built

ACTIONS = ("build",)


def command(
    shared: Reading,
    action: Annotated[str, Argument(metavar="build", help="What to do.")] = "build",
    out: Annotated[Path, Option("--out", metavar="DIR", help="Where to write it.")] = Path("site"),
    force: Annotated[
        bool, Option("--force", help="Also replace files that swreg did not write.")
    ] = False,
) -> Shown:
    """Models by stage, versions with charts, lineage, comparison and time line, as plain files.

    The site needs no server and loads nothing from elsewhere: open index.html, or publish the folder.
    """
    words.choice(action, ACTIONS, kind="action")
    from swreg.operations.site import build_site

    outcome = build_site(shared.project(), out, at=shared.at, force=force)
    return Shown(outcome, _text(outcome.data))


def _text(built: Built) -> Iterator[Block]:
    yield f"wrote {built.files} files about {built.models} models"
    yield f"open {built.index}"

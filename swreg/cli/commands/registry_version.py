"""`registry-version`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from swreg.cli import words
from swreg.cli.commands.registry_register import why
from swreg.cli.options import Writing
from swreg.cli.output import Shown, changed
from swreg.domain.version import BUMPS
from swreg.errors import UsageError


def command(
    shared: Writing,
    name: Annotated[str, Argument(metavar="[NAME]", help="The model; else the increment's one.")],
    kind: Annotated[
        str | None,
        Argument(metavar="major|minor|patch", help="The kind of step.", show_default=False),
    ] = None,
    artifact: Annotated[
        Path | None, Option(metavar="PATH", help="New bytes; else the latest version's again.")
    ] = None,
    increment: words.Increment = None,
    metadata: words.Facts = None,
) -> Shown:
    """The next version after the latest one, in dev."""
    from swreg.operations.release import bump_version

    if kind is None and name.casefold() not in BUMPS:
        raise UsageError("no kind of version is named", f"write: {name} major, minor or patch")
    outcome = bump_version(
        shared.project(),
        name if kind is not None else None,
        words.bump(kind or name),
        artifact=artifact,
        metadata=words.metadata(metadata or ()),
        increment=increment,
        reason=shared.reason,
        options=shared.options(),
    )
    return changed(outcome, *why(outcome.data))

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
    name: Annotated[
        str | None,
        Argument(metavar="[NAME]", help="The model; else the increment's.", show_default=False),
    ] = None,
    kind: Annotated[
        str | None,
        Argument(metavar="[major|minor|patch]", help="The kind of step.", show_default=False),
    ] = None,
    artifact: Annotated[
        Path | None,
        Option(
            "--artifact",
            metavar="PATH",
            parser=words.artifact,
            help="New bytes; else the latest version's again.",
        ),
    ] = None,
    increment: words.Increment = None,
    metadata: words.Facts = None,
) -> Shown:
    """The next version after the latest one, in dev."""
    from swreg.operations.release import bump_version

    if kind is None:
        name, kind = None, name
    if kind is None or (name is None and kind.casefold() not in BUMPS):
        raise UsageError("no kind of version is named", "write: NAME major, minor or patch")
    outcome = bump_version(
        shared.project(),
        name,
        words.bump(kind),
        artifact=artifact,
        metadata=words.metadata(metadata or ()),
        increment=increment,
        reason=shared.reason,
        options=shared.options(),
    )
    return changed(outcome, *why(outcome.data))

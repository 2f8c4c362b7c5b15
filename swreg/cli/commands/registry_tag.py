"""`registry-tag`."""

from __future__ import annotations

from typing import Annotated

from typer import Option

from swreg.cli import words
from swreg.cli.options import Writing
from swreg.cli.output import Shown, changed
from swreg.errors import UsageError


def command(
    shared: Writing,
    name: words.Name,
    version: words.VersionWord = None,
    add: Annotated[
        list[str] | None, Option("--add", metavar="TAG", help="Put it on; repeatable.")
    ] = None,
    remove: Annotated[
        list[str] | None, Option("--remove", metavar="TAG", help="Take it off; repeatable.")
    ] = None,
) -> Shown:
    """Tags sort versions for people; nothing but a gate of the policy depends on them."""
    from swreg.operations.retire import tag

    if not add and not remove:
        raise UsageError("no tag is named", "say --add TAG or --remove TAG")
    outcome = tag(
        shared.project(),
        words.one_version(name, version),
        add=tuple(add or ()),
        remove=tuple(remove or ()),
        reason=shared.reason,
        options=shared.options(),
    )
    return changed(outcome)

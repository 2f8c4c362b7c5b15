"""`registry-signature`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from typer import Option

from swreg.cli import words
from swreg.cli.options import Committing
from swreg.cli.output import Shown, changed
from swreg.errors import UsageError


def command(
    shared: Committing,
    name: words.Name,
    version: words.VersionWord = None,
    takes: Annotated[
        list[str] | None,
        Option("--input", metavar="NAME=TYPE", help="What goes in; repeatable."),
    ] = None,
    gives: Annotated[
        list[str] | None,
        Option("--output", metavar="NAME=TYPE", help="What comes out; repeatable."),
    ] = None,
) -> Shown:
    """Once for each version. Types are words such as float, int, bool and str. Later versions are
    held against it: one that breaks its callers needs a new major number.
    """
    from swreg.operations.declare_signature import declare_signature

    return changed(
        declare_signature(
            shared.project(),
            words.one_version(name, version),
            inputs=_fields(takes or (), "--input"),
            outputs=_fields(gives or (), "--output"),
            options=shared.options(),
        )
    )


def _fields(given: Iterable[str], option: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    for word in given:
        name, equals, kind = word.partition("=")
        if not equals or not name.strip() or name.strip() in fields:
            raise UsageError(f"{option} {word!r} is no NAME=TYPE of its own", "write amount=float")
        fields[name.strip()] = kind.strip()
    return fields

"""`schema`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any

from typer import Argument

from swreg.cli import words
from swreg.cli.formats import FORMATS, schema_of
from swreg.cli.options import Anywhere
from swreg.cli.output import Block, Shown


def command(
    shared: Anywhere,
    format_name: Annotated[str, Argument(metavar="FORMAT", help=f"{', '.join(FORMATS)}.")],
) -> Shown:
    """The schema is made from the very classes that read and write the files."""
    from swreg.operations.outcome import read_outcome

    data = schema_of(words.choice(format_name, FORMATS, kind="file format"))
    return Shown(read_outcome("schema", data), _text(data))


def _text(data: dict[str, Any]) -> Iterator[Block]:
    yield json.dumps(data, indent=2)

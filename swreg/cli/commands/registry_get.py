"""`registry-get`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Option

from swreg.cli import words
from swreg.cli.options import Reading
from swreg.cli.output import Block, Shown, counting
from swreg.domain.names import Reference, parse_reference
from swreg.domain.stage import Stage
from swreg.errors import UsageError

if TYPE_CHECKING:
    from swreg.operations.fetching import Fetched


def command(
    shared: Reading,
    name: words.Name,
    version: words.VersionWord = None,
    stage: Annotated[
        str | None, Option("--stage", metavar="STAGE", help="What is in this stage.")
    ] = None,
    date: Annotated[
        str | None, Option("--date", metavar="DATE", help="As of a day; like --at.")
    ] = None,
    output: Annotated[
        Path | None,
        Option("--output", metavar="DIR", help="A new or empty folder.", show_default=False),
    ] = None,
) -> Shown:
    """Verifies the digests and loads nothing. Without a version: the one in production.

    Without --output the folder is called like the version, in the current folder.
    """
    from swreg.operations.fetching import get
    from swreg.storage.layout import version_folder

    if date is not None and shared.at is not None:
        raise UsageError("--date and --at mean the same", "say one of them")
    moment = date if date is not None else shared.at
    project, reference = shared.project(), _wanted(name, version, stage)
    if output is None:
        found = project.find(reference, moment)
        output = Path(Path(version_folder(found.model.name, found.version)).name)
    with counting("fetching") as progress:
        outcome = get(project, reference, date=moment, output=output, progress=progress)
    return Shown(outcome, _text(outcome.data))


def _wanted(name: str, version: str | None, stage: str | None) -> Reference:
    reference = parse_reference(name, version)
    if reference.version is None and reference.stage is None and not reference.latest:
        return replace(reference, stage=words.stage(stage) or Stage.PRODUCTION)
    if stage is not None:
        raise UsageError("a version and --stage exclude each other", "say one of them")
    return reference


def _text(data: Fetched) -> Iterator[Block]:
    yield f"{data.version.model} {data.version.version} is in {data.folder}, verified"
    for one in data.files:
        yield f"  {one.path}  {one.size} bytes"

"""`registry-import`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from swreg.cli import words
from swreg.cli.options import Writing
from swreg.cli.output import Block, Shown, Table, landed
from swreg.domain.foreign import SYSTEMS, Words

if TYPE_CHECKING:
    from swreg.operations.importing.model import Row
    from swreg.operations.importing.offer import Offer
    from swreg.operations.importing.run import Imported
    from swreg.operations.outcome import Outcome
    from swreg.operations.project import Project

_HEADINGS = ("source", "result", "model", "version", "stage", "why")


def command(
    shared: Writing,
    system: Annotated[str, Argument(metavar="SYSTEM", help=f"{', '.join(SYSTEMS)}.")],
    source: Annotated[
        str, Argument(metavar="SOURCE", help="A folder or Kitfile; of mlflow the server's URI.")
    ],
    increment: words.Increment = None,
    rename: Annotated[
        list[str] | None,
        Option("--rename", metavar="THEIRS=OURS", help="A model's name here; repeatable."),
    ] = None,
    stage_as: Annotated[
        list[str] | None,
        Option("--stage-as", metavar="THEIRS=OURS", help="A stage or alias of theirs; repeatable."),
    ] = None,
    only: Annotated[
        list[str] | None, Option("--only", metavar="THEIRS", help="Only this model; repeatable.")
    ] = None,
    pointers: Annotated[
        bool, Option("--pointers", help="Register versions without bytes by where they are.")
    ] = False,
    no_stages: Annotated[
        bool, Option("--no-stages", help="Leave stages out; everything arrives in dev.")
    ] = False,
    force: words.Force = False,
) -> Shown:
    """All of it is one commit, dated inside as it was there. Run it again: only what is new there
    is imported. Stages are judged by the policy. Exits 1 where something has no equal here.
    """
    from swreg.operations.importing.run import ImportOptions, run_import

    system = words.choice(system, SYSTEMS, kind="registry to import")
    wish = Words.of(rename or (), stage_as or (), only or ())
    project = shared.project()
    offer = _offer(project, system, source, wish)
    how = ImportOptions(
        increment=increment,
        words=wish,
        pointers=pointers,
        stages=not no_stages,
        force=force,
        reason=shared.reason,
    )
    outcome = run_import(project, offer, how=how, options=shared.options())
    return Shown(outcome, _text(outcome))


def _offer(project: Project, system: str, source: str, wish: Words) -> Offer:
    if system == "mlflow":
        from swreg.integrations.mlflow_import import read_mlflow

        return read_mlflow(source, only=wish.only)
    if system == "kitfile":
        from swreg.operations.importing.kitfile import read_kitfile

        return read_kitfile(Path(source))
    if system == "flat":
        from swreg.operations.importing.flat import read_flat

        known = [model.name for _, model in project.registry().models()]
        return read_flat(Path(source), known, wish.names)
    from swreg.operations.importing import gto

    return (gto.read_gto if system == "gto" else gto.read_dvc)(Path(source))


def _text(outcome: Outcome[Imported]) -> Iterator[Block]:
    data = outcome.data
    told = [row for row in data.rows if row.result != "present"]
    if told:
        yield Table(_HEADINGS, [_cells(row, dry_run=outcome.dry_run) for row in told])
    versions, stages = data.count("imported", "version"), data.count("imported", "stage")
    present = data.count("present", "version") + data.count("present", "stage")
    if versions or stages:
        yield f"{versions} versions and {stages} changes of stage; {present} were here already"
    else:
        yield f"nothing to import: {present} versions and changes of stage are here already"
    yield from landed(outcome)


def _cells(row: Row, *, dry_run: bool) -> tuple[str, ...]:
    result = "would import" if dry_run and row.result == "imported" else row.result
    facts = (row.model, row.version, row.stage, row.reason)
    return (row.source, result, *(str(one) if one else "-" for one in facts))

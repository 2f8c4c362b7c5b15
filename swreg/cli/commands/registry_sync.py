"""`registry-sync`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from swreg.cli import words
from swreg.cli.options import Writing
from swreg.cli.output import Block, Shown, Table, landed
from swreg.errors import UsageError

if TYPE_CHECKING:
    from swreg.integrations.mlflow_sync import Synced
    from swreg.operations.outcome import Outcome

_HEADINGS = ("model", "what", "result", "why")


def command(
    shared: Writing,
    target: Annotated[str, Argument(metavar="TARGET", help="The system: mlflow.")],
    from_: Annotated[
        str | None,
        Option("--from", metavar="SIDE", help="Which side is right: git or mlflow."),
    ] = None,
) -> Shown:
    """From git, MLflow shows what git says. From mlflow, what was done there happens in git, by
    its policy. Exits 4 where something had to be left; registry-check --mlflow only shows.
    """
    words.choice(target, ("mlflow",), kind="system that swreg can be in step with")
    if from_ is None:
        raise UsageError("which side is right?", "say --from git or --from mlflow")
    from swreg.integrations.mlflow_sync import DIRECTIONS, sync

    direction = words.choice(from_, DIRECTIONS, kind="side")
    outcome = sync(
        shared.project(), direction=direction, reason=shared.reason, options=shared.options()
    )
    return Shown(outcome, _text(outcome))


def _text(outcome: Outcome[Synced]) -> Iterator[Block]:
    data = outcome.data
    rows = [(one.drift.model, one.drift.what, one.result, one.why or "-") for one in data.steps]
    yield Table(_HEADINGS, rows) if rows else f"{data.server} and git are in step"
    yield from landed(outcome)

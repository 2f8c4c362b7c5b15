"""`registry-environments`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from typer import Argument

from swreg.cli.options import Placed
from swreg.cli.output import Block, Shown, Table
from swreg.errors import UsageError

if TYPE_CHECKING:
    from swreg.operations.environments import EnvironmentComparison

_Env = Annotated[str | None, Argument(metavar="[ENV]", help="An environment.", show_default=False)]


def command(shared: Placed, a: _Env = None, b: _Env = None) -> Shown:
    """Without names the environments there are; with two, where their registries differ."""
    from swreg.operations.environments import compare_environments, environments
    from swreg.operations.outcome import read_outcome
    from swreg.operations.project import Project

    project = Project.open(shared.repo)
    if a is None:
        names = environments(project)
        return Shown(read_outcome("registry-environments", names), names or ["no environments"])
    if b is None:
        raise UsageError("one environment is named", "name two, or none")
    outcome = compare_environments(project, a, b)
    return Shown(outcome, _text(outcome.data))


def _text(data: EnvironmentComparison) -> Iterator[Block]:
    rows = [
        (one.model, stage, str(pair[0] or "-"), str(pair[1] or "-"))
        for one in data.differences
        for stage, pair in one.stages.items()
        if pair[0] != pair[1]
    ]
    if rows:
        yield Table(("model", "stage", data.a, data.b), rows)
    for one in data.differences:
        for where, versions in ((data.a, one.missing_a), (data.b, one.missing_b)):
            if versions:
                yield f"{one.model}: {where} lacks {', '.join(map(str, versions))}"
        if one.other_bytes:
            yield f"{one.model}: other files under {', '.join(map(str, one.other_bytes))}"
    yield f"alike: {', '.join(data.same) or 'none'}"

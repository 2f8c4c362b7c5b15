"""`registry-compare`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from swreg.cli import words
from swreg.cli.options import Reading
from swreg.cli.output import Block, Shown
from swreg.errors import UsageError

if TYPE_CHECKING:
    from swreg.domain.comparison import Comparison

WORSE = 4


def command(
    shared: Reading,
    name: words.Name,
    a: Annotated[str, Argument(metavar="A", help="The older version.")],
    b: Annotated[str | None, Argument(metavar="[B]", help="The newer.", show_default=False)] = None,
    fail_if_worse: Annotated[
        bool, Option("--fail-if-worse", help="Exit 4 unless B is better or equal.")
    ] = False,
    markdown: Annotated[bool, Option("--markdown", help="Print for a pull request.")] = False,
    plot: Annotated[
        Path | None, Option("--plot", metavar="FILE", help="Draw it, too: a .svg or .png file.")
    ] = None,
) -> Shown:
    """Knows which way each measure is better. Two full references may stand for NAME A B."""
    from swreg.operations.comparing import compare_versions

    if b is None and not (words.names_a_version(name) and words.names_a_version(a)):
        raise UsageError(
            f"two versions are compared, and {name} {a} does not name two",
            "write: NAME v1.0.0 v1.1.0, or NAME-v1.0.0 NAME-v1.1.0",
        )
    pair = ((name, None), (a, None)) if b is None else ((name, a), (name, b))
    first, second = (words.one_version(*one) for one in pair)
    outcome = compare_versions(shared.project(), first, second, at=shared.at)
    if fail_if_worse and outcome.data.verdict in ("worse", "mixed"):
        worse = ", ".join(outcome.data.labels("worse"))
        why = f"exit code {WORSE}: the verdict is {outcome.data.verdict}, worse in {worse}"
        outcome = replace(outcome, exit_code=WORSE, warnings=(*outcome.warnings, why))
    if plot is not None:
        from swreg.operations.comparison_plot import plot_comparison

        plot_comparison(outcome.data, plot)
    return Shown(outcome, _text(outcome.data, markdown))


def _text(comparison: Comparison, markdown: bool) -> Iterator[Block]:
    if markdown:
        yield comparison.to_markdown()
        return
    yield str(comparison)
    yield f"Verdict: {comparison.verdict}"

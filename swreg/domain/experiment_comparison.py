"""The runs of an increment side by side: what each set and measured, and which one is best by what."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from swreg.domain.experiment import Logged, Run, Status
from swreg.domain.markdown import code
from swreg.domain.measures import Direction, direction, ordered


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedRun:
    """One run: the name of its folder, how it stands, and what was logged."""

    run: str
    status: Status
    params: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentComparison:
    """The runs in the order of their names; `str()` is the Markdown of `comparison.md`.

    `best` has, for each metric whose better side is known, the completed run that is best by it.
    `params` are those that differ between runs.
    """

    increment: str
    runs: tuple[ComparedRun, ...]
    metrics: tuple[str, ...]
    params: tuple[str, ...]
    best: Mapping[str, str]

    def __str__(self) -> str:
        return "\n".join(_page(self))


def compare_runs(
    increment: str,
    found: Iterable[tuple[Run, Logged]],
    *,
    directions: Mapping[str, Direction] | None = None,
) -> ExperimentComparison:
    """Runs side by side; only completed ones can be best, and of equals the first is.

    >>> one = Run(name="a", run="a", status="completed", increment="0042-x")
    >>> two = Run(name="b", run="b", status="failed", increment="0042-x")
    >>> pairs = [(one, Logged(metrics={"recall": 0.6})), (two, Logged(metrics={"recall": 0.9}))]
    >>> dict(compare_runs("0042-x", pairs).best)
    {'recall': 'a'}
    """
    runs = tuple(
        ComparedRun(run=run.run, status=run.status, params=logged.params, metrics=logged.metrics)
        for run, logged in found
    )
    metrics = tuple(ordered({name for one in runs for name in one.metrics}))
    best = {name: best for name in metrics if (best := _best(runs, name, directions)) is not None}
    return ExperimentComparison(
        increment=increment, runs=runs, metrics=metrics, params=_differing(runs), best=best
    )


def _best(
    runs: Iterable[ComparedRun], name: str, directions: Mapping[str, Direction] | None
) -> str | None:
    way = direction(name, directions)
    told = [one for one in runs if one.status == "completed" and name in one.metrics]
    if way is None or not told:
        return None
    pick = max if way == "higher" else min
    return pick(told, key=lambda one: one.metrics[name]).run


def _differing(runs: tuple[ComparedRun, ...]) -> tuple[str, ...]:
    names = sorted({name for one in runs for name in one.params})
    return tuple(name for name in names if len({_text(one.params.get(name)) for one in runs}) > 1)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _page(comparison: ExperimentComparison) -> list[str]:
    columns = (*comparison.metrics, *comparison.params)
    lines = [f"# Experiments of {code(comparison.increment)}", ""]
    if not comparison.runs:
        return [*lines, "There is no run yet.", ""]
    lines += [_row(("Run", "Status", *map(code, columns))), _row(("---",) * (len(columns) + 2))]
    for one in comparison.runs:
        cells = [_figure(comparison, one, name) for name in comparison.metrics]
        cells += [code(_text(one.params[name])) if name in one.params else "-"
                  for name in comparison.params]  # fmt: skip
        lines.append(_row((code(one.run), one.status, *cells)))
    return [*lines, "", "The best completed run of each metric is in bold.", ""]


def _figure(comparison: ExperimentComparison, one: ComparedRun, name: str) -> str:
    if name not in one.metrics:
        return "-"
    text = code(_text(one.metrics[name]))
    return f"**{text}**" if comparison.best.get(name) == one.run else text


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"

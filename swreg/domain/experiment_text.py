"""A run as a Markdown page. Text that is not ours stands in code spans and acts nowhere."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from swreg.domain.experiment import Logged, Run
from swreg.domain.markdown import code


def report(run: Run, logged: Logged) -> str:
    """The page: how the run stands, its parameters, metrics, files, notes and versions.

    >>> print(report(Run(name="xgb", run="xgb", status="completed", increment="0042-fraud"),
    ...              Logged(metrics={"recall": 0.62})))
    # Experiment `xgb`
    <BLANKLINE>
    | | |
    | --- | --- |
    | Status | completed |
    | Increment | `0042-fraud` |
    <BLANKLINE>
    ## Metrics
    <BLANKLINE>
    | Name | Value |
    | --- | --- |
    | `recall` | `0.62` |
    <BLANKLINE>
    """
    parts = [f"# Experiment {code(run.run)}", _table(("", ""), _head(run))]
    for title, values in (("Parameters", logged.params), ("Metrics", logged.metrics)):
        if values:
            parts += [f"## {title}", _table(("Name", "Value"), _rows(values))]
    if run.artifacts or run.model_files:
        names = ", ".join(code(one) for one in (*run.model_files, *run.artifacts))
        parts += ["## Files", names]
    if run.notes:
        parts += ["## Notes", "\n".join(_note(one.at, one.text) for one in run.notes)]
    return "\n\n".join(parts) + "\n"


def _head(run: Run) -> Iterator[tuple[str, str]]:
    yield "Status", run.status
    yield "Increment", code(run.increment)
    for title, text in (
        ("Description", run.description),
        ("Tags", ", ".join(run.tags)),
        ("Author", run.author),
        ("Data", run.data_version),
        ("Code", run.git.commit if run.git else None),
        ("Started", run.started_at),
        ("Finished", run.finished_at),
        ("Error", run.error),
    ):
        if text:
            yield title, code(text)
    for one in run.registered:
        yield "Registered", code(f"{one.model} {one.version}")


def _rows(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        yield code(name), code(shown)


def _table(titles: tuple[str, str], rows: Iterator[tuple[str, str]]) -> str:
    head = f"| {titles[0]} | {titles[1]} |" if any(titles) else "| | |"
    return "\n".join([head, "| --- | --- |", *(f"| {a} | {b} |" for a, b in rows)])


def _note(at: str, text: str) -> str:
    return f"- {at}: {code(text)}"

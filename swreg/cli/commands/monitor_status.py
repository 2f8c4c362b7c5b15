"""`monitor-status`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Option

from swreg.cli.commands.monitor_check import OnlyModel
from swreg.cli.options import Watching
from swreg.cli.output import Block, Shown, Table
from swreg.cli.terminal import draws_lines
from swreg.errors import UsageError

if TYPE_CHECKING:
    from swreg.operations.monitoring.judging import Judged
    from swreg.operations.monitoring.status import Figure, Status

Window = Annotated[
    str, Option("--window", metavar="TIME", help="How far to look back, like 15m or 7d.")
]
_HEADINGS = ("model", "version", "stage", "metric", "figure", "samples", "course")


def command(
    shared: Watching,
    name: OnlyModel = None,
    window: Window = "24h",
    plot: Annotated[
        Path | None,
        Option("--plot", metavar="FILE", help="Write a chart (.png, .svg, .pdf) of one metric."),
    ] = None,
    metric: Annotated[
        str | None, Option("--metric", metavar="NAME", help="The metric to draw with --plot.")
    ] = None,
) -> Shown:
    """Shows figures, their course over the window, and how far each trigger is from firing."""
    from swreg.domain.duration import parse_duration
    from swreg.operations.monitoring.status import status

    seconds, now = parse_duration(window), time.time()
    if plot is not None:
        from swreg.operations.monitoring.charting import chart

        if name is None or metric is None:
            raise UsageError("what is to be drawn?", "name a model, and --metric")
        drawn = chart(shared.project(), name, metric, plot, now=now, window=seconds)
        return Shown(drawn, [f"wrote {drawn.data}"])
    outcome = status(shared.project(), now=now, window=seconds, model=name)
    return shared.shown(outcome, _text, rows=("figures", "judged"))


def _text(data: Status) -> Iterator[Block]:
    if not data.figures and not data.judged:
        yield "nothing is tracked; say for instance: swreg monitor track NAME error_rate latency"
    if data.figures:
        yield Table(_HEADINGS, [_row(one) for one in data.figures])
    if data.judged:
        yield Table(
            ("model", "trigger", "state", "margin", "why"), [_rule(one) for one in data.judged]
        )


def _row(one: Figure) -> tuple[str, ...]:
    from swreg.monitoring.sparkline import sparkline

    line = sparkline([value for _, value in one.course], ascii_only=not draws_lines())
    figure = f"{one.aggregate} {one.value:.4g}" if one.value is not None else "unknown"
    version, samples = one.version, str(one.samples)
    return (one.model, version, one.stage, one.metric, figure, samples, line.strip() or one.why)


def _rule(one: Judged) -> tuple[str, ...]:
    seen = one.decision
    margin = "-" if seen.margin is None else f"{seen.margin:+.4g}"
    return (one.model, ruled(one), seen.outcome, margin, seen.why)


def ruled(one: Judged) -> str:
    """The rule in words, and that it only tells where that is so."""
    return f"{one.rule} (alert)" if one.rule.mode == "alert" else str(one.rule)

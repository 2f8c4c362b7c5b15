"""A chart of a metric over time, with the transitions of the model marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from swreg.errors import EnvironmentFault, MissingExtra, UsageError

ENDINGS = (".png", ".svg", ".pdf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Something that happened at a time (seconds since the epoch, UTC)."""

    at: float
    text: str


def plot(
    path: Path,
    figures: Sequence[tuple[float, float | None]],
    *,
    title: str,
    unit: str = "",
    limit: float | None = None,
    marks: Sequence[Mark] = (),
) -> None:
    """Write a chart of times (seconds, UTC) and figures to a PNG, SVG or PDF file.

    A missing figure breaks the line, `limit` is a trigger's limit. Needs the extra `swreg[plot]`.
    Raises `UsageError` for another ending, `EnvironmentFault` where the file cannot be written.
    """
    if path.suffix.lower() not in ENDINGS:
        raise UsageError(f"{path.name!r} is no picture", f"end it with one of {', '.join(ENDINGS)}")
    try:
        # Without pyplot: it would keep every figure alive and look for a screen.
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtra("matplotlib", "plot", "drawing a chart") from error
    chart = Figure(figsize=(9, 3.6), layout="constrained")
    axes = chart.add_subplot()
    times = [datetime.fromtimestamp(at, UTC) for at, _ in figures]
    values = [float("nan") if value is None else value for _, value in figures]
    # Texts are shown as they are: matplotlib takes what stands between dollar signs for a formula.
    axes.plot(times, values, linewidth=1.4, marker="." if len(values) < 50 else None)  # type: ignore[arg-type]
    axes.set_title(title, parse_math=False)
    axes.set_ylabel(unit, parse_math=False)
    if limit is not None:
        axes.axhline(limit, linestyle="--", linewidth=1, color="tab:red")
    for mark in marks:
        when = datetime.fromtimestamp(mark.at, UTC)
        axes.axvline(when, linestyle=":", linewidth=1, color="tab:gray")  # type: ignore[arg-type]
        axes.annotate(
            mark.text,
            (when, 1.0),
            xycoords=("data", "axes fraction"),
            rotation=90,
            va="top",
            ha="right",
            fontsize="small",
            parse_math=False,
        )
    axes.grid(visible=True, alpha=0.3)
    chart.autofmt_xdate()
    try:
        chart.savefig(path, metadata={"Date": None} if path.suffix.lower() == ".svg" else None)
    except OSError as error:
        raise EnvironmentFault(f"{path} cannot be written: {error.strerror}") from error

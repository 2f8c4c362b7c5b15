"""A comparison as a picture: for each measure a bar before and a bar after, and which is better."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

from swreg.domain.comparison import Comparison, Measure
from swreg.domain.measures import direction
from swreg.domain.names import visible
from swreg.domain.quantity import parse_quantity
from swreg.errors import FactError, MissingExtra, UsageError
from swreg.storage.files import disk_errors

SUFFIXES = (".png", ".svg")
# Told apart by people who do not tell red from green, and named beside each bar all the same.
_COLOURS = {"better": "#0072B2", "worse": "#D55E00", "equal": "#767676", "unknown": "#767676"}
_BEFORE = "#BFC5CC"
_WIDTH, _ROW, _EDGES = 8.0, 0.85, 1.3
_LONGEST = 28
_MOST = 60


def plot_comparison(comparison: Comparison, path: Path) -> Path:
    """Draw a comparison as `.png` or `.svg`; the file is replaced where it exists.

    Measures are drawn each on a scale of its own, which begins at zero, and only where both
    versions have a number. Raises `UsageError` for another suffix, `FactError` where there is
    nothing to draw, and `MissingExtra` without Matplotlib.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(f"cannot draw {visible(path.name)}", "name a .png or .svg file")
    drawn = _numbers(comparison)
    if not drawn:
        raise FactError(
            f"{visible(comparison.a)} and {visible(comparison.b)} have no number in common",
            "record metrics with both versions",
        )
    data = _draw(comparison, drawn[:_MOST], path.suffix.lower()[1:])
    with disk_errors(f"write {visible(path.name)}"):
        path.write_bytes(data)
    return path


def _numbers(comparison: Comparison) -> list[tuple[str, Measure, float, float]]:
    """The measures of both versions with their values, each pair in one unit."""
    found = []
    for name, one in [*comparison.metrics.items(), *comparison.performance.items()]:
        if one.old is not None and one.new is not None:
            old, new = parse_quantity(one.old), parse_quantity(one.new)
            if old.value is not None and new.value is not None and old.comparable(new):
                found.append((name, one, old.value, new.value))
    return found


def _draw(
    comparison: Comparison, drawn: list[tuple[str, Measure, float, float]], form: str
) -> bytes:
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtra("matplotlib", "plot", "drawing a comparison") from None
    # No names made by chance and no dates: the same comparison is the same file.
    with mpl.rc_context({"svg.hashsalt": "swreg", "svg.fonttype": "path"}):
        figure = Figure(figsize=(_WIDTH, _EDGES + _ROW * len(drawn)), layout="constrained")
        title = f"{visible(comparison.a)} (grey) → {visible(comparison.b)}"
        figure.suptitle(title, x=0.01, ha="left", fontweight="bold", parse_math=False)
        rows = figure.subplots(len(drawn), 1, squeeze=False)
        for (axes,), row in zip(rows, drawn, strict=True):
            _row(axes, *row)
        out = BytesIO()
        metadata = {"Date": None} if form == "svg" else {"Software": None}
        figure.savefig(out, format=form, dpi=144, metadata=metadata)
    return out.getvalue()


def _row(axes: Any, name: str, one: Measure, old: float, new: float) -> None:
    colour = _COLOURS[one.result]
    axes.barh([1, 0], [old, new], color=[_BEFORE, colour], height=0.8)
    largest = max(abs(old), abs(new)) or 1.0
    axes.set_xlim(min(0.0, old, new) * 1.1, (max(0.0, old, new) or largest) * 1.55)
    for y, value, text in ((1, old, one.old), (0, new, _after(one))):
        at = max(value, 0.0) + largest * 0.015
        axes.text(at, y, visible(str(text)), va="center", fontsize=9, parse_math=False,
                  color="black" if y else colour, fontweight="normal" if y else "bold")  # fmt: skip
    axes.set_yticks([0.5], [_title(name, one, old, new)], fontsize=9)
    axes.yaxis.get_majorticklabels()[0].set_parse_math(False)
    axes.tick_params(length=0, labelbottom=False)
    axes.axvline(0, color="black", linewidth=0.9)
    for side in ("top", "right", "bottom", "left"):
        axes.spines[side].set_visible(False)


def _title(name: str, one: Measure, old: float, new: float) -> str:
    """The measure's name, and below it which way is better, where that is known."""
    shown = visible(one.label)
    shown = shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"
    better = direction(name)
    if one.result in ("better", "worse"):
        better = "higher" if (new > old) == (one.result == "better") else "lower"
    return f"{shown}\n{better} is better" if better else shown


def _after(one: Measure) -> str:
    """What stands at the bar of the newer version: value, change and judgement."""
    change = "" if one.change is None or one.result == "equal" else f"  {one.change:+.1%}"
    judged = "" if one.result == "unknown" else f"  {one.result}"
    return f"{one.new}{change}{judged}"

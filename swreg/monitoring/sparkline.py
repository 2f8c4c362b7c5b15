"""Figures over time as one line of text."""

from __future__ import annotations

from collections.abc import Sequence

_BARS = "▁▂▃▄▅▆▇█"
_ASCII = "_.-=+*#@"
GAP = " "


def sparkline(
    figures: Sequence[float | None], *, width: int | None = None, ascii_only: bool = False
) -> str:
    """One bar for each figure, from the lowest to the highest; a missing one leaves a gap.

    With `width` the latest figures that fit are drawn. Where all are equal the bars are in the
    middle, because there is nothing to tell them apart by.

    >>> sparkline([1, 2, None, 8])
    '▁▂ █'
    """
    drawn = figures if width is None else figures[max(0, len(figures) - width) :]
    bars = _ASCII if ascii_only else _BARS
    known = [figure for figure in drawn if figure is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    return "".join(GAP if figure is None else bars[_step(figure, low, high)] for figure in drawn)


def _step(figure: float, low: float, high: float) -> int:
    if high == low:
        return len(_BARS) // 2
    # Divided first, so that the largest floats do not overflow.
    share = figure / 2 - low / 2
    return min(int(share / (high / 2 - low / 2) * len(_BARS)), len(_BARS) - 1)

"""Where the points of a small line chart lie; the template draws them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 320, 120
_LEFT, _RIGHT, _TOP, _BOTTOM = 8, 312, 14, 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One value, where it is drawn (in pixels from the top left), and what it belongs to."""

    x: float
    y: float
    version: str
    value: str
    stage: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A metric over the versions that have it, oldest first."""

    label: str
    better: str
    points: tuple[Point, ...]

    @property
    def line(self) -> str:
        """The points as SVG's `points` wants them."""
        return " ".join(f"{one.x},{one.y}" for one in self.points)

    @property
    def summary(self) -> str:
        """The chart in words.

        >>> one = Point(x=1, y=1, version="v1.0.0", value="0.8", stage="dev")
        >>> Chart(label="Accuracy", better="higher", points=(one,)).summary
        'Accuracy over 1 version: 0.8 at v1.0.0; higher is better'
        """
        count = len(self.points)
        ends = dict.fromkeys(f"{one.value} at {one.version}" for one in
                             (self.points[0], self.points[-1]))  # fmt: skip
        better = f"; {self.better} is better" if self.better else ""
        plural = "" if count == 1 else "s"
        return f"{self.label} over {count} version{plural}: {', '.join(ends)}{better}"


def chart(label: str, better: str, rows: Sequence[tuple[str, str, float]]) -> Chart:
    """The chart of (version, stage, value) rows, in their order.

    >>> chart("Recall", "higher", [("v1.0.0", "dev", 1.0), ("v1.1.0", "dev", 3.0)]).line
    '8.0,100.0 312.0,14.0'
    """
    values = [value for _, _, value in rows]
    low, span = min(values), (max(values) - min(values)) or 1.0
    step = (_RIGHT - _LEFT) / max(len(rows) - 1, 1)
    points = tuple(
        Point(
            x=round(_LEFT + step * number, 1),
            y=round(_BOTTOM - (value - low) / span * (_BOTTOM - _TOP), 1),
            version=version,
            value=f"{value:.6g}",
            stage=stage,
        )
        for number, (version, stage, value) in enumerate(rows)
    )
    return Chart(label=label, better=better, points=points)

"""The picture of a comparison: a real file, the same each time, and no text that acts."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from swreg.domain.comparison import Comparison, compare
from swreg.domain.facts import Facts
from swreg.domain.metadata import make_metadata
from swreg.errors import EnvironmentFault, FactError, MissingExtra, UsageError
from swreg.operations.comparison_plot import plot_comparison


def held(old: dict[str, Any], new: dict[str, Any]) -> Comparison:
    return compare(Facts("v3.0.0", make_metadata(old)), Facts("v3.1.0", make_metadata(new)))


BOTH = held(
    {"accuracy": 0.85, "rmse": 2.5, "r2": -0.2, "inference_latency_p50": "40ms",
     "metrics": {"$x^{2$ <b>": 1, "zero": 0}},
    {"accuracy": 0.87, "rmse": 2.6, "r2": 0.1, "inference_latency_p50": "0.035s",
     "metrics": {"$x^{2$ <b>": 2, "zero": 0}},
)  # fmt: skip


def test_a_png_and_an_svg_are_the_same_each_time(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    for name, start in (("a.png", b"\x89PNG"), ("b.SVG", b"<?xml")):
        first = plot_comparison(BOTH, tmp_path / name).read_bytes()
        assert first.startswith(start)
        assert plot_comparison(BOTH, tmp_path / name).read_bytes() == first


def test_bars_labels_and_directions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mpl = pytest.importorskip("matplotlib")
    import matplotlib.axes

    bars: list[list[float]] = []
    texts: list[str] = []
    barh, text = matplotlib.axes.Axes.barh, matplotlib.axes.Axes.text
    ticks = matplotlib.axes.Axes.set_yticks

    def seen_bars(axes: Any, places: Any, widths: Any, **more: Any) -> Any:
        bars.append(list(widths))
        return barh(axes, places, widths, **more)

    def seen_text(axes: Any, x: Any, y: Any, shown: str, **more: Any) -> Any:
        texts.append(shown)
        return text(axes, x, y, shown, **more)

    def seen_ticks(axes: Any, places: Any, labels: Any, **more: Any) -> Any:
        texts.extend(labels)
        return ticks(axes, places, labels, **more)

    monkeypatch.setattr(mpl.axes.Axes, "barh", seen_bars)
    monkeypatch.setattr(mpl.axes.Axes, "text", seen_text)
    monkeypatch.setattr(mpl.axes.Axes, "set_yticks", seen_ticks)
    plot_comparison(BOTH, tmp_path / "a.svg")
    assert [0.85, 0.87] in bars
    assert [-0.2, 0.1] in bars
    assert any(pair == pytest.approx([0.04, 0.035]) for pair in bars)
    assert {"0.85", "0.87  +2.4%  better", "2.60  +4.0%  worse", "0.035s  -12.5%  better"} <= set(
        texts
    )
    assert {"Accuracy\nhigher is better", "RMSE\nlower is better", "$x^{2$ <b>"} <= set(texts)


def test_what_cannot_be_drawn_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match=r"name a \.png or \.svg"):
        plot_comparison(BOTH, tmp_path / "a.pdf")
    with pytest.raises(FactError, match="no number in common"):
        plot_comparison(held({"accuracy": 1}, {"recall": 1}), tmp_path / "a.png")
    pytest.importorskip("matplotlib")
    with pytest.raises(EnvironmentFault, match="No such file"):
        plot_comparison(BOTH, tmp_path / "nowhere" / "a.png")
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtra, match=r"swreg\[plot\]"):
        plot_comparison(BOTH, tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swreg.errors import EnvironmentFault, MissingExtra, UsageError
from swreg.monitoring.plot import Mark, plot
from swreg.monitoring.sparkline import sparkline

NOW = 1_700_000_000.0


def test_bars_rise_with_the_figures() -> None:
    assert sparkline(range(8)) == "▁▂▃▄▅▆▇█"
    assert sparkline(range(8), ascii_only=True) == "_.-=+*#@"
    assert sparkline([0, None, 1]) == "▁ █"
    assert sparkline([5, 5]) == "▅▅"
    assert sparkline(range(100), width=3) == "▁▅█"
    assert sparkline([]) == sparkline([], width=5) == ""


@given(st.lists(st.none() | st.floats(allow_nan=False, allow_infinity=False)))
def test_every_figure_has_its_bar_and_order_is_kept(figures: list[float | None]) -> None:
    drawn = sparkline(figures)
    assert [mark == " " for mark in drawn] == [figure is None for figure in figures]
    bars = sorted(
        (figure, mark) for figure, mark in zip(figures, drawn, strict=True) if figure is not None
    )
    assert [mark for _, mark in bars] == sorted(mark for _, mark in bars)


def test_a_chart_shows_the_line_the_limit_and_what_happened(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    path = tmp_path / "latency.svg"
    figures = [(NOW + 60 * n, None if n == 5 else 100.0 + n) for n in range(20)]
    marks = [Mark(at=NOW + 600, text="v3.1.0 $promoted$ -> production")]
    plot(path, figures, title="fraud $model$", unit="ms", limit=110.0, marks=marks)
    text = path.read_text("utf-8")
    assert ET.fromstring(text).tag.endswith("svg")
    # matplotlib draws letters as shapes and keeps the text beside them as a comment.
    assert "<!-- fraud $model$ -->" in text
    assert "v3.1.0 $promoted$" in text
    plot(tmp_path / "latency.png", figures, title="fraud")
    assert (tmp_path / "latency.png").read_bytes().startswith(b"\x89PNG")


def test_a_chart_that_cannot_be_written_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UsageError, match="is no picture; end it with"):
        plot(tmp_path / "chart.exe", [], title="")
    with pytest.raises(EnvironmentFault, match="cannot be written: No such file"):
        plot(tmp_path / "no" / "chart.png", [(NOW, 1.0)], title="")
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingExtra, match=r"pip install 'swreg\[plot\]'"):
        plot(tmp_path / "chart.png", [], title="")

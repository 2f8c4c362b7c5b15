"""Chance against difference: the test's numbers, and what a comparison shows of them."""

from __future__ import annotations

import math
import sys
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swreg.domain.comparison import Comparison, compare
from swreg.domain.facts import Facts
from swreg.domain.metadata import make_metadata
from swreg.domain.metadata_keys import Metadata
from swreg.domain.significance import Significance, folds_of, paired
from swreg.operations.significance import with_significance

OLD = {"accuracy": 0.84, "metrics_folds": {"accuracy": [0.83, 0.85, 0.84, 0.82, 0.86]}}
NEW = {"accuracy": 0.87, "metrics_folds": {"accuracy": [0.86, 0.87, 0.88, 0.85, 0.89]}}


def comparison(old: dict[str, Any], new: dict[str, Any]) -> tuple[Comparison, str | None]:
    a, b = make_metadata(old), make_metadata(new)
    return with_significance(compare(Facts("v1.0.0", a), Facts("v1.1.0", b)), a, b)


def folds(*values: float) -> Metadata:
    return make_metadata({"metrics_folds": {"accuracy": list(values)}})


def test_t_by_hand() -> None:
    """Differences 0.03, 0.02, 0.04, 0.03, 0.03: mean 0.03, variance 0.00005, k = 5."""
    (one,) = paired(make_metadata(OLD), make_metadata(NEW))
    assert one.t == pytest.approx(0.03 / math.sqrt((1 / 5 + 1 / 4) * 0.00005))
    assert (one.freedom, one.folds) == (4, 5)


def test_the_p_value_is_student_s_and_more_careful_than_the_plain_paired_test() -> None:
    from scipy import stats

    found, note = comparison(OLD, NEW)
    tested = found.significance["accuracy"]
    plain = stats.ttest_rel(NEW["metrics_folds"]["accuracy"], OLD["metrics_folds"]["accuracy"])  # type: ignore[index]
    assert note is None
    assert tested.p == pytest.approx(2 * stats.t.cdf(-6.3245553, 4), rel=1e-6)
    assert plain.pvalue < tested.p < 0.05


def test_it_is_shown_with_the_test_s_name() -> None:
    found, _ = comparison(OLD, NEW)
    lines = str(found).splitlines()
    assert "- Accuracy: 0.84 → 0.87 (+3.6%) ✅ p=0.003" in lines
    assert "- p: corrected resampled t-test over 5 folds" in lines
    assert "| `Accuracy` | `0.84` | `0.87` | +3.6% p=0.003 | ✅ |" in found.to_markdown()
    assert "\np: corrected resampled t-test over 5 folds\n" in found.to_markdown()
    sure = {"accuracy": Significance(p=1e-9, folds=5)}
    assert "p<0.001" in str(replace(found, significance=sure))
    assert found.as_data()["significance"]["accuracy"]["folds"] == 5


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({}, {}),
        ({"accuracy": [1, 2, 3]}, {"recall": [1, 2, 3]}),
        ({"accuracy": [1, 2, 3]}, {"accuracy": [1, 2]}),
        ({"accuracy": [1]}, {"accuracy": [2]}),
        ({"accuracy": [0.1, 0.2, 0.3]}, {"accuracy": [0.2, 0.3, 0.4]}),
        ({"accuracy": [1, 2]}, {"accuracy": [1, 2]}),
        ({"accuracy": ["1", 2]}, {"accuracy": [1, 3]}),
        ({"accuracy": True}, {"accuracy": [1, 3]}),
        ([1, 2], {"accuracy": [1, 3]}),
    ],
)
def test_what_cannot_be_tested_is_left_out(old: object, new: object) -> None:
    a, b = (make_metadata({"accuracy": 0.5, "metrics_folds": one}) for one in (old, new))
    found, note = with_significance(compare(Facts("a", a), Facts("b", b)), a, b)
    assert (dict(found.significance), note) == ({}, None)


def test_without_scipy_a_comparison_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy", None)
    found, note = comparison(OLD, NEW)
    assert found.verdict == "better"
    assert not found.significance
    assert note == (
        "testing the metrics of the folds needs the package scipy; pip install 'swreg[stats]'"
    )


values = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=8)


@given(values, values)
def test_the_two_versions_may_be_swapped(old: list[float], new: list[float]) -> None:
    """t(a, b) == -t(b, a)."""
    size = min(len(old), len(new))
    if size < 2:
        return
    a, b = folds(*old[:size]), folds(*new[:size])
    there = [one.t for one in paired(a, b)]
    back = [-one.t for one in paired(b, a)]
    assert there == pytest.approx(back)
    assert all(map(math.isfinite, there))


def test_folds_are_read_as_numbers() -> None:
    assert folds_of(make_metadata(OLD)) == {"accuracy": (0.83, 0.85, 0.84, 0.82, 0.86)}

"""Laws of sketches, summaries and windows."""

from __future__ import annotations

import math
import statistics
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from swreg.monitoring import sketch
from swreg.monitoring.batch import LARGEST, Series
from swreg.monitoring.samples import SampleStore
from swreg.monitoring.summary import merge, summarize

numbers = st.floats(-LARGEST, LARGEST).map(lambda one: one if abs(one) > 1e-290 else 0.0)
figures = st.floats(-1e6, 1e6).map(lambda one: round(one, 6))
quantiles = st.floats(0, 1)


@given(st.lists(numbers, min_size=1), quantiles)
def test_a_quantile_is_within_its_error(values: list[float], q: float) -> None:
    """Within 1 % of the sample of that rank, whatever the distribution."""
    exact = sorted(values)[math.floor(q * (len(values) - 1))]
    found = sketch.quantile(sketch.sketch_of(values), q)
    assert found is not None
    assert math.isclose(found, exact, rel_tol=sketch.ERROR * 1.0001)


@given(st.lists(numbers), st.lists(numbers))
def test_merging_sketches_loses_nothing(some: list[float], others: list[float]) -> None:
    whole = sketch.merge([sketch.sketch_of(some), sketch.sketch_of(others)])
    assert whole == sketch.sketch_of(some + others)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False)))
def test_a_sketch_counts_every_value_in_order(values: list[float]) -> None:
    made = list(sketch.buckets(sketch.sketch_of(values)))
    assert made == sorted(made)
    assert sum(count for _, count in made) == len(values)


@given(st.lists(st.lists(figures), min_size=1))
def test_merged_summaries_say_what_one_would(batches: list[list[float]]) -> None:
    values = [value for batch in batches for value in batch]
    merged = merge(summarize(range(len(batch)), batch) for batch in batches)
    assert merged.count == len(values)
    if len(values) > 1:
        assert math.isclose(merged.mean, statistics.fmean(values), rel_tol=1e-9, abs_tol=1e-6)
        exact = statistics.variance(values)
        assert math.isclose(merged.variance, exact, rel_tol=1e-6, abs_tol=1e-3)
        assert (merged.low, merged.high) == (min(values), max(values))


START = 1_700_000_000.0
times = st.integers(0, 4 * 3600 * 2).map(lambda half: START + half / 2)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.tuples(times, figures), max_size=20), max_size=5), times, times)
def test_a_window_holds_exactly_its_samples(
    batches: list[list[tuple[float, float]]], one: float, other: float
) -> None:
    """since < at <= until, however the samples came: in any order, late, in any batches."""
    since, until = min(one, other), max(one, other)
    series = Series(model="m", version="v1.0.0", metric="queue")
    with tempfile.TemporaryDirectory() as folder, SampleStore(Path(folder) / "s.db") as store:
        for batch in batches:
            store.add(series, [at for at, _ in batch], [v for _, v in batch], now=START + 99999)
        window = store.summary(model="m", metric="queue", since=since, until=until)
        points = store.points(series, since=since, until=until)
    inside = sorted((at, v) for batch in batches for at, v in batch if since < at <= until)
    assert points == inside
    assert window.count == len(inside)
    if inside:
        values = [value for _, value in inside]
        assert (window.low, window.high) == (min(values), max(values))
        assert (window.first, window.last) == (inside[0][0], inside[-1][0])
        assert math.isclose(window.mean, statistics.fmean(values), rel_tol=1e-9, abs_tol=1e-6)
        assert window.buckets == sketch.sketch_of(values)

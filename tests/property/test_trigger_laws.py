"""Laws of durations and decisions."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from swreg.domain.decisions import Observation, Past, evaluate
from swreg.domain.duration import LONGEST, duration_text, parse_duration
from swreg.domain.triggers import Trigger, instants, make_trigger

NOW = 1_700_000_000.0
triggers = st.builds(
    make_trigger,
    metric=st.just("queue"),
    threshold=st.floats(-1e6, 1e6),
    direction=st.sampled_from(["above", "below"]),
    for_=st.sampled_from(["0s", "1m"]),
    min_samples=st.integers(1, 50),
    hysteresis=st.floats(0, 0.5),
)
values = st.none() | st.floats()
pasts = st.builds(Past, last_fired=st.none() | st.floats(0, 2 * NOW), firing=st.booleans())


@st.composite
def windows(draw: st.DrawFn) -> list[Observation]:
    ends = draw(st.lists(st.floats(NOW - 120, NOW + 30), max_size=8))
    return [
        Observation(until=end, value=draw(values), samples=draw(st.integers(0, 99))) for end in ends
    ]


@given(st.integers(1, int(LONGEST) * 1000))
def test_a_duration_is_read_as_it_was_written(milliseconds: int) -> None:
    seconds = milliseconds / 1000
    assert parse_duration(duration_text(seconds)) == seconds


@given(triggers, windows(), pasts)
def test_it_fires_only_on_a_real_breach(
    trigger: Trigger, observed: list[Observation], past: Past
) -> None:
    """Firing implies a figure, enough samples, a breach, and a trustworthy clock."""
    decision = evaluate(trigger, observed, now=NOW, past=past)
    if decision.outcome == "fire":
        assert decision.margin is not None
        assert decision.margin < 0
        assert decision.samples >= trigger.min_samples
        assert all(one.until <= NOW for one in observed)
        assert past.last_fired is None or past.last_fired <= NOW - trigger.cool_down


@given(triggers, windows(), pasts)
def test_it_is_ok_only_with_a_good_figure(
    trigger: Trigger, observed: list[Observation], past: Past
) -> None:
    """Missing data is never good news."""
    decision = evaluate(trigger, observed, now=NOW, past=past)
    if decision.outcome == "ok":
        assert decision.margin is not None
        assert decision.margin >= 0
        assert decision.samples >= trigger.min_samples


@given(triggers, st.lists(values, min_size=7, max_size=7))
def test_the_order_of_the_windows_does_not_matter(
    trigger: Trigger, figures: list[float | None]
) -> None:
    ends = instants(trigger, NOW)
    observed = [
        Observation(until=end, value=value, samples=60)
        for end, value in zip(ends, figures, strict=False)
    ]
    there = evaluate(trigger, observed, now=NOW)
    assert evaluate(trigger, observed[::-1], now=NOW) == there

from __future__ import annotations

from typing import Any

import pytest

from swreg.domain.readings import READINGS, outside, parse_aggregate, quantile_of
from swreg.domain.triggers import instants, make_trigger
from swreg.errors import UsageError


def test_a_known_metric_needs_only_a_threshold() -> None:
    trigger = make_trigger(metric="latency", threshold=200)
    assert (trigger.direction, trigger.aggregate, trigger.window) == ("above", "p95", 86400)
    assert (trigger.min_samples, trigger.for_, trigger.cool_down) == (30, 0, 3600)
    assert trigger.mode == "rollback"


def test_a_score_counts_from_its_first_reading() -> None:
    trigger = make_trigger(metric="accuracy", threshold=0.8, window="24h")
    assert (trigger.direction, trigger.aggregate, trigger.min_samples) == ("below", "mean", 1)


def test_a_metric_known_by_its_direction_alone_has_its_bad_side() -> None:
    trigger = make_trigger(metric="val_loss", threshold=0.3)
    assert (trigger.direction, trigger.aggregate, trigger.min_samples) == ("above", "mean", 1)
    assert make_trigger(metric="ndcg", threshold=0.3).direction == "below"


def test_an_unknown_metric_takes_the_direction_it_is_given() -> None:
    trigger = make_trigger(metric="queue", threshold=-3, direction="below", aggregate="p5")
    assert (trigger.direction, trigger.aggregate) == ("below", "p5")
    assert str(trigger) == "queue p5 below -3 over 24h"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ({"metric": "queue"}, "'queue' is no metric known by name; say direction above or below"),
        ({"metric": "queue", "direction": "up"}, "'up' is no direction; use above or below"),
        (
            {"metric": "accuracy", "direction": "above"},
            "accuracy above a threshold is no harm; its bad side is 'below'",
        ),
        ({"window": "24"}, "the window '24' is no length of time with a unit"),
        ({"for_": "5"}, "the for '5' is no length of time"),
        ({"cool_down": "x"}, "the cool_down 'x' is no length of time"),
        ({"threshold": 80.0}, "the threshold 80 is out of reach: accuracy lies between 0 and 1"),
        ({"threshold": float("nan")}, "the threshold nan is no finite number"),
        ({"threshold": True}, "the threshold True is no finite number"),
        ({"metric": "latency", "threshold": -1.0}, "latency is never negative"),
        ({"relative_to": "previous", "threshold": 10.0}, "10 is no fraction of a baseline"),
        ({"relative_to": "previous", "threshold": 0.0}, "0 is no fraction of a baseline"),
        ({"relative_to": "best"}, "'best' is no baseline; use registration or previous"),
        ({"hysteresis": 5.0}, "the hysteresis 5.0 is no fraction"),
        ({"min_samples": 0}, "min_samples must be at least 1; no data is never a reason to act"),
        ({"aggregate": "average"}, "'average' is no way to sum up a window"),
        ({"aggregate": "p100"}, "'p100' is no way to sum up a window"),
    ],
)
def test_a_rule_that_says_two_things_is_refused_in_one_line(
    words: dict[str, Any], line: str
) -> None:
    with pytest.raises(UsageError) as caught:
        make_trigger(**{"metric": "accuracy", "threshold": 0.5, **words})
    assert line in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_relative_rule_says_its_baseline() -> None:
    trigger = make_trigger(metric="accuracy", threshold=0.1, relative_to="registration")
    assert str(trigger) == "accuracy mean below the registration baseline by 0.1 of it over 24h"
    assert make_trigger(metric="latency", threshold=2.0, relative_to="previous").threshold == 2.0


def test_a_lasting_breach_is_looked_at_over_its_whole_length() -> None:
    lasting = make_trigger(metric="latency", threshold=1, for_="60s")
    assert instants(lasting, 100.0) == (40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 100.0)
    assert instants(make_trigger(metric="latency", threshold=1), 100.0) == (100.0,)


def test_measures_know_what_a_sample_can_be() -> None:
    assert outside("error_rate", 1.5) == "error_rate lies between 0 and 1"
    assert outside("latency", -1) == "latency is never negative"
    assert outside("latency", 1) is outside("accuracy", 1) is outside("queue", -5) is None
    assert all(parse_aggregate(one.aggregate) for one in READINGS.values())
    assert quantile_of("p99.9") == pytest.approx(0.999)

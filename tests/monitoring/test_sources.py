"""From samples to a decision: what is recorded, how it arrives, and who decides what."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from swreg.domain.decisions import Observation, Past
from swreg.domain.triggers import Trigger, make_trigger
from swreg.errors import EnvironmentFault, UsageError
from swreg.monitoring.batch import Receipt, Series
from swreg.monitoring.feeds import Batch, batches, csv_lines, json_lines
from swreg.monitoring.samples import SampleStore
from swreg.monitoring.sources import StoredSamples, decide

NOW = 1_700_000_000.0
GIVEN = {"model": "fraud", "version": "v1.0.0"}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SampleStore]:
    with SampleStore(tmp_path / "samples.db", wait=0.05) as opened:
        yield opened


def outcome(store: SampleStore, rule: Trigger, *, version: str = "v1.0.0", now: float = NOW) -> str:
    source = StoredSamples(store)
    return decide(source, rule, model="fraud", version=version, now=now).outcome


def test_a_version_is_judged_by_its_own_samples(store: SampleStore) -> None:
    rule = make_trigger(metric="latency", threshold=200, window="15m")
    for version, latency in (("v1.0.0", 100.0), ("v2.0.0", 300.0)):
        series = Series(model="fraud", version=version, metric="latency")
        store.add(series, [NOW - n for n in range(60)], [latency] * 60, now=NOW)
    assert outcome(store, rule) == "ok"
    assert outcome(store, rule, version="v2.0.0") == "fire"
    assert outcome(store, rule, version="v3.0.0") == "unknown"
    assert outcome(store, rule, version="v2.0.0", now=NOW + 7200) == "unknown"


def test_a_breach_that_began_just_now_is_pending(store: SampleStore) -> None:
    rule = make_trigger(metric="latency", threshold=200, window="1m", for_="5m")
    series = Series(model="fraud", version="v1.0.0", metric="latency")
    store.add(
        series,
        [NOW - n for n in range(600)],
        [300.0 if n < 120 else 100.0 for n in range(600)],
        now=NOW,
    )
    assert outcome(store, rule) == "pending"
    store.add(series, [NOW + n for n in range(1, 300)], [300.0] * 299, now=NOW + 300)
    assert outcome(store, rule, now=NOW + 299) == "fire"


def test_a_source_that_fails_makes_it_unknown() -> None:
    class Broken:
        def observe(
            self, trigger: Trigger, *, model: str, version: str, until: float
        ) -> Observation:
            raise EnvironmentFault("the sample store is locked", "try again")

    rule = make_trigger(metric="latency", threshold=200, for_="1m")
    past = Past(last_fired=NOW - 9999, firing=True)
    found = decide(Broken(), rule, model="fraud", version="v1.0.0", now=NOW, past=past)
    assert (found.outcome, found.why) == ("unknown", "the sample store is locked")


def test_json_lines_arrive_by_series(store: SampleStore) -> None:
    text = [
        '{"metric": "latency", "value": 35, "at": 1699999990}\n',
        "\n",
        '{"metric": "latency", "value": 40.5, "at": "2023-11-14T22:13:19Z", "id": "a"}\n',
        '{"metric": "latency", "value": 41, "labels": {"region": "eu"}}\n',
        '{"metric": "accuracy", "value": 0.9, "version": "v2.0.0"}\n',
    ]
    found = batches(json_lines(text), given=GIVEN, now=NOW)
    assert [(one.series.metric, one.series.version, one.times, one.ids) for one in found] == [
        ("latency", "v1.0.0", [NOW - 10], []),
        ("latency", "v1.0.0", [NOW - 1], ["a"]),
        ("latency", "v1.0.0", [NOW], []),
        ("accuracy", "v2.0.0", [NOW], []),
    ]
    for batch in found:
        receipt = store.add(batch.series, batch.times, batch.values, now=NOW, ids=batch.ids or None)
        assert receipt == Receipt(stored=1)
    window = store.summary(model="fraud", metric="latency", since=NOW - 60, until=NOW)
    assert window.count == 3


def test_csv_arrives_alike() -> None:
    text = ["at,metric,value,id,labels.region\n", "1699999990,latency,35,a,eu\n", ",latency,36,,\n"]
    eu, none = (
        Series(model="fraud", version="v1.0.0", metric="latency", labels=labels)
        for labels in ({"region": "eu"}, {})
    )
    assert batches(csv_lines(text), given=GIVEN, now=NOW) == [
        Batch(series=eu, times=[NOW - 10], values=[35.0], ids=["a"]),
        Batch(series=none, times=[NOW], values=[36.0]),
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "line 2 is no JSON"),
        ("[1]", "line 2 is no JSON object"),
        ('{"metric": "latency", "value": NaN}', "line 2 is no JSON: NaN is no number"),
        ('{"metric": "latency", "value": 1e999}', "line 2: value: must be a finite number"),
        ('{"metric": "latency"}', "line 2: value: is missing"),
        ('{"metric": "latency", "value": 1, "at": "yesterday"}', "line 2: at: must be a finite"),
        ('{"metric": "latency", "value": 1, "extra\\u001b": 1}', r"line 2: extra\x1b: unknown key"),
        ("[" * 100_000, "line 2 is no JSON"),
    ],
)
def test_a_wrong_line_is_named(line: str, said: str) -> None:
    good = '{"metric": "latency", "value": 1}'
    with pytest.raises(UsageError) as caught:
        batches(json_lines([good, line]), given=GIVEN, now=NOW)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("1,latency\n", "line 2 has not as many cells as the header"),
        ("1,latency,35,9\n", "line 2 has not as many cells as the header"),
        ("1,latency,fast\n", "line 2: value: must be a finite number"),
        ("1,latency,nan\n", "line 2: value: must be a finite number"),
        ('1,"latency"x,35\n', "line 2 is no CSV"),
    ],
)
def test_a_wrong_row_is_named(row: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        batches(csv_lines(["at,metric,value\n", row]), given=GIVEN, now=NOW)

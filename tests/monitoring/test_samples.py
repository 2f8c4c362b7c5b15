"""The sample store as its callers meet it: one sqlite file, real processes, real damage."""

from __future__ import annotations

import math
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from swreg.domain.duration import DAY
from swreg.errors import EnvironmentFault, UsageError
from swreg.monitoring import rollups
from swreg.monitoring.batch import AHEAD, Receipt, Retention, Series
from swreg.monitoring.samples import SampleStore

NOW = 1_700_000_000.0
LATENCY = Series(model="fraud", version="v1.0.0", metric="latency")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "samples.db"


@pytest.fixture
def store(path: Path) -> Iterator[SampleStore]:
    with SampleStore(path, wait=0.05) as opened:
        yield opened


def fill(store: SampleStore, count: int, *, step: float = 1.0, series: Series = LATENCY) -> None:
    times = [NOW - step * n for n in range(count)]
    store.add(series, times, [float(n % 100) for n in range(count)], now=NOW)


def window(store: SampleStore, seconds: float = DAY, **words: Any) -> Any:
    return store.summary(
        **{"model": "fraud", "metric": "latency", "since": NOW - seconds, "until": NOW, **words}
    )


def test_a_window_is_summed_up(store: SampleStore) -> None:
    fill(store, 10_000)
    day = window(store)
    assert (day.count, day.low, day.high) == (10_000, 0.0, 99.0)
    assert day.mean == pytest.approx(49.5)
    assert day.variance == pytest.approx(833.33, rel=1e-3)
    assert day.quantile(0.95) == pytest.approx(94, rel=0.01)
    assert day.aggregate("rate", DAY) == pytest.approx(10_000 / DAY)
    assert window(store, 600).count == 600
    assert window(store, until=NOW - 20_000).aggregate("mean", DAY) is None


def test_what_is_written_is_there_after_the_process(path: Path) -> None:
    with SampleStore(path) as first:
        fill(first, 10)
    with SampleStore(path) as second:
        assert window(second).count == 10


def test_series_are_told_apart_by_version_metric_and_labels(store: SampleStore) -> None:
    for version, region in (("v1.0.0", "eu"), ("v1.0.0", "us"), ("v2.0.0", "eu")):
        labels = {"region": region, "zone": "a"}
        one = Series(model="fraud", version=version, metric="latency", labels=labels)
        fill(store, 5, series=one)
    fill(store, 5, series=Series(model="other", version="v1.0.0", metric="latency"))
    assert window(store).count == 15
    assert window(store, version="v1.0.0").count == 10
    assert window(store, labels={"region": "eu"}).count == 10
    assert window(store, version="v2.0.0", labels={"region": "us"}).count == 0
    assert window(store, metric="error_rate").count == 0
    assert [one.labels["region"] for one in store.series("fraud")] == ["eu", "us", "eu"]


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, "5", None])
@pytest.mark.parametrize("place", ["value", "time"])
def test_what_is_no_number_is_refused_with_its_whole_batch(
    store: SampleStore, bad: Any, place: str
) -> None:
    at, value = (NOW, bad) if place == "value" else (bad, 5.0)
    with pytest.raises(UsageError, match="is no finite number; leave the sample out"):
        store.add(LATENCY, [NOW, at], [1.0, value], now=NOW)
    assert window(store).count == 0


@pytest.mark.parametrize(
    ("metric", "value", "line"),
    [
        ("accuracy", 87.0, "the sample 87 is impossible: accuracy lies between 0 and 1"),
        ("latency", -1.0, "latency is never negative"),
        ("queue", 1e200, "the sample 1e+200 is too large"),
    ],
)
def test_an_impossible_figure_is_refused(
    store: SampleStore, metric: str, value: float, line: str
) -> None:
    with pytest.raises(UsageError) as caught:
        store.add(Series(model="m", version="v1.0.0", metric=metric), [NOW], [value], now=NOW)
    assert line in str(caught.value)


def test_a_batch_is_as_long_as_its_times(store: SampleStore) -> None:
    with pytest.raises(UsageError, match="differ in length"):
        store.add(LATENCY, [NOW], [], now=NOW)
    with pytest.raises(UsageError, match="differ in length"):
        store.add(LATENCY, [NOW], [1.0], now=NOW, ids=[])
    assert store.add(LATENCY, [], [], now=NOW) == Receipt()


def test_a_batch_sent_again_counts_once(store: SampleStore) -> None:
    for _ in range(2):
        receipt = store.add(LATENCY, [NOW, NOW, NOW], [1, 1, 2], now=NOW, ids=["a", "b", "b"])
    assert receipt == Receipt(duplicates=3)
    assert window(store).count == 2
    assert store.add(LATENCY, [NOW, NOW], [1, 1], now=NOW) == Receipt(stored=2)
    assert window(store).count == 4


def test_late_and_future_samples_are_counted_apart(store: SampleStore) -> None:
    store.prune(now=NOW)
    times = [NOW - 401 * DAY, NOW - 1, NOW + AHEAD, NOW + AHEAD + 1]
    receipt = store.add(LATENCY, times, [1, 2, 3, 4], now=NOW)
    assert receipt == Receipt(stored=2, late=1, ahead=1)
    assert window(store).count == 1


def test_a_late_sample_joins_its_window(store: SampleStore) -> None:
    fill(store, 100)
    store.add(LATENCY, [NOW - 3 * 3600], [500.0], now=NOW)
    assert window(store).high == 500.0


def test_what_was_forgotten_narrows_the_figures_but_does_not_bend_them(store: SampleStore) -> None:
    fill(store, 4 * 24 * 60, step=60)
    whole = window(store, 4 * DAY + 3600)
    store.prune(now=NOW, retention=Retention(points=DAY, minutes=2 * DAY, hours=30 * DAY))
    assert window(store, 4 * DAY + 3600) == whole
    assert len(store.points(LATENCY, since=0, until=NOW)) in range(24 * 60, 25 * 60)
    # In the days of minutes an edge counts whole minutes, in the days of hours whole hours.
    for days in (1.5, 3.0):
        for shift in (0, 700, 1500, 3000):
            expected = whole.count - round((4 - days) * 24 * 60 + shift / 60)
            assert abs(window(store, days * DAY - shift).count - expected) <= (
                1 if days < 2 else 30
            )
    store.add(LATENCY, [NOW - 1.5 * DAY, NOW - 3 * DAY], [1.0, 1.0], now=NOW)
    assert window(store, 4 * DAY + 3600).count == whole.count + 2
    store.prune(now=NOW - DAY)
    assert window(store, 4 * DAY + 3600).count == whole.count + 2


def test_a_crowded_minute_at_the_edge_counts_whole_or_not(
    store: SampleStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(store, 600)
    exact = window(store, 100).count
    monkeypatch.setattr(rollups, "EDGE", 10)
    assert exact == 100
    # 1_700_000_000 is 20 seconds into its minute.
    assert (window(store, 100).count, window(store, 120).count) == (81, 141)


def test_too_many_label_sets_are_refused(
    store: SampleStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("swreg.monitoring.series.MOST_SERIES", 2)
    for number in range(2):
        fill(
            store, 1, series=Series(model="m", version="v", metric="q", labels={"id": str(number)})
        )
    with pytest.raises(UsageError, match="there are 2 series already"):
        fill(store, 1, series=Series(model="m", version="v", metric="q", labels={"id": "2"}))


WRITER = """
import sys
from pathlib import Path
from swreg.monitoring.batch import Series
from swreg.monitoring.samples import SampleStore
store = SampleStore(Path(sys.argv[1]))
series = Series(model="fraud", version="v1.0.0", metric="latency")
for n in range(50):
    store.add(series, [1_700_000_000.0 - n, 1_699_990_000.0], [1.0, 3.0], now=1_700_000_000.0)
"""


def test_several_writers_lose_nothing(path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(path)]
    running = [subprocess.Popen(command) for _ in range(4)]
    assert [one.wait() for one in running] == [0] * 4
    with SampleStore(path) as store:
        assert window(store).count == 400
        assert window(store).mean == pytest.approx(2.0)


def test_a_lock_is_waited_for_and_then_named(store: SampleStore, path: Path) -> None:
    fill(store, 1)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(EnvironmentFault, match="is locked; another program holds it; try again"):
        fill(store, 1)
    assert window(store).count == 1, "readers go on"
    other.execute("COMMIT")
    other.close()
    fill(store, 1)
    assert window(store).count == 2


def damaged(path: Path, kind: str) -> bytes:
    with SampleStore(path) as store:
        fill(store, 5000)
    data = bytearray(path.read_bytes())
    if kind == "text":
        data[:] = b"this is no database\n" * 500
    elif kind == "half":
        del data[4096:]
    else:
        data[4096:] = b"\xa5" * (len(data) - 4096)
    path.write_bytes(data)
    return bytes(data)


def test_a_file_of_another_kind_is_left_alone(path: Path) -> None:
    data = damaged(path, "text")
    with SampleStore(path) as store, pytest.raises(EnvironmentFault, match="is no sample store"):
        window(store)
    assert path.read_bytes() == data
    assert not list(path.parent.glob("*.corrupt-*"))


@pytest.mark.parametrize("kind", ["half", "scribbled"])
def test_a_corrupt_file_is_set_aside_and_kept(path: Path, kind: str) -> None:
    data = damaged(path, kind)
    with SampleStore(path) as store:
        with pytest.raises(EnvironmentFault, match=r"was corrupt and is now samples.db.corrupt-1"):
            window(store)
        aside = path.with_name("samples.db.corrupt-1")
        assert aside.read_bytes() == data
        fill(store, 3)
        assert window(store).count == 3
    damaged(path, kind)
    with SampleStore(path) as store, pytest.raises(EnvironmentFault, match="corrupt-2"):
        window(store)
    assert aside.read_bytes() == data


def test_a_broken_summary_is_damage_too(store: SampleStore, path: Path) -> None:
    fill(store, 5)
    other = sqlite3.connect(path)
    other.execute("UPDATE rollup SET buckets = x'0102'")
    other.commit()
    other.close()
    with pytest.raises(EnvironmentFault, match="was corrupt and is now"):
        window(store)


def test_two_programs_set_a_corrupt_file_aside_once(path: Path) -> None:
    with SampleStore(path) as early, SampleStore(path) as late:
        fill(early, 5)
        fill(late, 5)
        other = sqlite3.connect(path)
        other.execute("UPDATE rollup SET buckets = x'0102'")
        other.commit()
        other.close()
        with pytest.raises(EnvironmentFault, match="was corrupt and is now"):
            window(early)
        fill(early, 7)
        assert window(late).count == 7, "the new file is read, not the one set aside"
    assert not path.with_name("samples.db.corrupt-2").exists()


def test_a_database_of_another_program_is_left_alone(path: Path) -> None:
    path.parent.mkdir()
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE runs (id INTEGER)")
    other.commit()
    other.close()
    with SampleStore(path) as store:
        with pytest.raises(EnvironmentFault, match="is a database of another program"):
            fill(store, 1)
        with pytest.raises(EnvironmentFault, match="is a database of another program"):
            fill(store, 1)
    other = sqlite3.connect(path)
    assert other.execute("SELECT name FROM sqlite_schema").fetchall() == [("runs",)]
    other.close()


def test_a_newer_format_is_left_alone(store: SampleStore, path: Path) -> None:
    fill(store, 1)
    store.close()
    other = sqlite3.connect(path)
    other.execute("PRAGMA user_version = 9")
    other.close()
    with pytest.raises(EnvironmentFault, match="has format 9, this program knows 1; use the newer"):
        window(store)


def test_a_path_that_cannot_be_opened_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path, tmp_path / "file" / "samples.db"):
        with SampleStore(path) as store, pytest.raises(EnvironmentFault) as caught:
            window(store)
        assert "\n" not in str(caught.value)
        assert caught.value.exit_code == 5


def test_a_removed_file_is_begun_anew(store: SampleStore, path: Path) -> None:
    fill(store, 5)
    for tail in ("", "-wal", "-shm"):
        os.unlink(f"{path}{tail}")
    fill(store, 2)
    assert window(store).count == 2


def test_a_failed_batch_leaves_nothing_behind(
    store: SampleStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(store, 1)

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(rollups, "store", fail)
        with pytest.raises(KeyboardInterrupt):
            store.add(LATENCY, [NOW], [1.0], now=NOW, ids=["x"])
    assert store.add(LATENCY, [NOW], [1.0], now=NOW, ids=["x"]) == Receipt(stored=1)


def test_large_but_finite_figures_are_told_from_infinite_ones(store: SampleStore) -> None:
    queue = Series(model="fraud", version="v1.0.0", metric="queue")
    with pytest.raises(UsageError, match="is too large"):
        store.add(queue, [NOW, NOW], [1e308, 1e308], now=NOW)
    store.add(queue, [NOW, NOW], [1e99, -1e99], now=NOW)
    assert window(store, metric="queue").mean == 0.0


def test_an_empty_window_has_no_quantile(store: SampleStore) -> None:
    assert window(store).quantile(0.5) is None
    assert window(store).variance == 0.0

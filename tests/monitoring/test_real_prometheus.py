"""A real Prometheus server scrapes a real exporter, and its history decides a trigger."""

from __future__ import annotations

import random
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import MetricsHandler

from swreg.domain.decisions import evaluate
from swreg.domain.names import parse_reference
from swreg.domain.stage import Stage
from swreg.domain.triggers import Trigger, make_trigger
from swreg.errors import EnvironmentFault
from swreg.monitoring.prometheus import Prometheus, Unknown
from swreg.monitoring.promql import Query
from swreg.monitoring.web import exchange
from swreg.operations.monitoring.check import check
from swreg.operations.project import Project
from swreg.operations.promote import promote
from swreg.operations.register import register
from tests.conftest import Repo

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        shutil.which("prometheus") is None, reason="the program prometheus is not installed"
    ),
]
MODEL = {"model": "fraud", "version": "v3.1.0"}
PATIENCE = 30.0


class Service:
    """Serves two versions; the metrics are those that the default queries expect."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        names = list(MODEL)
        self.requests = Counter("model_requests", "Requests.", names, registry=self.registry)
        self.errors = Counter("model_errors", "Errors.", names, registry=self.registry)
        self.latency = Histogram("model_latency_seconds", "Latency.", names, registry=self.registry)
        self.accuracy = Gauge("model_accuracy", "Accuracy.", names, registry=self.registry)

    def work(self, requests: int, *, version: str, failing: float) -> None:
        labels = {"model": "fraud", "version": version}
        chance = random.Random(requests)
        self.accuracy.labels(**labels).set(0.75)
        for _ in range(requests):
            self.requests.labels(**labels).inc()
            self.latency.labels(**labels).observe(chance.uniform(0.26, 0.49))
            if chance.random() < failing:
                self.errors.labels(**labels).inc()


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def until_true(ask: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    """Ask again until it is so; a server that stopped or stays silent fails the test."""
    deadline = time.monotonic() + PATIENCE
    while not ask():
        assert process.poll() is None, "prometheus stopped by itself"
        assert time.monotonic() < deadline, "prometheus did not get there in time"
        threading.Event().wait(0.05)


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("prometheus")
    service = Service()
    handler = MetricsHandler.factory(service.registry)
    exporter = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=exporter.serve_forever, args=(0.05,), daemon=True).start()
    url = f"http://127.0.0.1:{free_port()}"
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command(folder, url, exporter.server_address[1]), stderr=log)
    try:
        until_true(lambda: answers(f"{url}/-/ready"), process)
        busy = iter(range(10_000))

        def scraped_twice_since_the_start() -> bool:
            # A counter that appears with its first value shows no increase; so it keeps rising.
            service.work(20 + next(busy) % 3, version="v3.1.0", failing=0.2)
            service.work(20, version="v3.0.0", failing=0.0)
            return known(url, 'sum(increase(model_requests_total{version="v3.1.0"}[60s])) > 60')

        until_true(scraped_twice_since_the_start, process)
        yield url
    finally:
        process.terminate()
        process.wait(PATIENCE)
        exporter.shutdown()
        exporter.server_close()


def command(folder: Path, url: str, exporter: int) -> list[str]:
    config = folder / "prometheus.yml"
    config.write_text(
        "scrape_configs:\n"
        "  - job_name: model\n"
        "    scrape_interval: 200ms\n"
        "    scrape_timeout: 200ms\n"
        f"    static_configs: [{{targets: ['127.0.0.1:{exporter}']}}]\n"
    )
    return [
        "prometheus",
        f"--config.file={config}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={url.removeprefix('http://')}",
        "--log.level=warn",
    ]


def answers(url: str) -> bool:
    try:
        return exchange(url, timeout=1.0).status == 200
    except EnvironmentFault:
        return False


def known(url: str, query: str) -> bool:
    try:
        return Prometheus(url).instant(query, at=time.time()) > 0
    except Unknown:
        return False


def observe(url: str, rule: Trigger, *, version: str = "v3.1.0", **words: Any) -> Any:
    source = Prometheus(url, **words)
    return source.observe(rule, model="fraud", version=version, until=time.time())


def test_a_failing_version_fires_and_its_elder_does_not(prometheus: str) -> None:
    rule = make_trigger(metric="error_rate", threshold=0.05, window="60s")
    failing = observe(prometheus, rule)
    assert 0.1 < failing.value < 0.3
    assert failing.samples > 60
    assert evaluate(rule, [failing], now=time.time()).outcome == "fire"
    fine = observe(prometheus, rule, version="v3.0.0")
    assert fine.value == 0.0, "no error was ever exported, but requests were"
    assert evaluate(rule, [fine], now=time.time()).outcome == "ok"


def test_a_version_that_serves_nothing_is_unknown(prometheus: str) -> None:
    for metric in ("error_rate", "latency", "accuracy", "throughput"):
        rule = make_trigger(metric=metric, threshold=0.5, window="60s")
        seen = observe(prometheus, rule, version="v9.9.9")
        assert seen.value is None
        assert seen.why in {"the query finds no series", "the query has the value nan"}


def test_the_latency_is_a_quantile_in_milliseconds(prometheus: str) -> None:
    rule = make_trigger(metric="latency", threshold=200, window="60s")
    seen = observe(prometheus, rule)
    assert 250 < seen.value <= 500
    assert evaluate(rule, [seen], now=time.time()).outcome == "fire"
    mean = make_trigger(metric="latency", threshold=200, window="60s", aggregate="mean")
    assert 260 < observe(prometheus, mean).value < 490


def test_a_score_and_a_rate_have_their_queries(prometheus: str) -> None:
    accuracy = observe(prometheus, make_trigger(metric="accuracy", threshold=0.8, window="60s"))
    assert accuracy.value == pytest.approx(0.75)
    assert accuracy.samples >= 1
    busy = observe(prometheus, make_trigger(metric="throughput", threshold=1, window="60s"))
    assert busy.value > 1


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("sum(", "refused the query: invalid parameter"),
        ("0 / 0", "has the value nan"),
        ("1 / 0", "has the value inf"),
        ("nothing_of_that_name", "finds no series"),
        ("model_requests_total", "series, and only one can be meant"),
        ("model_requests_total[1m]", "with matrix instead of a vector"),
        ("'text'", "with string instead of a vector"),
    ],
)
def test_what_the_server_cannot_tell_is_unknown(prometheus: str, query: str, why: str) -> None:
    rule = make_trigger(metric="error_rate", threshold=0.05)
    seen = observe(prometheus, rule, queries={"error_rate": Query(value=query)})
    assert seen.value is None
    assert why in seen.why


def test_a_range_shows_the_history(prometheus: str) -> None:
    now = time.time()
    query = 'model_accuracy{version="v3.1.0"}'
    found = Prometheus(prometheus).range(query, since=now - 10, until=now, step=1.0)
    assert found
    assert {value for _, value in found} == {0.75}
    assert all(now - 11 < at <= now + 1 for at, _ in found)


def deployed(repo: Repo, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both versions went live a minute ago, and figures come from the server."""
    with monkeypatch.context() as patch:
        for name in ("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"):
            patch.setenv(name, f"@{int(time.time()) - 60} +0000")
        for version in ("v3.0.0", "v3.1.0"):
            artifact = repo.path.parent / "model.bin"
            artifact.write_bytes(version.encode())
            register(Project.open(repo.path), "fraud", artifact=artifact, version=version)
            for stage in (Stage.STAGING, Stage.PRODUCTION):
                promote(Project.open(repo.path), parse_reference("fraud", version), to=stage)
    repo.write(
        ".specweave/model-registry.yaml",
        f"schema: 1\nmonitoring:\n  prometheus: {url}\n  triggers:\n"
        "    - {metric: error_rate, threshold: 0.05, window: 1m}\n",
    )
    repo.commit("chore: watch the errors")


def test_a_check_rolls_back_by_what_the_server_says(
    repo: Repo, prometheus: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed(repo, prometheus, monkeypatch)
    outcome = check(Project.open(repo.path), now=time.time())
    assert [one.action for one in outcome.data] == ["rolled-back"]
    assert "error_rate mean above 0.05 over 1m: 0." in outcome.records[0].event.reason
    assert str(Project.open(repo.path).registry().model("fraud")[1].production) == "v3.0.0"


def test_a_check_without_its_server_is_a_failure_and_rolls_nothing_back(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed(repo, f"http://127.0.0.1:{free_port()}", monkeypatch)
    before = repo.head
    outcome = check(Project.open(repo.path), now=time.time())
    assert outcome.exit_code == 5
    assert "no answer from" in outcome.warnings[0]
    assert repo.head == before

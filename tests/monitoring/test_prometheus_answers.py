"""What a server says that is down, broken or lying is unknown, never good and never a trigger."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from swreg.domain.decisions import evaluate
from swreg.domain.triggers import make_trigger
from swreg.errors import UsageError
from swreg.monitoring.prometheus import Prometheus, Unknown
from swreg.monitoring.promql import Query, fill, query_of

NOW = 1_700_000_000.0
RULE = make_trigger(metric="error_rate", threshold=0.05, window="15m")


def vector(*values: str, at: float = NOW, **more: Any) -> tuple[int, dict[str, str], bytes]:
    result = [{"metric": {}, "value": [at, value]} for value in values]
    return answer({"resultType": "vector", "result": result}, **more)


def answer(data: object, **more: Any) -> tuple[int, dict[str, str], bytes]:
    return 200, {}, json.dumps({"status": "success", "data": data, **more}).encode()


def observe(url: str, **words: Any) -> Any:
    source = Prometheus(url, timeout=2.0, **words)
    return source.observe(RULE, model="fraud", version="v1.0.0", until=NOW)


def test_a_figure_comes_with_its_samples(serve: Callable[..., Any]) -> None:
    server = serve(vector("0.08"), vector("412.7"))
    seen = observe(server.url + "/", headers={"Authorization": "Bearer x"})
    assert (seen.value, seen.samples, seen.until) == (0.08, 412, NOW)
    assert evaluate(RULE, [seen], now=NOW).outcome == "fire"
    assert [one.path for one in server.received] == ["/api/v1/query"] * 2
    assert server.received[0].headers["authorization"] == "Bearer x"
    assert b"time=1700000000.0" in server.received[0].body


def test_without_a_query_for_samples_an_answer_is_one_sample(serve: Callable[..., Any]) -> None:
    server = serve(answer({"resultType": "scalar", "result": [NOW, "0.5"]}))
    seen = observe(server.url, queries={"error_rate": Query(value="scalar(x)")})
    assert (seen.value, seen.samples) == (0.5, 1)
    assert evaluate(RULE, [seen], now=NOW).why == "1 of at least 30 samples"


LIES: dict[str, tuple[tuple[int, dict[str, str], bytes], str]] = {
    "empty": (vector(), "finds no series"),
    "nan": (vector("NaN"), "has the value nan"),
    "infinite": (vector("+Inf"), "has the value inf"),
    "two": (vector("1", "2"), "gives 2 series, and only one can be meant"),
    "old": (vector("0", at=NOW - 3600), "of another time than was asked for"),
    "no time": (vector("0", at=float("nan")), "of another time than was asked for"),
    "number": (answer({"resultType": "vector", "result": [{"value": [NOW, 0.0]}]}), "no time with"),
    "word": (vector("good"), "no time with a value"),
    "shape": (answer({"resultType": "vector", "result": [1]}), "None is no time with a value"),
    "object": (answer({"resultType": "vector", "result": {}}), "instead of a vector"),
    "matrix": (answer({"resultType": "matrix", "result": []}), "with matrix instead of a vector"),
    "no data": (answer(None), "with None instead of a vector"),
    "warned": (vector("0", warnings=["a store is down"]), "warns: ['a store is down']"),
    "bad": (
        (400, {}, b'{"status":"error","errorType":"bad_data","error":"parse\\u001b error"}'),
        "refused the query: parse\\x1b error",
    ),
    "unavailable": ((503, {}, b"try later"), "refused the query: status 503"),
    "moved": ((302, {"Location": "http://127.0.0.1:1/"}, b""), "refused the query: status 302"),
    "page": ((200, {}, b"<html>log in</html>"), "status 200, not as Prometheus answers"),
    "list": ((200, {}, b"[]"), "refused the query: status 200"),
    "deep": ((200, {}, b"[" * 200_000), "refused the query: status 200"),
    "huge": ((200, {}, b" " * 9_000_000), "is larger than 8388608 bytes"),
    "cut": ((200, {"Content-Length": "99"}, b"{}"), "was cut off"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_unknown(serve: Callable[..., Any], lie: str) -> None:
    reply, why = LIES[lie]
    seen = observe(serve(reply).url)
    assert seen.value is None
    assert why in seen.why
    assert "\n" not in seen.why
    assert evaluate(RULE, [seen], now=NOW).outcome == "unknown"


@pytest.mark.parametrize(
    ("lie", "failed"), [("empty", False), ("nan", False), ("two", True), ("old", True)]
)
def test_a_source_that_answers_wrongly_failed_and_one_without_figures_did_not(
    serve: Callable[..., Any], lie: str, failed: bool
) -> None:
    assert observe(serve(LIES[lie][0]).url).failed is failed


def test_a_query_that_is_not_answered_is_asked_once(serve: Callable[..., Any]) -> None:
    server = serve((503, {}, b""))
    source = Prometheus(server.url)
    for until in (NOW - 60, NOW):
        assert source.observe(RULE, model="fraud", version="v1.0.0", until=until).failed
    assert len(server.received) == 1


def test_samples_that_are_unknown_make_the_figure_unknown(serve: Callable[..., Any]) -> None:
    assert observe(serve(vector("0.9"), vector("NaN")).url).value is None
    assert observe(serve(vector("0.9"), vector("-5")).url).samples == 0


def test_a_server_that_is_down_is_unknown_and_its_password_unseen() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    seen = observe(f"http://ada:secret@127.0.0.1:{port}")
    assert seen.value is None
    assert f"no answer from http://127.0.0.1:{port}/api/v1/query: " in seen.why
    assert "secret" not in seen.why


def test_a_password_in_the_address_is_sent_as_it_should_be(serve: Callable[..., Any]) -> None:
    server = serve(vector("0"))
    observe(server.url.replace("//", "//ada:s%40cret@"))
    assert server.received[0].headers["authorization"] == "Basic YWRhOnNAY3JldA=="


@pytest.mark.parametrize("drip", ["nothing", "headers", "body"])
def test_a_server_that_never_ends_is_given_up(drip: str) -> None:
    over = threading.Event()

    def babble(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection:
            if drip == "body":
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            if drip == "headers":
                connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            while drip != "nothing" and not over.wait(0.02):
                try:
                    connection.sendall(b"x")
                except OSError:
                    return
            over.wait(5)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=babble, args=(listening,))
        thread.start()
        source = Prometheus(f"http://127.0.0.1:{listening.getsockname()[1]}", timeout=0.3)
        seen = source.observe(RULE, model="fraud", version="v1.0.0", until=NOW)
        over.set()
        thread.join()
    assert seen.value is None
    assert ("did not end in time" if drip == "body" else "timed out") in seen.why


def test_a_range_leaves_its_gaps_out(serve: Callable[..., Any]) -> None:
    series = {"metric": {}, "values": [[NOW - 60, "1"], [NOW - 30, "NaN"], [NOW, "3"]]}
    server = serve(answer({"resultType": "matrix", "result": [series]}))
    found = Prometheus(server.url).range("up", since=NOW - 60, until=NOW, step=30)
    assert found == [(NOW - 60, 1.0), (NOW, 3.0)]


@pytest.mark.parametrize(
    "data",
    [
        {"resultType": "vector", "result": []},
        {"resultType": "matrix", "result": []},
        {"resultType": "matrix", "result": [1]},
        {"resultType": "matrix", "result": [{"values": ["x"]}]},
    ],
)
def test_a_range_that_is_none_is_unknown(serve: Callable[..., Any], data: object) -> None:
    with pytest.raises(Unknown):
        Prometheus(serve(answer(data)).url).range("up", since=NOW - 60, until=NOW, step=30)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.org", "localhost:9090", ""])
def test_an_address_that_is_not_on_the_web_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="is no web address"):
        observe(url)


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ({"metric": "latency", "threshold": 1}, "1000 * histogram_quantile($quantile,"),
        ({"metric": "latency", "threshold": 1, "aggregate": "mean"}, "model_latency_seconds_sum"),
        ({"metric": "throughput", "threshold": 1}, "rate(model_requests_total"),
        ({"metric": "accuracy", "threshold": 1}, "avg(avg_over_time(model_accuracy{"),
        ({"metric": "rmse", "threshold": 1, "aggregate": "max"}, "max(max_over_time(model_rmse{"),
    ],
)
def test_known_metrics_have_a_query(words: dict[str, Any], part: str) -> None:
    query = query_of(make_trigger(**words))
    assert part in query.value
    assert query.samples


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ({"metric": "queue", "direction": "above"}, "no default query for queue mean"),
        ({"metric": "precision@10"}, "no default query for precision@10 mean"),
        ({"metric": "accuracy", "aggregate": "p50"}, "no default query for accuracy p50"),
        ({"metric": "latency", "aggregate": "max"}, "a histogram does not tell the max"),
    ],
)
def test_what_has_no_query_is_refused(words: dict[str, Any], line: str) -> None:
    with pytest.raises(UsageError, match=line):
        query_of(make_trigger(**{"threshold": 1, **words}))


def test_a_query_with_an_unknown_word_is_refused() -> None:
    for template in ("up{x='$stage'}", "up $"):
        with pytest.raises(UsageError, match=r"known are \$model, \$version, \$window"):
            fill(template, RULE, model="m", version="v")

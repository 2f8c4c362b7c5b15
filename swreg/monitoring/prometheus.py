"""A Prometheus server as a source. What it cannot tell for certain is unknown, never good.

Answers are read as https://prometheus.io/docs/prometheus/latest/querying/api describes them, and
nothing in them is believed before it was checked: shape, number of series, time and value.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from swreg.domain.decisions import Observation
from swreg.domain.names import visible
from swreg.domain.readings import outside
from swreg.domain.triggers import Trigger
from swreg.errors import EnvironmentFault
from swreg.monitoring.promql import Query, fill, query_of
from swreg.monitoring.web import exchange, shown

_CLOCKS = 60.0
"""By how many seconds the time of an answer may differ from the time asked for."""


class Unknown(Exception):
    """The server gave no answer that can be used; the message says why."""


class Unreachable(Unknown):
    """The server gave no answer at all, refused the question, or answered to another one."""


class Prometheus:
    """The server at `url`, given `timeout` seconds for each answer.

    `queries` replace the default ones by metric; `headers` go with every request, for instance an
    Authorization.
    """

    def __init__(
        self,
        url: str,
        *,
        queries: Mapping[str, Query] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = 10.0,
    ) -> None:
        self._url = url.rstrip("/")
        self._queries = queries or {}
        self._headers = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        self._timeout = timeout
        self._silent: dict[str, Unreachable] = {}

    def observe(self, trigger: Trigger, *, model: str, version: str, until: float) -> Observation:
        """The trigger's figure over the window that ends at `until`; never raises for the server's
        sake, only `UsageError` for a wrong configuration.
        """
        query = query_of(trigger, self._queries)
        asked = [
            fill(text, trigger, model=model, version=version)
            for text in (query.value, query.samples)
            if text is not None
        ]
        try:
            if query.value in self._silent:
                raise self._silent[query.value]
            value, *rest = (self.instant(text, at=until) for text in asked)
        except Unknown as why:
            failed = isinstance(why, Unreachable)
            if isinstance(why, Unreachable):
                # One time-out for each query is enough: what triggers look at adds up.
                self._silent[query.value] = why
            return Observation(until=until, value=None, why=str(why), failed=failed)
        count = rest[0] if rest else 1.0
        value, fault = _possible(trigger, value)
        if fault is None and count < 0:
            fault = f"{trigger.metric} rests on {count:g} samples"
        if fault is not None:
            said = f"the answer {value:g} is impossible: {fault}"
            return Observation(until=until, value=None, why=said, failed=True)
        return Observation(until=until, value=value, samples=int(count))

    def instant(self, query: str, *, at: float) -> float:
        """The one number that the query has at a time; raises `Unknown` where there is none."""
        data = self._ask("query", {"query": query, "time": repr(at)})
        kind, result = data.get("resultType"), data.get("result")
        if kind == "scalar":
            return _number(result, at)
        if kind != "vector" or not isinstance(result, list):
            raise Unknown(f"{shown(self._url)} answered with {_brief(kind)} instead of a vector")
        if len(result) != 1:
            # No series is missing data; several are a wrong query, which would never fire.
            raise (Unreachable if result else Unknown)(_how_many(len(result)))
        return _number(result[0].get("value") if isinstance(result[0], dict) else None, at)

    def range(
        self, query: str, *, since: float, until: float, step: float
    ) -> list[tuple[float, float]]:
        """Times and values of the one series that the query gives, gaps left out."""
        words = {"query": query, "start": repr(since), "end": repr(until), "step": repr(step)}
        data = self._ask("query_range", words)
        result = data.get("result")
        if data.get("resultType") != "matrix" or not isinstance(result, list):
            raise Unknown(f"{shown(self._url)} did not answer with a matrix")
        if len(result) != 1:
            raise Unknown(_how_many(len(result)))
        values = result[0].get("values") if isinstance(result[0], dict) else None
        if not isinstance(values, list):
            raise Unknown("a series without values")
        pairs = [_pair(one) for one in values]
        return [(at, value) for at, value in pairs if math.isfinite(value)]

    def _ask(self, what: str, words: Mapping[str, str]) -> Mapping[str, Any]:
        body = urlencode({**words, "timeout": f"{max(1, math.ceil(self._timeout))}s"}).encode()
        url = f"{self._url}/api/v1/{what}"
        try:
            reply = exchange(url, timeout=self._timeout, body=body, headers=self._headers)
        except EnvironmentFault as fault:
            raise Unreachable(fault.what) from fault
        answer = _json(reply.body)
        if reply.status != 200 or answer.get("status") != "success":
            said = _brief(
                answer.get("error") or f"status {reply.status}, not as Prometheus answers"
            )
            raise Unreachable(f"{shown(self._url)} refused the query: {said}")
        if answer.get("warnings"):
            # A warning means that part of the data is missing from an answer that looks whole.
            raise Unknown(f"{shown(self._url)} warns: {_brief(answer['warnings'])}")
        data = answer.get("data")
        return data if isinstance(data, dict) else {}


def _json(body: bytes) -> Mapping[str, Any]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _pair(raw: Any) -> tuple[float, float]:
    # A value comes as text ("0.08", "NaN", "+Inf"), its time as a number.
    if isinstance(raw, list) and len(raw) == 2:
        at, value = raw
        if isinstance(value, str) and type(at) in (int, float):
            try:
                return float(at), float(value)
            except (ValueError, OverflowError):
                pass
    raise Unknown(f"{_brief(raw)} is no time with a value")


def _number(raw: Any, at: float) -> float:
    found_at, value = _pair(raw)
    if not math.isfinite(value):
        raise Unknown(f"the query has the value {value}")
    if not abs(found_at - at) <= _CLOCKS:
        raise Unreachable("the answer is of another time than was asked for")
    return value


_EXTRAPOLATED = 1.1
"""Up to here a ratio of two counters is one: each is extrapolated to its window on its own."""


def _possible(trigger: Trigger, value: float) -> tuple[float, str | None]:
    """The value as it is believed, and why it cannot be one of the metric."""
    if trigger.aggregate in ("count", "rate"):
        return value, f"a {trigger.aggregate} is never negative" if value < 0 else None
    if trigger.metric == "error_rate" and 1 < value <= _EXTRAPOLATED:
        return 1.0, None
    return value, outside(trigger.metric, value)


def _how_many(count: int) -> str:
    if not count:
        return "the query finds no series"
    return f"the query gives {count} series, and only one can be meant"


def _brief(raw: object) -> str:
    return visible(str(raw))[:160]

"""The PromQL that asks a Prometheus server for a metric of one version over a window.

By default a service is expected to export, with the labels `model` and `version`:
counters `model_requests_total` and `model_errors_total`, a histogram `model_latency_seconds`, and
a gauge `model_<metric>` for every score and loss. The configuration may put any other query in
their place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from string import Template

from swreg.domain.readings import quantile_of, reading_of
from swreg.domain.triggers import Trigger
from swreg.errors import UsageError

_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*", re.ASCII)
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})
_SELECTOR = '{model="$model",version="$version"}'


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """How a metric is asked for.

    `$model`, `$version`, `$window` (as `900s`) and `$quantile` are filled in. `value` must give
    one number, in the unit of the metric; `samples` how many samples that number rests on. Where
    `samples` is not given an answer counts as a single sample.
    """

    value: str
    samples: str | None = None


_REQUESTS = f"sum(increase(model_requests_total{_SELECTOR}[$window]))"
_MEAN_LATENCY = (
    f"sum(increase(model_latency_seconds_sum{_SELECTOR}[$window]))"
    f" / sum(increase(model_latency_seconds_count{_SELECTOR}[$window]))"
)
_SOME_LATENCY = (
    "histogram_quantile($quantile, "
    f"sum by (le) (rate(model_latency_seconds_bucket{_SELECTOR}[$window])))"
)


def query_of(trigger: Trigger, configured: Mapping[str, Query] | None = None) -> Query:
    """The configured query of the trigger's metric, else the default one.

    Raises `UsageError` where there is no query that gives the trigger's aggregate.
    """
    own = (configured or {}).get(trigger.metric)
    if own is not None:
        return own
    if trigger.metric in ("latency", "latency_ms"):
        return _latency(trigger)
    if trigger.metric == "error_rate" and trigger.aggregate == "mean":
        errors = f"sum(increase(model_errors_total{_SELECTOR}[$window]))"
        # A service that never failed exports no errors: with requests, that is a rate of zero.
        return Query(value=f"({errors} or 0 * {_REQUESTS}) / {_REQUESTS}", samples=_REQUESTS)
    if trigger.metric == "throughput" and trigger.aggregate == "rate":
        return Query(
            value=f"sum(rate(model_requests_total{_SELECTOR}[$window]))", samples=_REQUESTS
        )
    named = reading_of(trigger.metric) is not None and _NAME.fullmatch(trigger.metric)
    if named and trigger.aggregate in ("mean", "min", "max"):
        outer = {"mean": "avg"}.get(trigger.aggregate, trigger.aggregate)
        series = f"model_{trigger.metric}{_SELECTOR}[$window]"
        return Query(
            value=f"{outer}({outer}_over_time({series}))", samples=f"sum(count_over_time({series}))"
        )
    raise UsageError(
        f"there is no default query for {trigger.metric} {trigger.aggregate}",
        "put one into the configuration",
    )


def _latency(trigger: Trigger) -> Query:
    samples = f"sum(increase(model_latency_seconds_count{_SELECTOR}[$window]))"
    if quantile_of(trigger.aggregate) is not None:
        return Query(value=f"1000 * {_SOME_LATENCY}", samples=samples)
    if trigger.aggregate == "mean":
        return Query(value=f"1000 * {_MEAN_LATENCY}", samples=samples)
    raise UsageError(
        f"a histogram does not tell the {trigger.aggregate} of {trigger.metric}",
        "use mean or a quantile such as p95, or configure a query",
    )


def fill(template: str, trigger: Trigger, *, model: str, version: str) -> str:
    """The query with its words filled in; texts are escaped, so that none can change the query.

    >>> from swreg.domain.triggers import make_trigger
    >>> rule = make_trigger(metric="latency", threshold=200, window="15m")
    >>> fill('up{m="$model"}[$window]', rule, model='a"b', version="v1.0.0")
    'up{m="a\\\\"b"}[900s]'
    """
    words = {
        "model": model.translate(_ESCAPES),
        "version": version.translate(_ESCAPES),
        "window": f"{max(1, round(trigger.window))}s",
        "quantile": f"{quantile_of(trigger.aggregate) or 0:g}",
    }
    try:
        return Template(template).substitute(words)
    except (KeyError, ValueError) as error:
        raise UsageError(
            f"the query {template[:80]!r} has an unknown word: {error}",
            "known are $model, $version, $window, $quantile; a dollar sign itself is $$",
        ) from error

"""The registry's own state in the Prometheus text format, version 0.0.4.

Format: https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from swreg.domain.decisions import Decision, Outcome

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_IN_LABEL = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})
_IN_HELP = str.maketrans({"\\": "\\\\", "\n": "\\n"})
_Line = tuple[Mapping[str, str], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """A version in a stage, and since when (seconds since the epoch, UTC) where that is known."""

    model: str
    version: str
    stage: str
    since: float | None = None
    held: bool = False


def exposition(
    deployed: Sequence[Deployed], decisions: Mapping[str, Sequence[Decision]] | None = None
) -> str:
    """What stands in which stage, and what the triggers of each model say.

    >>> print(exposition([Deployed(model="m", version="v1.0.0", stage="production")]), end="")
    # HELP swreg_version_in_stage 1 for a version of a model that is in the stage.
    # TYPE swreg_version_in_stage gauge
    swreg_version_in_stage{model="m",version="v1.0.0",stage="production"} 1
    """
    judged = [(model, one) for model, some in (decisions or {}).items() for one in some]
    families = (
        (
            "swreg_version_in_stage",
            "1 for a version of a model that is in the stage.",
            [(_labels(one), 1.0) for one in deployed],
        ),
        (
            "swreg_version_in_stage_since_seconds",
            "When the version entered the stage, in seconds since the epoch.",
            [(_labels(one), one.since) for one in deployed if one.since is not None],
        ),
        (
            "swreg_version_held",
            "1 for a version that was rolled back and may not be promoted.",
            [(_labels(one), 1.0) for one in deployed if one.held],
        ),
        (
            "swreg_trigger_state",
            "1 for what the trigger says now, 0 for what it does not say.",
            [line for model, one in judged for line in _states(model, one)],
        ),
        (
            "swreg_trigger_observed",
            "The figure that the trigger saw.",
            _figures(judged, "observed"),
        ),
        ("swreg_trigger_limit", "The limit that the trigger holds.", _figures(judged, "limit")),
        ("swreg_trigger_samples", "On how many samples it rests.", _figures(judged, "samples")),
    )
    return "".join(_family(*family) for family in families)


def _labels(one: Deployed) -> dict[str, str]:
    return {"model": one.model, "version": one.version, "stage": one.stage}


def _states(model: str, decision: Decision) -> list[_Line]:
    return [
        (
            {"model": model, "metric": decision.metric, "state": state},
            float(decision.outcome == state),
        )
        for state in get_args(Outcome)
    ]


def _figures(judged: Iterable[tuple[str, Decision]], field: str) -> list[_Line]:
    # A figure that is unknown has no line at all: a zero would look like a measurement.
    return [
        ({"model": model, "metric": decision.metric}, value)
        for model, decision in judged
        if (value := getattr(decision, field)) is not None
    ]


def _family(name: str, meaning: str, lines: Sequence[_Line]) -> str:
    if not lines:
        return ""
    head = f"# HELP {name} {meaning.translate(_IN_HELP)}\n# TYPE {name} gauge\n"
    return head + "".join(
        f"{name}{{{_label_text(labels)}}} {value:.17g}\n" for labels, value in lines
    )


def _label_text(labels: Mapping[str, str]) -> str:
    return ",".join(f'{name}="{value.translate(_IN_LABEL)}"' for name, value in labels.items())

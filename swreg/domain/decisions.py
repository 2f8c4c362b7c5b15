"""Whether a monitored figure asks for a rollback, decided from facts alone.

`evaluate` is a function of what was observed, what the trigger says and when it fired last. It
keeps no state, so two machines that see the same figures decide the same. Missing figures are
`unknown`: they never fire and they never count as good. Times are seconds since the epoch, UTC.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from swreg.domain.duration import duration_text
from swreg.domain.triggers import Trigger

Outcome = Literal["ok", "unknown", "pending", "fire"]
_Verdict = tuple[Outcome, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One window as a source saw it; it ends at `until`.

    `value` is None where the source could not tell, and `why` then says why not; `failed` marks
    a source that could not be asked at all.
    """

    until: float
    value: float | None
    samples: int = 0
    why: str = ""
    failed: bool = False

    @property
    def known(self) -> float | None:
        """The value where it is a finite number."""
        return self.value if self.value is not None and math.isfinite(self.value) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the trigger says now, with the evidence.

    `limit` is the threshold in the metric's own unit; `margin` how far the figure is on the good
    side of it, negative in a breach. `until` ends the window of `window` seconds. `failed` says
    that it is unknown because the source could not be asked.
    """

    metric: str
    outcome: Outcome
    why: str
    until: float
    window: float
    samples: int = 0
    observed: float | None = None
    limit: float | None = None
    margin: float | None = None
    failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What came before: when the trigger fired for this model, and whether that is not over."""

    last_fired: float | None = None
    firing: bool = False


NEVER = Past()


def evaluate(
    trigger: Trigger,
    observations: Sequence[Observation],
    *,
    now: float,
    baseline: float | None = None,
    past: Past = NEVER,
) -> Decision:
    """Decide from windows observed at `instants(trigger, now)`.

    `baseline` is the figure that a relative threshold refers to.

    >>> from swreg.domain.triggers import make_trigger
    >>> slow = Observation(until=900.0, value=250.0, samples=400)
    >>> decision = evaluate(make_trigger(metric="latency", threshold=200), [slow], now=900.0)
    >>> decision.outcome, decision.margin
    ('fire', -50.0)
    """
    latest = max(observations, key=lambda one: one.until, default=_nothing(now))
    limit = limit_of(trigger, baseline)
    margin = _margin(trigger, latest, limit)
    outcome, why = _untrusted(trigger, observations, now, past) or _judge(
        trigger, latest, margin, limit
    )
    if outcome == "fire":
        held_back = _brief(trigger, observations, latest.until, limit)
        outcome, why = held_back or _cooling(trigger, now, past) or (outcome, why)
    elif outcome == "ok" and past.firing:
        outcome, why = _not_recovered(trigger, margin, limit) or (outcome, why)
    return Decision(
        metric=trigger.metric,
        outcome=outcome,
        why=why,
        until=latest.until,
        window=trigger.window,
        samples=latest.samples,
        observed=latest.known,
        limit=limit,
        margin=margin,
        failed=latest.failed,
    )


def limit_of(trigger: Trigger, baseline: float | None) -> float | None:
    """The threshold in the metric's unit; None where a relative one has no usable baseline."""
    if trigger.relative_to is None:
        return trigger.threshold
    if baseline is None or not math.isfinite(baseline) or baseline == 0:
        return None
    worse = abs(baseline) * trigger.threshold
    return baseline + worse if trigger.direction == "above" else baseline - worse


def _nothing(now: float) -> Observation:
    return Observation(until=now, value=None, why="nothing was observed")


def _margin(trigger: Trigger, seen: Observation, limit: float | None) -> float | None:
    if limit is None or seen.known is None:
        return None
    return limit - seen.known if trigger.direction == "above" else seen.known - limit


def _untrusted(
    trigger: Trigger, observations: Sequence[Observation], now: float, past: Past
) -> _Verdict | None:
    # A clock that went back would make an old window look new, or a cool-down last for years.
    if observations and now - max(one.until for one in observations) > trigger.window:
        return "unknown", "the latest window is older than a whole window"
    if any(one.until > now for one in observations):
        return "unknown", "a window ends in the future: the clock went back"
    if past.last_fired is not None and past.last_fired > now:
        return "unknown", "the trigger last fired in the future: the clock went back"
    return None


def _judge(
    trigger: Trigger, seen: Observation, margin: float | None, limit: float | None
) -> _Verdict:
    if seen.known is None:
        return "unknown", seen.why or "there is no figure for the window"
    if seen.samples < trigger.min_samples:
        return "unknown", f"{seen.samples} of at least {trigger.min_samples} samples"
    if margin is None or limit is None:
        return "unknown", f"there is no {trigger.relative_to} figure to compare with"
    side = "within" if margin >= 0 else trigger.direction
    return "ok" if margin >= 0 else "fire", f"{seen.known:.6g} is {side} the limit {limit:.6g}"


def _brief(
    trigger: Trigger, observations: Sequence[Observation], end: float, limit: float | None
) -> _Verdict | None:
    begin = end - trigger.for_
    within = [one for one in observations if one.until >= begin]
    lasting = all(
        _judge(trigger, one, _margin(trigger, one, limit), limit)[0] == "fire" for one in within
    )
    if lasting and min(one.until for one in within) <= begin:
        return None
    return "pending", f"the breach has not lasted {duration_text(trigger.for_)} yet"


def _cooling(trigger: Trigger, now: float, past: Past) -> _Verdict | None:
    if past.last_fired is None or now - past.last_fired >= trigger.cool_down:
        return None
    left = math.ceil(trigger.cool_down - (now - past.last_fired))
    return "pending", f"cooling down for another {duration_text(left)}"


def _not_recovered(trigger: Trigger, margin: float | None, limit: float | None) -> _Verdict | None:
    needed = trigger.hysteresis * abs(limit or 0.0)
    if margin is not None and margin >= needed:
        return None
    return "pending", f"back within the limit, but not yet by {needed:.6g}"

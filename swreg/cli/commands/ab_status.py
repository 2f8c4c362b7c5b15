"""`ab-status`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from swreg.cli.commands.ab_assign import Model
from swreg.cli.options import Placed
from swreg.cli.output import Block, Facts, Shown

if TYPE_CHECKING:
    from swreg.operations.ab.deciding import AbStatus


def command(shared: Placed, name: Model) -> Shown:
    """Looking often does no harm: what is shown stays valid however often somebody looks."""
    from swreg.operations.ab.deciding import look

    outcome = look(shared.project(), name, now=time.time())
    return Shown(outcome, told(outcome.data))


def told(seen: AbStatus) -> Iterator[Block]:
    """The test and its result in lines."""
    test, result = seen.test, seen.result
    low, high = result.interval
    said = seen.conclusion or result.verdict
    yield f"{test.model} {test.treatment} against {test.control}: {said}"
    yield f"{result.why}"
    if test.ended is not None:
        yield f"ended at {test.ended}: {test.why}"
    yield Facts(
        {
            "metric": result.metric,
            "control": f"{result.control.mean:.6g} in {result.control.count}",
            "treatment": f"{result.treatment.mean:.6g} in {result.treatment.count}",
            "effect": f"{result.effect:+.6g}, interval {low:.6g} to {high:.6g}",
            "p-value": f"{result.p_value:.4g} (always valid)",
            "single look": _single(seen),
            "sample ratio": "as dealt" if result.sample_ratio_ok else "not as dealt",
            "power": None if result.power is None else f"{result.power:.0%}",
            "detectable": f"{result.detectable_effect:.4g}",
            "guard-rails": [f"{one.metric} {one.state}" for one in result.guard_rails],
            "started": test.started,
            "ends": f"{seen.ends}{' (over)' if seen.over else ''}",
        }
    )


def _single(seen: AbStatus) -> str | None:
    """The textbook's p-value, which before the planned end says nothing."""
    if seen.fixed is None:
        return None
    if not seen.over:
        return f"{seen.fixed.name} counts at the planned end only, and decides nothing"
    return f"{seen.fixed.p_value:.4g} ({seen.fixed.name})"

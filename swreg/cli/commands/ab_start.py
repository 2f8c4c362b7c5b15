"""`ab-start`."""

from __future__ import annotations

from typing import Annotated, get_args

from typer import Argument, Option

from swreg.cli import words
from swreg.cli.options import Writing
from swreg.cli.output import Shown, changed
from swreg.domain.names import parse_name, parse_reference
from swreg.domain.readings import Direction
from swreg.errors import UsageError

Text = str | None


def command(
    shared: Writing,
    name: Annotated[str, Argument(metavar="NAME", help="The model.")],
    metric: Annotated[
        Text, Option("--metric", metavar="NAME", help="What is compared; else the primary one.")
    ] = None,
    control: Annotated[
        Text, Option("--control", metavar="VERSION", help="Else what is in production.")
    ] = None,
    treatment: Annotated[
        Text, Option("--treatment", metavar="VERSION", help="Else what is in staging.")
    ] = None,
    split: Annotated[
        float, Option("--split", metavar="SHARE", help="The treatment's share of keys.")
    ] = 0.1,
    days: Annotated[float, Option("--days", metavar="N", help="How long it is to run.")] = 7.0,
    direction: Annotated[
        Text, Option("--direction", metavar="SIDE", help="The bad side: above or below.")
    ] = None,
    alpha: Annotated[
        float, Option("--alpha", metavar="CHANCE", help="To be wrong about no difference.")
    ] = 0.05,
    minimum_effect: Annotated[
        float | None,
        Option("--minimum-effect", metavar="X", help="The smallest difference that matters."),
    ] = None,
    minimum_samples: Annotated[
        int, Option("--minimum-samples", metavar="N", help="What each version needs.")
    ] = 100,
    guard_rail: Annotated[
        list[str] | None,
        Option("--guard-rail", metavar="METRIC=MARGIN", help="Must not get worse; repeatable."),
    ] = None,
    outcomes: Annotated[
        str,
        Option("--outcomes", metavar="FROM", help="keys (ab record), samples, or prometheus."),
    ] = "keys",
) -> Shown:
    """Compares staging with production, or any two versions, on live outcomes."""
    from swreg.operations.ab.plan import Outcomes, Plan
    from swreg.operations.ab.start import start

    parse_name(name)
    project = shared.project()
    plan = Plan(
        metric=metric or project.policy.metrics.primary,
        split=split,
        days=days,
        bad=words.choice(direction, get_args(Direction), kind="direction") if direction else None,
        alpha=alpha,
        minimum_effect=minimum_effect,
        minimum_samples=minimum_samples,
        guard_rails=dict(_margin(word) for word in guard_rail or ()),
        outcomes=words.choice(outcomes, get_args(Outcomes), kind="source of outcomes"),
    )
    outcome = start(
        project,
        name,
        plan,
        control=parse_reference(name, control) if control else None,
        treatment=parse_reference(name, treatment) if treatment else None,
        reason=shared.reason,
        options=shared.options(),
    )
    return changed(outcome)


def _margin(word: str) -> tuple[str, float]:
    metric, _, margin = word.partition("=")
    try:
        return metric, float(margin or 0)
    except ValueError:
        raise UsageError(
            f"--guard-rail {word!r} is not METRIC=MARGIN", "write latency=10"
        ) from None

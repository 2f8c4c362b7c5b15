"""`monitor-trigger`."""

from __future__ import annotations

from typing import Annotated, Any, get_args

from typer import Argument, Option

from swreg.cli import words
from swreg.cli.options import Writing
from swreg.cli.output import Shown, changed
from swreg.domain.policy import TriggerRule
from swreg.domain.readings import Direction
from swreg.domain.triggers import Baseline, Mode
from swreg.errors import UsageError

Text = str | None


def command(
    shared: Writing,
    metric: Annotated[str, Argument(metavar="METRIC", help="Like error_rate.")],
    threshold: Annotated[
        float | None, Argument(metavar="THRESHOLD", help="In the metric's unit, or a fraction.")
    ] = None,
    model: Annotated[Text, Option("--model", metavar="NAME", help="Else every model.")] = None,
    window: Annotated[str, Option("--window", metavar="TIME", help="Of the figure.")] = "24h",
    direction: Annotated[
        Text, Option("--direction", metavar="SIDE", help="The bad side: above or below.")
    ] = None,
    aggregate: Annotated[
        Text, Option("--aggregate", metavar="HOW", help="Like mean or p95.")
    ] = None,
    min_samples: Annotated[
        int | None, Option("--min-samples", metavar="N", help="Fewer say nothing.")
    ] = None,
    lasting: Annotated[Text, Option("--for", metavar="TIME", help="How long it must last.")] = None,
    cool_down: Annotated[
        Text, Option("--cool-down", metavar="TIME", help="The pause after it fired (1h).")
    ] = None,
    hysteresis: Annotated[
        float, Option("--hysteresis", metavar="FRACTION", help="Of the limit, to be well again.")
    ] = 0.0,
    relative_to: Annotated[
        Text, Option("--relative-to", metavar="WHAT", help="registration or previous.")
    ] = None,
    mode: Annotated[
        str, Option("--mode", metavar="MODE", help="rollback, or alert only.")
    ] = "rollback",
    missing: Annotated[
        str, Option("--missing", metavar="WHAT", help="Without figures: ignore or alert.")
    ] = "ignore",
    remove: Annotated[
        bool, Option("--remove", help="Take the trigger out; no threshold is needed.")
    ] = False,
) -> Shown:
    """Rolls production back when the metric crosses the threshold; committed with the policy.

    One with --mode alert stands beside the one that rolls back. --remove takes either out.
    """
    from swreg.operations.monitoring.configuring import require_model, set_auto_rollback
    from swreg.operations.policy_rules import drop_trigger

    if threshold is None and not remove:
        raise UsageError("no threshold is given", f"swreg monitor trigger {metric} 0.05")

    chosen: dict[str, Any] = {
        "direction": words.choice(direction, get_args(Direction), kind="direction")
        if direction
        else None,
        "relative_to": words.choice(relative_to, get_args(Baseline), kind="baseline")
        if relative_to
        else None,
        "mode": words.choice(mode, get_args(Mode), kind="mode"),
        "missing": words.choice(missing, ("ignore", "alert"), kind="answer to missing figures"),
    }
    rule = TriggerRule(
        metric=metric,
        threshold=threshold or 0.0,
        model=model,
        window=window,
        aggregate=aggregate,
        min_samples=min_samples,
        for_=lasting,
        cool_down=cool_down,
        hysteresis=hysteresis,
        **chosen,
    )
    project = shared.project()
    if remove:
        return changed(drop_trigger(project, rule, reason=shared.reason, options=shared.options()))
    require_model(project, model)
    outcome = set_auto_rollback(project, [rule], reason=shared.reason, options=shared.options())
    return changed(outcome)

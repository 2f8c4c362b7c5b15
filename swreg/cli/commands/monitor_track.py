"""`monitor-track`."""

from __future__ import annotations

from typing import Annotated

from typer import Argument, Option

from swreg.cli.options import Writing
from swreg.cli.output import Shown, changed
from swreg.domain.stage import parse_stage


def command(
    shared: Writing,
    name: Annotated[str, Argument(metavar="NAME", help="The model.")],
    metrics: Annotated[list[str], Argument(metavar="METRIC...", help="Like error_rate latency.")],
    stage: Annotated[
        str, Option("--stage", metavar="STAGE", help="production or staging.")
    ] = "production",
) -> Shown:
    """Names the metrics that are looked at; they take the place of those named before."""
    from swreg.operations.monitoring.configuring import track

    outcome = track(
        shared.project(),
        name,
        metrics,
        stage=parse_stage(stage),
        reason=shared.reason,
        options=shared.options(),
    )
    return changed(outcome)

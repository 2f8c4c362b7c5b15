"""`monitor-check`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from swreg.cli.options import Committing
from swreg.cli.output import Block, Shown, landed

if TYPE_CHECKING:
    from swreg.operations.monitoring.check import Checked
    from swreg.operations.outcome import Outcome

OnlyModel = Annotated[
    str | None, Argument(metavar="[NAME]", help="Only this model.", show_default=False)
]


def command(
    shared: Committing,
    name: OnlyModel = None,
    strict: Annotated[
        bool, Option("--strict", help="Exit code 5 also where a trigger cannot be judged.")
    ] = False,
) -> Shown:
    """Exit code 4 where a trigger fired (0 where somebody else was faster to act), 5 where a source could not be asked, else 0."""
    from swreg.operations.monitoring.check import check

    outcome = check(
        shared.project(), now=time.time(), model=name, strict=strict, options=shared.options()
    )
    return Shown(outcome, _text(outcome))


def _text(outcome: Outcome[tuple[Checked, ...]]) -> Iterator[Block]:
    from swreg.cli.commands.monitor_status import ruled

    if not outcome.data:
        yield "no triggers are set"
    for one in outcome.data:
        judged = one.judged
        yield (
            f"{judged.decision.outcome:<8} {judged.model} {judged.version or '-'}  "
            f"{ruled(judged)}: {judged.decision.why}"
        )
    for by in dict.fromkeys(one.by for one in outcome.data if one.by):
        yield f"somebody else was faster: {by}"
    would = "would " if outcome.dry_run else ""
    yield from (f"{would}{record.event.summary()}" for record in outcome.records)
    if outcome.records:
        yield from landed(outcome)

"""`ab-stop`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import chain

from swreg.cli import words
from swreg.cli.commands.ab_assign import Model
from swreg.cli.commands.ab_status import told
from swreg.cli.options import Writing
from swreg.cli.output import Block, Shown, landed


def command(shared: Writing, name: Model, force: words.Force = False) -> Shown:
    """Too little data is never better: then the treatment has not won."""
    from swreg.operations.ab.deciding import stop

    outcome = stop(
        shared.project(),
        name,
        now=time.time(),
        reason=shared.reason,
        force=force,
        options=shared.options(),
    )
    lines: Iterator[Block] = chain(told(outcome.data) if outcome.data else (), landed(outcome))
    return Shown(outcome, lines)

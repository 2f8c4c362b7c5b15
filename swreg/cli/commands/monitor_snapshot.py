"""`monitor-snapshot`."""

from __future__ import annotations

import time

from swreg.cli.commands.monitor_check import OnlyModel
from swreg.cli.commands.monitor_status import Window
from swreg.cli.options import Writing
from swreg.cli.output import Shown, changed


def command(shared: Writing, name: OnlyModel = None, window: Window = "24h") -> Shown:
    """Colleagues, CI and the audit then see the figures without the store of samples."""
    from swreg.domain.duration import parse_duration
    from swreg.operations.monitoring.snapshot import snapshot

    outcome = snapshot(
        shared.project(),
        now=time.time(),
        window=parse_duration(window),
        model=name,
        reason=shared.reason,
        options=shared.options(),
    )
    return changed(outcome)

"""`monitor-watch`."""

from __future__ import annotations

import gc
import signal
import threading
import time
from collections.abc import Mapping
from typing import Annotated, Any

from typer import Option

from swreg.cli.commands.monitor_check import OnlyModel
from swreg.cli.options import Committing
from swreg.cli.output import Shown
from swreg.cli.terminal import flush, write_line

_USUAL = (700, 10, 10)


def command(
    shared: Committing,
    name: OnlyModel = None,
    interval: Annotated[
        str, Option("--interval", metavar="TIME", help="The pause between two checks.")
    ] = "60s",
) -> Shown:
    """Checks until SIGTERM or ^C, and goes on after every failure. Logs one JSON object a line."""
    from swreg.cli.envelope import compact
    from swreg.domain.duration import parse_duration
    from swreg.operations.monitoring.watch import time_text, watch

    pause = parse_duration(interval, kind="interval")
    shared.project().require_layout()

    def say(line: Mapping[str, Any]) -> None:
        write_line(compact(line))
        flush()

    outcome = watch(
        shared.project,
        interval=pause,
        stop=stop_signal(),
        clock=time.time,
        say=say,
        model=name,
        options=shared.options(),
    )
    done = outcome.data
    ended = {"event": "stopped", "rounds": done.rounds, "failures": done.failures}
    return Shown(
        outcome, [compact({"at": time_text(time.time()), **ended, "actions": done.actions})]
    )


def stop_signal() -> threading.Event:
    """Set by SIGTERM and ^C, so that what runs is finished and nothing is left half done.

    Who asks for it lives long, so garbage is looked for as often as Python does by default.
    """
    gc.set_threshold(*_USUAL)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop

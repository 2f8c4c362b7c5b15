"""`monitor-export`."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path
from typing import Annotated

from typer import Option

from swreg.cli.commands.monitor_watch import stop_signal
from swreg.cli.options import Placed
from swreg.cli.output import Shown
from swreg.cli.terminal import say
from swreg.errors import UsageError


def command(
    shared: Placed,
    output: Annotated[
        Path | None, Option("--output", metavar="FILE", help="Write a file, whole or not at all.")
    ] = None,
    listen: Annotated[
        str | None,
        Option("--listen", metavar="HOST:PORT", help="Serve /metrics until SIGTERM or ^C."),
    ] = None,
) -> Shown:
    """Which version is in which stage, since when, what is held, and what the triggers say."""
    from swreg.operations.monitoring.export import export, write_whole
    from swreg.operations.outcome import read_outcome

    if output is not None and listen is not None:
        raise UsageError("--output and --listen are both given", "say one of them")
    if listen is not None:
        from swreg.monitoring.exporter import parse_address, serve

        shared.project().require_layout()

        def text() -> str:
            with closing(shared.project()) as project:
                return export(project, now=time.time()).data

        serve(
            text,
            parse_address(listen),
            stop=stop_signal(),
            started=lambda url: say(f"serving {url}"),
        )
        return Shown(read_outcome("monitor-export", None), [])
    outcome = export(shared.project(), now=time.time())
    if output is not None:
        write_whole(output, outcome.data)
        return Shown(outcome, [f"wrote {output}"])
    return Shown(outcome, [outcome.data.rstrip("\n")] if outcome.data else [])

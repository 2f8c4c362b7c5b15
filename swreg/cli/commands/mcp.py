"""`mcp`."""

from __future__ import annotations

from typing import Annotated

from typer import Exit, Option

from swreg.cli.options import Placed
from swreg.cli.output import Shown


def command(
    shared: Placed,
    allow_writes: Annotated[
        bool, Option("--allow-writes", help="Also offer tools that change the registry.")
    ] = False,
) -> Shown:
    """Speaks MCP on the standard streams until the client leaves; an agent's program starts it.

    Approving is never offered: a person does it, in their own name.
    """
    shared.project().require_layout()
    from swreg.integrations.mcp_server import Served, serve

    serve(Served(shared.repo.absolute(), shared.env, allow_writes))
    raise Exit(0)

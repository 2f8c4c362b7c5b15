"""The command line. Only this package prints, and only it knows of exit codes."""

from __future__ import annotations

import gc
import os
import sys

COMPLETE = "_SWREG_COMPLETE"
# Most of what a command allocates is modules and rows that live until it ends, so looking for
# garbage among them as often as Python does by default (every 700 objects) only costs.
_ALLOCATIONS = 50_000
INTERRUPTED = 130


def main() -> int:
    """Run one command from the words of the command line; the process's exit code."""
    gc.set_threshold(_ALLOCATIONS)
    try:
        instruction = os.environ.get(COMPLETE)
        if instruction:
            return _completing(instruction)
        from swreg.cli.app import run

        return run(sys.argv[1:])
    except KeyboardInterrupt:
        # While modules are loaded nobody else is there yet to catch it.
        return INTERRUPTED


def _completing(instruction: str) -> int:
    """Answer a shell. Whatever goes wrong, a person at the prompt must not read of it."""
    sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    try:
        from swreg.cli.completion import answer

        sys.stdout.write(answer(instruction, sys.argv[1:]))
        sys.stdout.flush()
    except Exception:  # noqa: BLE001
        return 1
    return 0

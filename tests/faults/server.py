"""Runs one act per line of its input, each in a fork that meets the ordered fault.

Started with the fault library loaded. A line is `act TAB folder TAB output`; the answer is the
act's exit code, negative for the signal that ended it. A crash leaves its traceback in `output`.
"""

from __future__ import annotations

import mmap
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from swreg.errors import SwregError
from swreg.operations.project import Project
from swreg.operations.register import register
from tests.acts import MODEL, back, bring
from tests.faults.control import arm, disarm


def _register(project: Project) -> None:
    register(project, MODEL, artifact=project.git.root.parent / "model.bin", version="v3.0.0")


def _on_a_branch(project: Project) -> None:
    from swreg.operations.transaction import WriteOptions

    bring(project, "v2.0.0", "staging", options=WriteOptions(branch="review"))


def _push(project: Project) -> None:
    from swreg.operations.transaction import WriteOptions

    bring(project, "v2.0.0", "staging", options=WriteOptions(push=True))


ACTS: dict[str, Callable[[Project], object]] = {
    "register": _register,
    "promote": lambda project: bring(project, "v2.0.0", "staging"),
    "rollback": back,
    "branch": _on_a_branch,
    "push": _push,
}


def _run(act: str, folder: str, output: str) -> int:
    try:
        ACTS[act](Project.open(Path(folder)))
    except SwregError as error:
        disarm(CONTROL)
        Path(output).write_text(f"{type(error).__name__}: {error}\n")
        return error.exit_code
    except BaseException:  # noqa: BLE001 - a crash is what this process is here to report
        disarm(CONTROL)
        Path(output).write_text(traceback.format_exc())
        return 70
    return 0


def main() -> None:
    for line in sys.stdin:
        act, folder, output = line.rstrip("\n").split("\t")
        child = os.fork()
        if child == 0:
            arm(CONTROL)
            code = _run(act, folder, output)
            os._exit(code)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    with open(os.environ["FAULT_FILE"], "r+b") as file:
        CONTROL = mmap.mmap(file.fileno(), 0)
    main()

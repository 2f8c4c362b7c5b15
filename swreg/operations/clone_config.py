"""What a clone's own git configuration says of us: the merge driver's command."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from swreg.operations.attributes import DRIVER
from swreg.storage.git import Git

_KEY = f"merge.{DRIVER}.driver"


def driver_command(program: str) -> str:
    """The command git runs to merge a file of ours, with this Python interpreter.

    An absolute interpreter works where git's PATH lacks `swreg`. `-P` keeps Python from importing
    what lies in the repository that is merged.

    >>> driver_command("/opt/my 100% env/bin/python")
    "'/opt/my 100%% env/bin/python' -P -m swreg merge-driver %O %A %B %P"
    """
    return f"{shlex.quote(program).replace('%', '%%')} -P -m swreg merge-driver %O %A %B %P"


def merges_by_meaning(git: Git) -> bool:
    """Whether the clone has a driver command, and one whose program is still there."""
    command = git.config(_KEY).get(_KEY, "")
    try:
        words = shlex.split(command.replace("%%", "%"))
    except ValueError:
        return False
    # Only our own form is judged: a person may have put a command of their own.
    return bool(words) and (words[1:2] != ["-P"] or Path(words[0]).is_file())


def set_merge_driver(git: Git) -> None:
    """Put the merge driver into this repository's own configuration; done again it is the same."""
    command = driver_command(Path(sys.executable).as_posix())
    for key, value in (("name", "catalogs of the model registry"), ("driver", command)):
        git.ask("writing its configuration", "config", "--local", f"merge.{DRIVER}.{key}", value)

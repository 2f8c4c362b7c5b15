"""`slash`."""

from __future__ import annotations

import json
import shlex
import sys
from contextlib import redirect_stderr
from typing import Annotated

from typer import Argument

from swreg.cli.commands_table import COMMANDS, Command
from swreg.cli.options import Anywhere
from swreg.cli.output import Shown
from swreg.cli.terminal import flush
from swreg.errors import SwregError, UsageError

LAST_LINE = "end of arguments"
MEANINGS = {
    0: "done",
    1: "refused by the facts",
    2: "wrong usage",
    3: "a person must approve, or the policy refuses",
    4: "a check found something",
    5: "the machine failed: disk, permission, network, a missing program",
    6: "others were writing at the same time, or a conflict",
    7: "committed, but a later step is not done",
    70: "a bug of swreg",
    130: "interrupted",
}


def command(
    shared: Anywhere,
    name: Annotated[str, Argument(metavar="COMMAND", help="A command of swreg.")],
) -> Shown:
    """Reads the words as text on the input, up to the line `end of arguments`.

    Nothing in the text is run by a shell. The exit code is 0; the last line has the real one.
    """
    from swreg.cli.app import run
    from swreg.operations.outcome import read_outcome

    with redirect_stderr(sys.stdout):
        try:
            code = run([name, *_bound(name), *words(_row(name), sys.stdin.read())])
        except SwregError as error:
            print(f"swreg: {error}")
            code = error.exit_code
    flush()
    return Shown(read_outcome("slash", code), [f"exit code {code}: {MEANINGS.get(code, '')}"])


def _bound(name: str) -> list[str]:
    """How many rows an agent gets; what the person writes comes later, and wins."""
    from swreg.cli.app import load
    from swreg.cli.bounds import ENOUGH

    has_limit = any(one.name == "limit" for one in load(_row(name)).params)
    return [f"--limit={ENOUGH}"] if has_limit else []


def _row(name: str) -> Command:
    row = COMMANDS.get(name)
    if row is None or row.name == "slash":
        raise UsageError(f"there is no command {name!r} to run", "swreg --help lists the commands")
    return row


def words(row: Command, text: str) -> list[str]:
    """The words that a person wrote, as a shell would take them apart, but nothing expanded.

    >>> words(COMMANDS["registry-info"], "fraud 'a b' $(x)\\nend of arguments\\n")
    ['fraud', 'a b', '$(x)']
    """
    body, mark, rest = text.rstrip("\r\n").rpartition(LAST_LINE)
    if not mark or rest or (body and not body.endswith("\n")):
        raise UsageError("the arguments were cut short: they hold ```", "leave the ``` out")
    if _is_json(body):
        raise UsageError("the arguments are JSON", f"write them as words: {row.example}")
    try:
        return shlex.split(body)
    except ValueError as error:
        hint = "put text with an apostrophe in double quotes"
        raise UsageError(f"the arguments cannot be read: {error}".casefold(), hint) from None


def _is_json(text: str) -> bool:
    if text.strip()[:1] not in ("{", "["):
        return False
    try:
        json.loads(text)
    except ValueError:
        return False
    return True

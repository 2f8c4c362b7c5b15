"""The README's references: commands, from their table and `--help`, and the configuration.

    python -m swreg.cli.reference [--check] [README.md]

The text between two marker lines is ours; everything else in the file stays as it is.
"""

from __future__ import annotations

import sys
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from typing import Any

from swreg.cli.app import load
from swreg.cli.commands_table import COMMANDS, GROUPS, Command
from swreg.cli.options import Anywhere, Bounded, Committing, Placed, Reading, Writing, shared_by
from swreg.cli.policy_reference import configuration

_WIDTH = 96
SHARED = (
    (Anywhere, "registry-info", "every command"),
    (Placed, "registry-info", "every command in a repository"),
    (Bounded, "registry-info", "lists"),
    (Reading, "registry-info", "reads"),
    (Committing, "registry-promote", "writes"),
    (Writing, "registry-promote", "changes of the registry"),
)


def reference() -> str:
    """Every command in Markdown, by group, then the options that they share."""
    parts = []
    for group in GROUPS:
        rows = [row for row in COMMANDS.values() if row.group == group]
        table = [f"| [`{row.name}`](#{row.name}) | {row.help} |" for row in rows]
        parts += [
            f"### {group}",
            "\n".join(["| command | what it does |", "| --- | --- |", *table]),
        ]
        parts += [f"#### {row.name}\n\n```text\n{help_of(row)}\n```" for row in rows]
    return "\n\n".join([*parts, "### Options that commands share", _shared()])


def help_of(row: Command) -> str:
    """What `--help` prints at a fixed width, without the options that commands share."""
    command = load(row)
    shared = _names(shared_by(import_module(row.module).command))
    command.params = [one for one in command.params if one.name not in shared]
    lines = [line.rstrip() for line in command.get_help(_context(command, row)).splitlines()]
    text = "\n".join(line for line in lines if "--help" not in line.split()[:2])
    return text.replace("\nOptions:\n\n", "\n")


def _context(command: Any, row: Command) -> Any:
    # The width of whoever runs this must not show in the text.
    name = f"swreg {row.name}"
    return command.make_context(name, [], resilient_parsing=True, terminal_width=_WIDTH)


def _names(kind: type[Anywhere]) -> set[str]:
    return {field.name for field in fields(kind)}


def _shared() -> str:
    lines = ["| option | what it does | taken by |", "| --- | --- | --- |"]
    done: set[str] = set()
    for kind, name, who in SHARED:
        row = COMMANDS[name]
        command = load(row)
        for one in command.params:
            if one.name in _names(kind) - done:
                option, text = (
                    part.replace("|", "\\|") for part in one.get_help_record(_context(command, row))
                )
                lines.append(f"| `{option}` | {text} | {who} |")
        done |= _names(kind)
    return "\n".join(lines)


def inserted(text: str) -> str:
    """The README with each part between its markers; `ValueError` where a marker lacks."""
    for name, made in PARTS.items():
        first, last = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
        before, begin, rest = text.partition(first)
        _, end, after = rest.partition(last)
        if not begin or not end:
            raise ValueError(f"the markers {first} and {last} are not there")
        text = f"{before}{first}\n\n{made()}\n\n{last}{after}"
    return text


PARTS = {"commands": reference, "configuration": configuration}
"""What is generated, by the name in its markers."""


def main(arguments: list[str]) -> int:
    """Write the references into the file, or say that it is stale."""
    check = "--check" in arguments
    names = [word for word in arguments if word != "--check"]
    path = Path(names[0]) if names else Path(__file__).parents[2] / "README.md"
    text = path.read_text(encoding="utf-8")
    try:
        wanted = inserted(text)
    except ValueError as error:
        print(f"{path}: {error}", file=sys.stderr)
        return 1
    if not check:
        path.write_text(wanted, encoding="utf-8", newline="\n")
    elif text != wanted:
        print(f"{path} is stale; run: python -m swreg.cli.reference", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The manual page of the command, made from the table of commands and their `--help`.

python -m swreg.cli.man_page [--check]
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import fields
from importlib import import_module
from inspect import cleandoc
from pathlib import Path
from typing import Any

from swreg import __version__
from swreg.cli.app import load
from swreg.cli.commands.slash import MEANINGS
from swreg.cli.commands_table import COMMANDS, GROUPS, Command
from swreg.cli.options import shared_by
from swreg.cli.reference import SHARED

PAGE = Path(__file__).parents[2] / "completions" / "swreg.1"
_ABOUT = (
    "swreg keeps a model registry in a git repository: models, versions, stages, approvals and "
    "lineage are files beside the code, and every change is one commit, so that the history and "
    "the audit come from the commit log. There is no server."
)
_NAMING = (
    "Wherever a version is meant, NAME may be a model with a VERSION after it "
    "(fraud-detection-model v3.1.0) or one word: fraud-detection-v3.1.0, "
    "fraud-detection-model@production, fraud-detection-model@latest. The stages are dev, staging, "
    "production and archived. Commands of two words may be written apart: swreg monitor check."
)
_FILES = {
    ".specweave/model-registry.yaml": "Configuration and policy.",
    ".specweave/increments/*/registry/model_catalog.yaml": "The state; never edit it by hand.",
    ".specweave/increments/*/registry/deployment_history.md": "One line per event.",
    ".specweave/increments/*/models/": "The files of each version.",
    "<git directory>/swreg/": "Lock, journal, cache and crash reports; the cache may be deleted.",
}


def page() -> str:
    """The page in the man macros, in ASCII."""
    lines = [
        '.\\" Made by python -m swreg.cli.man_page; changes here are lost.',
        f'.TH SWREG 1 "" "swreg {__version__}" "User Commands"',
        ".SH NAME", plain("swreg - a model registry that lives in your git repository"),
        ".SH SYNOPSIS", ".B swreg", r".I COMMAND", plain("[arguments] [options]"),
        ".SH DESCRIPTION", plain(_ABOUT), ".PP", plain(_NAMING),
    ]  # fmt: skip
    for group in GROUPS:
        lines += [".SH COMMANDS"] if group is GROUPS[0] else []
        lines.append(f".SS {plain(group)}")
        for row in COMMANDS.values():
            if row.group == group:
                lines += _command(row)
    lines += [".SH OPTIONS THAT COMMANDS SHARE"]
    for one, who in _shared():
        lines += [*_option(one), plain(f"({who})")]
    lines += [
        ".SH EXIT STATUS",
        *_pairs({str(code): f"{text}." for code, text in MEANINGS.items()}),
    ]
    lines += [".SH FILES", *_pairs(_FILES)]
    lines += [".SH SEE ALSO", ".BR git (1)"]
    return "\n".join(lines) + "\n"


def plain(text: str) -> str:
    r"""Text that means itself in the man macros.

    >>> plain(".a\\b - it's --json →")
    "\\&.a\\eb \\- it's \\-\\-json \\[u2192]"
    """
    text = text.replace("\\", r"\e").replace("-", r"\-")
    text = re.sub(r"[^\x00-\x7f]", lambda found: rf"\[u{ord(found[0]):04X}]", text)
    return re.sub(r"^(?=[.'])", r"\\&", text, flags=re.MULTILINE)


def _pairs(rows: dict[str, str]) -> Iterator[str]:
    for name, text in rows.items():
        yield from (".TP", f".B {plain(name)}", plain(text))


def _command(row: Command) -> Iterator[str]:
    function = import_module(row.module).command
    shared = {field.name for field in fields(shared_by(function))}
    command = load(row)
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    usage = " ".join(one.make_metavar(_context(command, row)).strip("{}") for one in arguments)
    yield from (".TP", rf".B {plain(row.name)}" + (rf" \fR{plain(usage)}" if usage else ""))
    yield plain(f"{row.help}. {' '.join(cleandoc(function.__doc__).split())}")
    yield ".RS"
    for one in command.params:
        if one.param_type_name == "option" and one.name not in shared | {"help"}:
            yield from _option(one)
    yield from (".PP", "Example:", ".EX", plain(row.example), ".EE", ".RE")


def _context(command: Any, row: Command) -> Any:
    return command.make_context(f"swreg {row.name}", [], resilient_parsing=True)


def _option(one: Any) -> Iterator[str]:
    words = [*one.opts, *one.secondary_opts]
    value = "" if one.is_flag else rf" \fI{plain(one.metavar or one.name.upper())}\fR"
    yield from (".TP", ".B " + ", ".join(map(plain, words)) + value)
    yield plain(one.help or "")


def _shared() -> Iterator[tuple[Any, str]]:
    """Each option that commands share, with the commands that have it."""
    done: set[str] = set()
    for kind, name, who in SHARED:
        names = {field.name for field in fields(kind)}
        for one in load(COMMANDS[name]).params:
            if one.name in names - done:
                yield one, who
        done |= names


def main(arguments: list[str]) -> int:
    """Write the page, or say that it is stale."""
    text = page()
    if "--check" not in arguments:
        PAGE.write_text(text, encoding="ascii", newline="\n")
    elif not PAGE.is_file() or PAGE.read_text(encoding="ascii") != text:
        print(f"completions/{PAGE.name} is stale; run: make generate", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

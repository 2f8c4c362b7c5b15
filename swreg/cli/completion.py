"""What could come next on the command line, for bash, zsh, fish and PowerShell.

The scripts in `completions/` call the command with `_SWREG_COMPLETE=complete_<shell>` and the words
so far as arguments, the last one being typed; the answer is a line per reply. Commands come from
the table alone; Typer is loaded only where the options of a command are asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from swreg.cli.commands_table import COMMANDS, family, one_word
from swreg.cli.shells import SCRIPTS

_BREAKS = frozenset("@=:")
_TABBED = ("fish", "powershell")


class Reply(NamedTuple):
    """One word that could stand there, and what it means."""

    word: str
    help: str = ""


class Line(NamedTuple):
    """A command line so far: options with their values, arguments, and what is being typed."""

    options: dict[str, str]
    arguments: list[str]
    pending: Any
    current: str
    parameters: list[Any]


def answer(instruction: str, words: list[str]) -> str:
    """The text that a shell reads: replies for `complete_<shell>`, a script for `source_<shell>`."""
    kind, _, shell = instruction.partition("_")
    script = SCRIPTS[shell]
    if kind == "source":
        return script
    if shell == "powershell" and words:
        words = [*words[:-1], words[-1].removeprefix("+").strip("'\"")]
    typed = words[-1] if words else ""
    if shell == "bash":
        words = joined(words)
    current = words[-1] if words else ""
    found = [one for one in replies(words[:-1], current) if one.word.startswith(current)]
    # bash replaces only what stands after the last character that it breaks words at.
    kept = len(current) - (0 if typed in _BREAKS else len(typed)) if shell == "bash" else 0
    return "".join(f"{_format(shell, one, kept)}\n" for one in found)


def _format(shell: str, one: Reply, kept: int) -> str:
    if shell == "zsh":
        word = one.word.replace(":", "\\:")
        return f"{word}:{one.help}" if one.help else word
    return f"{one.word}\t{one.help}" if shell in _TABBED and one.help else one.word[kept:]


def joined(words: list[str]) -> list[str]:
    """The words as they were typed: bash takes `model@prod` and `--to=prod` apart.

    >>> joined(["registry-promote", "fraud", "@", "pr"])
    ['registry-promote', 'fraud@pr']
    """
    whole: list[str] = []
    for word in words:
        glued = whole and (word[:1] in _BREAKS or whole[-1][-1:] in _BREAKS)
        if glued and word:
            whole[-1] += word
        elif not glued:
            whole.append(word)
    return whole


def replies(before: list[str], current: str) -> Iterable[Reply]:
    """Everything that could stand where `current` is being typed, whatever it begins with."""
    before = one_word(before)
    command = next((word for word in before if not word.startswith("-")), None)
    if command is None:
        words = [Reply(row.name, row.help) for row in COMMANDS.values()]
        return [*words, Reply("--help"), Reply("--version")]
    row = COMMANDS.get(command)
    if row is None:
        return [Reply(one.name.removeprefix(f"{command}-"), one.help) for one in family(command)]
    from swreg.cli.app import load

    rest = before[before.index(command) + 1 :]
    return _of_line(read_line(load(row).params, rest, current))


def read_line(parameters: list[Any], words: list[str], current: str) -> Line:
    """Take the words after a command apart, as its parameters want them."""
    known = {name: one for one in parameters for name in (*one.opts, *one.secondary_opts)}
    line = Line({}, [], None, current, parameters)
    pending, only_arguments = None, False
    for word in words:
        name, has_value, value = word.partition("=")
        if pending is not None:
            line.options[pending.name] = word
            pending = None
        elif word == "--":
            only_arguments = True
        elif not only_arguments and word.startswith("-") and len(word) > 1:
            option = known.get(name)
            if option is not None and has_value:
                line.options[option.name] = value
            elif option is not None and not option.is_flag:
                pending = option
        else:
            line.arguments.append(word)
    return line._replace(pending=pending)


def _of_line(line: Line) -> Iterator[Reply]:
    from swreg.cli.live_words import values

    name, has_value, _ = line.current.partition("=")
    options = [one for one in line.parameters if one.param_type_name == "option"]
    arguments = [one for one in line.parameters if one.param_type_name == "argument"]
    if line.pending is not None:
        yield from values(line.pending.name, line)
    elif line.current.startswith("--") and has_value:
        for option in options:
            if name in option.opts:
                yield from (
                    Reply(f"{name}={one.word}", one.help) for one in values(option.name, line)
                )
    elif line.current.startswith("-"):
        for option in options:
            for word in (*option.opts, *option.secondary_opts):
                yield Reply(word, getattr(option, "help", None) or "")
    elif len(line.arguments) < len(arguments):
        yield from values(arguments[len(line.arguments)].name, line)


def folder(line: Line) -> Path:
    """The repository that the line is about."""
    return Path(line.options.get("repo", "."))

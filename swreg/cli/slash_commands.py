"""The slash commands of Claude Code and its plugin `ml`, made from the table of commands.

    python -m swreg.cli.slash_commands [--check]

What a person types after a slash command is pasted into a shell as it is, and a command that fails
never reaches the model. So the text goes into a here-document whose quoted end mark keeps the
shell from reading anything in it, and `swreg slash` takes it apart, runs the one command that the
file names, and always ends well with the real exit code as its last line. A last line of ours
inside the document shows that the text came through whole.

The end mark is long and of its file alone, and `swreg install claude` puts a random one of the
project in its place: who does not know it cannot write a text that leaves the document.
"""

from __future__ import annotations

import json
import sys
from dataclasses import fields
from hashlib import sha256
from importlib import import_module
from pathlib import Path

from swreg import __version__
from swreg.cli.app import load
from swreg.cli.commands.slash import LAST_LINE
from swreg.cli.commands_table import COMMANDS, Command
from swreg.cli.options import shared_by
from swreg.integrations.agents.packaged import MARK, PLUGIN_FOLDER

PLUGIN = "ml"
MARKETPLACE = "swreg"
_SYNC = "sync-docs"

_BODY = """\
---
description: {description}
argument-hint: {hint}
allowed-tools: Bash(swreg:*)
{invocation}---

```!
swreg slash {name} <<'{end}'
$ARGUMENTS
{last}
{end}
```

{tail}
"""
_READ_TAIL = """\
Above is the answer of `swreg {name}`; its last line is the exit code. Answer from it and from
nothing else. If the exit code is not 0, say what the error line says and follow its hint."""
_WRITE_TAIL = """\
Above is what `swreg {name}` did; its last line is the exit code. Say what changed,
with the commit, in one or two sentences. Exit code 3 means that a person must approve, or that the
policy refuses: say who may and what lacks, and stop. On any other code but 0 tell the person the
error line and its hint; change nothing more by yourself."""


def rows() -> list[Command]:
    """The commands that are slash commands too."""
    return [
        row for row in COMMANDS.values() if row.name.startswith("registry-") or row.name == _SYNC
    ]


def text_of(row: Command) -> str:
    """The command file of one row."""
    return _body(row, end_mark(row))


def end_mark(row: Command) -> str:
    """The line that ends the arguments in the committed file: a digest of all the rest of it."""
    return f"{MARK}{sha256(_body(row, '').encode()).hexdigest()[:32].upper()}"


def _body(row: Command, end: str) -> str:
    tail = _WRITE_TAIL if row.writes else _READ_TAIL
    return _BODY.format(
        description=json.dumps(row.help, ensure_ascii=False),
        hint=json.dumps(hint(row), ensure_ascii=False),
        invocation="disable-model-invocation: true\n" if row.writes else "",
        name=row.name,
        end=end,
        last=LAST_LINE,
        tail=tail.format(name=row.name),
    )


def hint(row: Command) -> str:
    """The arguments and the command's own options, as a person would write them.

    >>> hint(COMMANDS["registry-info"])
    'NAME [VERSION] [--limit N]'
    """
    shared = {field.name for field in fields(shared_by(import_module(row.module).command))}
    words = []
    parameters = load(row).params
    for one in sorted(parameters, key=lambda one: one.param_type_name):
        if one.name in shared - {"reason", "limit"} or one.name == "help":
            continue
        metavar = (one.metavar or one.name.upper()).strip("[]")
        word = metavar if one.param_type_name == "argument" else one.opts[0]
        if one.param_type_name == "option" and not one.is_flag:
            word += f" {metavar}"
        words.append(word if one.required else f"[{word}]")
    return " ".join(words)


def manifest() -> dict[str, object]:
    """The plugin's own manifest."""
    return {
        "name": PLUGIN,
        "version": __version__,
        "description": "The model registry of this repository: slash commands and the skill.",
        "author": {"name": "swreg contributors"},
        "license": "MIT",
        "keywords": ["audit", "git", "machine-learning", "model-registry"],
    }


def marketplace() -> dict[str, object]:
    """The marketplace that holds the one plugin."""
    return {
        "name": MARKETPLACE,
        "description": "The model registry that lives in your git repository.",
        "owner": {"name": "swreg contributors"},
        "plugins": [
            {
                "name": PLUGIN,
                "source": f"./{PLUGIN}",
                "description": "Slash commands and the skill of the model registry.",
                "category": "development",
            }
        ],
    }


def generated() -> dict[str, str]:
    """Every generated file of the plugin, by its path below the plugin's marketplace."""
    commands = {f"{PLUGIN}/commands/{row.name}.md": text_of(row) for row in rows()}
    return {
        ".claude-plugin/marketplace.json": json.dumps(marketplace(), indent=2) + "\n",
        f"{PLUGIN}/.claude-plugin/plugin.json": json.dumps(manifest(), indent=2) + "\n",
        **commands,
    }


def main(arguments: list[str]) -> int:
    """Write the files, or say which are stale; a file that no command has any more is removed."""
    wanted = generated()
    known = {f"{PLUGIN}/commands/{path.name}" for path in
             (PLUGIN_FOLDER / PLUGIN / "commands").glob("*.md")}  # fmt: skip
    stale = [name for name, text in wanted.items() if _read(PLUGIN_FOLDER / name) != text]
    stale += sorted(known - set(wanted))
    if "--check" in arguments:
        for name in stale:
            print(f"templates/plugin/{name} is stale; run: make generate", file=sys.stderr)
        return 1 if stale else 0
    for name in stale:
        path = PLUGIN_FOLDER / name
        if name not in wanted:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted[name], encoding="utf-8", newline="\n")
    return 0


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The tools of the MCP server, made from the table of commands; the SDK is not needed here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from swreg.cli.app import load
from swreg.cli.commands_table import COMMANDS, READ, Command
from swreg.errors import UsageError

_FURTHER = (
    "registry-environments", "registry-policy", "registry-check", "registry-verify",
    "monitor-status", "ab-status", "doctor", "schema",
)  # fmt: skip
"""Reads besides those of the group that is called so."""
_OUTSIDE = frozenset(["registry-get", "registry-export"])
"""Reads of the registry that write a folder, a file or a server: they are no mere reads."""
WRITES = (
    "registry-get", "registry-register", "registry-version", "registry-promote",
    "registry-rollback", "registry-tag", "registry-deprecate", "registry-archive", "sync-docs",
)  # fmt: skip
"""What an agent may change at all. Approving and rejecting are for people, in their own name."""
_LEFT_OUT = frozenset(
    ["json", "no_color", "repo", "env", "branch", "allow_detached", "push", "force", "lift_hold",
     "approver", "allow_duplicate", "help"]
)  # fmt: skip
"""How to print and where to look is the server's business; overriding a rule is a person's."""
_ONLY_READ = {
    "registry-audit": ["form", "output"],
    "registry-check": ["form"],
    "registry-compare": ["markdown", "plot"],
    "registry-history": ["graph"],
    "registry-policy": ["action", "key", "value", "reason", "dry_run"],
    "monitor-status": ["plot", "metric"],
    "doctor": ["fix"],
}
"""What of a read writes a file, changes something, or is for people's eyes."""
_TYPES = {"int": "integer", "int range": "integer", "float": "number", "boolean": "boolean"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """One command as a tool. `writes` says whether it may change anything."""

    name: str
    row: Command
    writes: bool

    @property
    def description(self) -> str:
        """The command's help, and what only a person may do about a refusal."""
        text = (load(self.row).help or self.row.help).split("\n\nExample:")[0]
        return f"{text}\n\nExit code 3 means that a person must decide." if self.writes else text

    @property
    def placed(self) -> bool:
        """Whether the command is about a repository."""
        return any(one.name == "repo" for one in load(self.row).params)

    def input_schema(self) -> dict[str, Any]:
        """JSON Schema of the arguments, one for each argument and option of the command."""
        parameters = self._parameters()
        return {
            "type": "object",
            "properties": {key: _schema(one) for key, one in parameters.items()},
            "required": [key for key, one in parameters.items() if one.required],
            "additionalProperties": False,
        }

    def words(self, arguments: Mapping[str, Any]) -> list[str]:
        """The command's words; `UsageError` names an argument that it does not have."""
        parameters = self._parameters()
        unknown = sorted(set(arguments) - set(parameters))
        if unknown:
            raise UsageError(f"{self.name} has no argument {unknown[0]!r}", "see its input schema")
        options: list[str] = []
        places: list[str] = []
        for key, one in parameters.items():
            value = arguments.get(key)
            if value is None:
                continue
            if one.param_type_name == "argument":
                places.append(_text(key, value))
            else:
                options += _option(key, one, value)
        return [*options, "--", *places]

    def _parameters(self) -> dict[str, Any]:
        out = _LEFT_OUT.union(_ONLY_READ.get(self.row.name, ()))
        return {one.name.rstrip("_"): one for one in load(self.row).params if one.name not in out}


@cache
def tools(*, allow_writes: bool) -> dict[str, Tool]:
    """The tools by name: every read, and with `allow_writes` what an agent may change."""
    reads = [row for row in COMMANDS.values() if row.group == READ and row.name not in _OUTSIDE]
    reads += [COMMANDS[name] for name in _FURTHER]
    writes = [COMMANDS[name] for name in WRITES if name in COMMANDS] if allow_writes else []
    made = [(row, row in writes) for row in [*reads, *writes]]
    return {_name(row): Tool(name=_name(row), row=row, writes=writes) for row, writes in made}


def _name(row: Command) -> str:
    return row.name.replace("-", "_")


def _schema(one: Any) -> dict[str, Any]:
    kind = {"type": "boolean"} if getattr(one, "is_flag", False) else _kind(one)
    text = (one.help or "").rstrip(".")
    return {**kind, "description": text} if text else kind


def _kind(one: Any) -> dict[str, Any]:
    kind = {"type": _TYPES.get(one.type.name, "string")}
    return {"type": "array", "items": kind} if one.multiple else kind


def _option(key: str, one: Any, value: Any) -> list[str]:
    if one.is_flag:
        if not isinstance(value, bool):
            raise UsageError(f"{key} is true or false, not {value!r}", "see the input schema")
        return [one.opts[0]] if value else []
    values = value if one.multiple and isinstance(value, list) else [value]
    return [f"{one.opts[0]}={_text(key, part)}" for part in values]


def _text(key: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise UsageError(f"{key} is a text or a number, not {value!r}", "see the input schema")
    return str(value)

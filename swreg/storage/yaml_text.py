"""Strict YAML in: every scalar is text, and nothing clever is allowed.

Plain YAML reads `0042` as 34 and `3.10` as 3.1, lets the last of two equal keys win, and its C
parser dies on a hundred thousand brackets. So we read parser events: the schema types the text,
and duplicate keys, aliases, anchors, tags, second documents and deep nesting are refused with
line and column. Only the events are parsed in C, never the tree, which is what crashed.
"""

from __future__ import annotations

import re
from typing import Any

from swreg.domain.names import UNSEEN
from swreg.errors import BrokenFile

MAX_BYTES = 64 * 1024 * 1024
MAX_DEPTH = 64

Plain = Any
"""Text, or lists and dicts of it; an empty value is None."""


def parse_yaml(data: bytes, *, name: str) -> Plain:
    """The document as plain data, or `BrokenFile` with `name`, line and column."""
    import yaml

    text = _decode(data, name)
    builder = _Builder(name)
    loader: Any = getattr(yaml, "CParser", None) or yaml.SafeLoader
    try:
        for event in _events(loader(text)):
            builder.take(event)
    except yaml.YAMLError as error:
        raise _broken(name, getattr(error, "problem_mark", None), _problem(error)) from None
    except RecursionError:  # pragma: no cover - only without the C parser
        raise BrokenFile(f"{name} is nested too deeply", "restore it from git") from None
    return builder.document


def _events(parser: Any) -> Any:
    import yaml

    while True:
        event = parser.get_event()
        yield event
        if isinstance(event, yaml.StreamEndEvent):
            return


def _decode(data: bytes, name: str) -> str:
    if len(data) > MAX_BYTES:
        raise BrokenFile(f"{name} is larger than {MAX_BYTES >> 20} MiB", "split the registry")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BrokenFile(f"{name} is not UTF-8 (byte {error.start})", "save it as UTF-8") from None
    if text.startswith("\ufeff") or "\x00" in text:
        raise BrokenFile(f"{name} is not plain UTF-8 text", "save it as UTF-8 without a mark")
    return text


def _problem(error: Exception) -> str:
    problem = getattr(error, "problem", None) or str(error)
    return re.sub(r"\s+", " ", str(problem))[:160]


def _broken(name: str, mark: Any, what: str) -> BrokenFile:
    where = f":{mark.line + 1}:{mark.column + 1}" if mark is not None else ""
    return BrokenFile(f"{name}{where}: {what}", "mend the line, or restore the file from git")


class _Builder:
    """Builds plain data from parser events, refusing what we do not want."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.document: Plain = None
        self.stack: list[tuple[Plain, str | None]] = []
        self.seen_document = False

    def take(self, event: Any) -> None:
        kind = type(event).__name__
        if kind == "ScalarEvent":
            self._plain_only(event)
            plain_empty = event.value == "" and event.style in (None, "")
            self._put(event, None if plain_empty else event.value)
        elif kind in ("MappingStartEvent", "SequenceStartEvent"):
            self._plain_only(event)
            if len(self.stack) >= MAX_DEPTH:
                raise _broken(self.name, event.start_mark, "nested too deeply")
            self.stack.append(({} if kind[0] == "M" else [], None))
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            value, _ = self.stack.pop()
            self._put(event, value)
        elif kind == "AliasEvent":
            raise _broken(self.name, event.start_mark, "aliases are not allowed")
        elif kind == "DocumentStartEvent":
            if self.seen_document:
                raise _broken(self.name, event.start_mark, "only one document is allowed")
            self.seen_document = True

    def _plain_only(self, event: Any) -> None:
        if event.anchor is not None:
            raise _broken(self.name, event.start_mark, "anchors are not allowed")
        if event.tag is not None:
            raise _broken(self.name, event.start_mark, f"tags are not allowed: {event.tag[:40]}")

    def _put(self, event: Any, value: Plain) -> None:
        if not self.stack:
            self.document = value
            return
        holder, key = self.stack[-1]
        if isinstance(holder, list):
            holder.append(value)
        elif key is None:
            if not isinstance(value, str):
                raise _broken(self.name, event.start_mark, "a key must be text")
            if value in holder:
                raise _broken(self.name, event.start_mark, f"the key {value[:80]!r} stands twice")
            self.stack[-1] = (holder, value)
        else:
            holder[key] = value
            self.stack[-1] = (holder, None)


_BARE = re.compile(r"[a-z][a-z0-9_-]*(?:\.[a-z][a-z0-9_-]*)*", re.ASCII)
_WORDS = frozenset(["true", "false", "yes", "no", "on", "off", "null", "y", "n"])
_ESCAPED = re.compile(rf'["\\]|{UNSEEN.pattern}')
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def key_text(key: str) -> str:
    """A key as we write it: bare where no YAML version could read it as something else."""
    return key if _BARE.fullmatch(key) and key not in _WORDS else quoted(key)


def quoted(text: str) -> str:
    """Text as a double-quoted YAML scalar, printable characters as they are."""
    return f'"{_ESCAPED.sub(_escape, text)}"'


def flow(value: Plain) -> str:
    """A value on one line: text quoted, numbers and booleans bare, in the order given."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key_text(k)}: {flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(flow(part) for part in value) + "]"
    return str(value)


def _escape(found: re.Match[str]) -> str:
    char = found[0]
    if char in _SHORT:
        return _SHORT[char]
    code = ord(char)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"

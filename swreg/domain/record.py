"""Events as text: the block inside a commit message, and the one line of the history file.

Both carry every fact and end with the same id, a hash of the block, so that each is a witness of
its own. A value that is not plain is quoted as JSON; so no reason, name or comment can forge an
event, whatever it holds. The block's scanner forgives what hosts do to messages when they squash:
indentation, a leading `* `, several blocks in one message.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from swreg.domain import shape
from swreg.domain.events import EVENTS, Event
from swreg.domain.names import UNSEEN

_KEY = "Swreg-"
_PLAIN = re.compile(
    r"[\w@<>/:,.+()'%=#~-](?:[\w@<>/:,.+()'%=#~ -]*[\w@<>/:,.+()'%=#~-])?", re.ASCII
)
_LINE = re.compile(r"[ \t]*(?:\*[ \t]+)?(Swreg-[A-Za-z-]+): ?(.*?)[ \t\r]*")
_BLOCK_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Record:
    """An event with the id of its record: 16 hexadecimal digits of its block's sha256."""

    event: Event
    id: str


@dataclass(frozen=True, slots=True)
class BadRecord:
    """A block that is no event of ours: what is wrong, and its first line."""

    what: str
    text: str


def render(event: Event) -> str:
    """The block of an event, without a final newline.

    >>> from swreg.domain.events import HeldEvent
    >>> from swreg.domain.version import Version
    >>> print(render(HeldEvent(model="m", version=Version.parse("v1"), actor="A <a@b.c>",
    ...                        at="2024-01-20T14:00:00Z", reason="slow")))
    Swreg-Event: held
    Swreg-Model: m
    Swreg-Version: v1.0.0
    Swreg-Actor: A <a@b.c>
    Swreg-At: 2024-01-20T14:00:00Z
    Swreg-Reason: slow
    Swreg-End: 902fcdf97dfb8c40
    """
    body = _body(event)
    return f"{body}\n{_KEY}End: {_digest(body)}"


def record_id(event: Event) -> str:
    """The id of the event's record."""
    return _digest(_body(event))


def parse(message: str) -> Iterator[Record | BadRecord]:
    """Every record in a commit message, in order; a broken block is reported, not skipped."""
    block: list[str] = []
    for raw in message.split("\n"):
        found = _LINE.fullmatch(raw)
        if found is None:
            if block and raw.strip():
                yield BadRecord("the record has no end", block[0])
                block = []
            continue
        line = f"{found[1]}: {found[2]}"
        if found[1] == f"{_KEY}End":
            yield _read_block(block, found[2])
            block = []
            continue
        if block and found[1] == f"{_KEY}Event":
            yield BadRecord("the record has no end", block[0])
            block = []
        if len(block) < _BLOCK_LIMIT:
            block.append(line)
    if block:
        yield BadRecord("the record has no end", block[0])


def facts(event: Event) -> dict[str, str]:
    """The event's own facts as text by key, in the order of its fields, kind not included."""
    return {
        key.replace("_", "-").title(): _value(raw)
        for key, raw in _ordered(shape.write(event)).items()
    }


def from_facts(kind: str, values: dict[str, str]) -> Event:
    """The event of that kind; raises `ShapeError` where the facts do not fit."""
    if kind not in EVENTS:
        raise shape.ShapeError([f"unknown event {kind[:40]!r}"])
    raw = {key.lower().replace("-", "_"): _unquote(text) for key, text in values.items()}
    return shape.read(EVENTS[kind], raw)


_FIRST = ("model", "version")
_LAST = ("origin", "actor", "at", "reason", "forced", "parent")


def _ordered(raw: dict[str, object]) -> dict[str, object]:
    middle = [key for key in raw if key not in (*_FIRST, *_LAST)]
    order = (*_FIRST, *middle, *_LAST)
    return {key: raw[key] for key in order if key in raw}


def _body(event: Event) -> str:
    lines = [f"{_KEY}Event: {event.kind}"]
    lines += [f"{_KEY}{key}: {value}" for key, value in facts(event).items()]
    return "\n".join(lines)


def _digest(body: str) -> str:
    import hashlib

    return hashlib.sha256(body.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _read_block(block: list[str], claimed: str) -> Record | BadRecord:
    if not block or not block[0].startswith(f"{_KEY}Event: "):
        return BadRecord("a record's end without its beginning", block[0] if block else claimed)
    if _digest("\n".join(block)) != claimed:
        return BadRecord(f"the record was edited: its id is not {claimed[:16]}", block[0])
    values = {}
    for line in block[1:]:
        key, _, value = line.removeprefix(_KEY).partition(": ")
        values[key] = value
    try:
        event = from_facts(block[0].partition(": ")[2], values)
    except (ValueError, RecursionError) as error:
        return BadRecord(str(error), block[0])
    if record_id(event) != claimed:
        return BadRecord("the record is not written as swreg writes it", block[0])
    return Record(event, claimed)


def _value(raw: object) -> str:
    if isinstance(raw, str) and _PLAIN.fullmatch(raw):
        return raw
    if type(raw) in (bool, int):
        return json.dumps(raw)
    return quote(raw)


def quote(raw: object) -> str:
    """JSON on one line, with everything that is not plainly visible escaped.

    >>> print(quote("two\\nlines"))
    "two\\nlines"
    """
    text = json.dumps(raw, ensure_ascii=False)
    return UNSEEN.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[n]:02x}{units[n + 1]:02x}" for n in range(0, len(units), 2))


def _unquote(text: str) -> object:
    return json.loads(text) if text[:1] in ('"', "[") else text

"""The one line an event takes in `deployment_history.md`: a Markdown table row, readable back.

Cells hold the same values as the commit's record, with the characters that Markdown and HTML
could act on written as entities. The last cell is the record's id.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from swreg.domain.events import Event
from swreg.domain.record import BadRecord, Record, facts, from_facts, record_id

HEADER = """\
# Deployment history

One line per event, appended and never rewritten: the second witness beside the commit log.

| When | Event | Model | Version | Facts | By | Record |
|------|-------|-------|---------|-------|----|--------|
"""

_COLUMNS = 7
_ENTITIES = {ord(char): f"&#{ord(char)};" for char in "&<>|`[]*!"}
_ENTITY = re.compile(r"&#(\d{1,3});")


def row(event: Event, known: str = "") -> str:
    """The event's line, without the newline; `known` is the record's id where that is known."""
    values = facts(event)
    cells = [
        values.pop("At"),
        event.kind,
        values.pop("Model", ""),
        values.pop("Version", ""),
    ]
    by = values.pop("Actor")
    middle = "; ".join(f"{key}: {value}" for key, value in values.items())
    cells += [middle, by, known or record_id(event)]
    return "| " + " | ".join(cell.translate(_ENTITIES) for cell in cells) + " |"


def parse_rows(
    text: str, read: Callable[[str], Record | BadRecord] | None = None
) -> list[Record | BadRecord]:
    """Every event of a history file, in the order of its lines; a broken line is reported.

    A line that a union merge took from both sides stands twice and counts once. `read` reads one
    line, for who has read many of them before.
    """
    read = read or parse_row
    found: list[Record | BadRecord] = []
    seen: set[str] = set()
    for line in text.split("\n"):
        if not line.startswith("| ") or line.startswith("| When |"):
            continue
        record = read(line)
        if isinstance(record, BadRecord) or record.id not in seen:
            found.append(record)
        if isinstance(record, Record):
            seen.add(record.id)
    return found


def parse_row(line: str) -> Record | BadRecord:
    """The event of one line."""
    cells = line.strip().removeprefix("| ").removesuffix(" |").split(" | ")
    if len(cells) != _COLUMNS:
        return BadRecord("the history line has not seven cells", line[:120])
    at, kind, model, version, middle, by, claimed = (_plain(cell.strip()) for cell in cells)
    try:
        values = {"Model": model, "Version": version, **_split(middle), "Actor": by, "At": at}
        event = from_facts(kind, {key: value for key, value in values.items() if value})
    except (ValueError, RecursionError) as error:
        return BadRecord(str(error), line[:120])
    if record_id(event) != claimed:
        return BadRecord(f"the history line was edited: its id is not {claimed[:16]}", line[:120])
    return Record(event, claimed)


def _plain(cell: str) -> str:
    return _ENTITY.sub(lambda found: chr(int(found[1])), cell)


def _split(middle: str) -> dict[str, str]:
    values = {}
    while middle:
        key, _, rest = middle.partition(": ")
        if rest[:1] in ('"', "["):
            end = json.JSONDecoder().raw_decode(rest)[1]
        else:
            end = rest.index("; ") if "; " in rest else len(rest)
        values[key] = rest[:end]
        middle = rest[end:].removeprefix("; ")
    return values

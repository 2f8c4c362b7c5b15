"""The JSON Schemas of what the tools answer: the envelope, with each command's own data in it."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any, NamedTuple

from swreg.cli.formats import schema_of

Schema = dict[str, Any]


class Answer(NamedTuple):
    """The class of a command's data, or of each of its rows."""

    module: str
    cls: str
    rows: bool = False


ANSWERS = {
    "registry-list": Answer("swreg.operations.views", "VersionView", rows=True),
    "registry-info": Answer("swreg.operations.describing", "Info"),
    "registry-history": Answer("swreg.operations.history", "HistoryLine", rows=True),
    "registry-requests": Answer("swreg.operations.approve", "PendingRequest", rows=True),
    "registry-check": Answer("swreg.operations.checking", "CheckReport"),
    "registry-verify": Answer("swreg.operations.verifying", "VerifyReport"),
    "doctor": Answer("swreg.operations.doctor", "Check", rows=True),
    "ab-status": Answer("swreg.operations.ab.deciding", "AbStatus"),
}
"""Commands whose data is one class; the others answer by what was asked."""
_FOR_WRITERS = frozenset(["default", "description", "pattern", "required", "title"])


@cache
def output_schema(command: str) -> Schema:
    """JSON Schema of the answer of a command; `data` is null where it failed."""
    schema = dict(schema_of("envelope"))
    answer = ANSWERS.get(command)
    if answer is None:
        return schema
    from swreg.domain.schema import json_schema

    data = loosened(json_schema(getattr(import_module(answer.module), answer.cls)))
    data.pop("$schema")
    parts = data.pop("$defs", {})
    for part in parts.values():
        # A result that is a mapping too may tell more than its class has fields.
        part.pop("additionalProperties", None)
    schema["$defs"] = {**schema.get("$defs", {}), **parts}
    data = {"type": "array", "items": data} if answer.rows else data
    schema["properties"] = {**schema["properties"], "data": {"anyOf": [data, {"type": "null"}]}}
    return schema


def loosened(schema: Any) -> Any:
    """The schema of a file as that of an answer.

    `--fields` leaves keys out, a number that is none is null in JSON, and words that explain are
    said in the reference already.

    >>> loosened({"type": "object", "properties": {"n": {"type": "number"}}, "required": ["n"]})
    {'type': 'object', 'properties': {'n': {'type': ['number', 'null']}}}
    """
    if isinstance(schema, list):
        return [loosened(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("type") == "number":
        return {"type": ["number", "null"]}
    found = {}
    for key, value in schema.items():
        if key in ("properties", "$defs"):
            found[key] = {name: loosened(part) for name, part in value.items()}
        elif key not in _FOR_WRITERS:
            found[key] = loosened(value)
    return found

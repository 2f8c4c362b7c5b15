"""The frame around every JSON or YAML file of a version: `schema: 1`, then one frozen value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from swreg.domain.shape import ShapeError, read, write
from swreg.errors import BrokenFile

T = TypeVar("T")
SCHEMA = 1


def unframe(raw: object, where: str) -> dict[str, Any]:
    """What stands in a file beside its `schema`; `BrokenFile` where that is not 1.

    >>> unframe({"schema": 1, "nodes": []}, "lineage_graph.json")
    {'nodes': []}
    """
    if not isinstance(raw, Mapping):
        raise BrokenFile(f"{where} is no mapping", "it begins with schema: 1")
    schema = raw.get("schema")
    if isinstance(schema, bool) or schema not in (SCHEMA, str(SCHEMA)):
        raise BrokenFile(f"{where} has schema {schema!r}, not {SCHEMA}", "use a newer swreg")
    return {key: value for key, value in raw.items() if key != "schema"}


def read_document(cls: type[T], raw: object, where: str) -> T:
    """The value of a file from its plain data; `BrokenFile` names the file and every fault."""
    try:
        return read(cls, unframe(raw, where))
    except ShapeError as error:
        raise BrokenFile(f"{where}: {error}", "restore the file from git") from None


def write_document(value: Any) -> dict[str, Any]:
    """The plain data of a file, which `read_document` reads back to an equal value."""
    return {"schema": SCHEMA, **write(value)}

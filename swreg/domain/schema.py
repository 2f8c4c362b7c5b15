"""The JSON Schema of a file format, made from the dataclass that reads and writes it.

The schema describes the plain data that `shape.write` gives: keys without a trailing underscore,
versions and times as text. Every nested dataclass is a definition of its own.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any, Literal

from swreg.domain.shape import Timestamp
from swreg.domain.version import Version

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]

_SCALARS: dict[Any, Schema] = {
    Any: {},
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    date: {"type": "string", "format": "date", "pattern": r"^\d{4}-\d\d-\d\d$"},
    Timestamp: {
        "type": "string",
        "description": "A UTC time, like 2024-01-20T14:00:00Z.",
        "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$",
    },
    Version: {
        "type": "string",
        "description": "A semantic version with a leading v, like v3.1.0.",
        "pattern": r"^v\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$",
    },
}


def json_schema(cls: type) -> Schema:
    """The schema of a dataclass.

    >>> from swreg.domain.policy import Transitions
    >>> json_schema(Transitions)["properties"]
    {'skip_staging': {'type': 'boolean', 'default': False}}
    """
    definitions: dict[str, Schema] = {}
    schema = _dataclass(cls, definitions)
    whole = {"$schema": DIALECT, "title": cls.__name__, **schema}
    return {**whole, "$defs": definitions} if definitions else whole


def framed(schema: Schema) -> Schema:
    """The same for a file that begins with `schema: 1`."""
    return {
        **schema,
        "properties": {"schema": {"const": 1}, **schema["properties"]},
        "required": ["schema", *schema.get("required", [])],
    }


def _dataclass(cls: type, definitions: dict[str, Schema]) -> Schema:
    hints = typing.get_type_hints(cls)
    properties, required = {}, []
    for field in dataclasses.fields(cls):
        key = field.name.rstrip("_")
        properties[key] = {**_schema(hints[field.name], definitions), **_default(field)}
        if _is_required(field):
            required.append(key)
    schema: Schema = {
        "type": "object",
        "description": " ".join((cls.__doc__ or "").split()),
        "properties": properties,
        "additionalProperties": False,
    }
    return {**schema, "required": required} if required else schema


def _is_required(field: dataclasses.Field[Any]) -> bool:
    missing = dataclasses.MISSING
    return field.default is missing and field.default_factory is missing


def _default(field: dataclasses.Field[Any]) -> Schema:
    plain = isinstance(field.default, (str, int, float)) and field.default != ""
    return {"default": field.default} if plain else {}


def _schema(kind: Any, definitions: dict[str, Schema]) -> Schema:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        (inner,) = (part for part in arguments if part is not type(None))
        return {"anyOf": [_schema(inner, definitions), {"type": "null"}]}
    if origin is tuple:
        return {"type": "array", "items": _schema(arguments[0], definitions)}
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin is not None and issubclass(origin, Mapping):
        return _mapping(arguments[0], arguments[1], definitions)
    if kind in _SCALARS:
        return dict(_SCALARS[kind])
    if issubclass(kind, StrEnum):
        return {"enum": [str(one) for one in kind]}
    if kind.__name__ not in definitions:
        definitions[kind.__name__] = {}  # a class may hold itself
        definitions[kind.__name__] = _dataclass(kind, definitions)
    return {"$ref": f"#/$defs/{kind.__name__}"}


def _mapping(key: Any, value: Any, definitions: dict[str, Schema]) -> Schema:
    schema = {"type": "object", "additionalProperties": _schema(value, definitions)}
    return schema if key is str else {**schema, "propertyNames": _schema(key, definitions)}

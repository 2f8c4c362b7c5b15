"""The configuration's reference in Markdown, made from the classes that read it."""

from __future__ import annotations

import dataclasses
import inspect
import json
import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from swreg.domain.policy import Policy
from swreg.domain.shape import write
from swreg.domain.stage import Stage

_PLAIN = {str: "text", bool: "true or false", int: "whole number", float: "number"}
_HEAD = "| key | type | default |\n| --- | --- | --- |"


def configuration() -> str:
    """Every part of the configuration: where it stands, what it means, and a row for each key."""
    return "\n\n".join(_part(Policy, ""))


def _part(cls: Any, where: str) -> Iterator[str]:
    hints = typing.get_type_hints(cls)
    rows, below = [], []
    for field in dataclasses.fields(cls):
        key = field.name.rstrip("_")
        suffix, inner = _inner(hints[field.name])
        if dataclasses.is_dataclass(inner):
            below.append((inner, f"{where}{key}{suffix}"))
        else:
            rows.append(f"| `{key}` | {_type(hints[field.name])} | {_default(field)} |")
    if where:
        yield f"#### `{where.removesuffix('.')}`"
    yield inspect.cleandoc(cls.__doc__)
    if rows:
        yield "\n".join([_HEAD, *rows])
    for inner, place in below:
        yield from _part(inner, f"{place}.")


def _inner(kind: Any) -> tuple[str, Any]:
    """What a list or mapping holds, and how a key path goes on into it."""
    arguments = typing.get_args(kind)
    if typing.get_origin(kind) is tuple:
        return "[]", arguments[0]
    if typing.get_origin(kind) is Mapping:
        return ".STAGE" if arguments[0] is Stage else ".NAME", arguments[1]
    parts = [one for one in arguments if dataclasses.is_dataclass(one)]
    return "", parts[0] if parts else kind


def _type(kind: Any) -> str:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(_type(one) for one in arguments if one is not type(None))
    if origin is tuple:
        return f"list of {_type(arguments[0])}"
    if origin is Literal:
        return " or ".join(f"`{one}`" for one in arguments)
    if origin is Mapping:
        return f"mapping of {_type(arguments[0])} to {_type(arguments[1])}"
    return _PLAIN[kind]


def _default(field: dataclasses.Field[Any]) -> str:
    if field.default is None:
        return "none"
    if field.default is not dataclasses.MISSING:
        return f"`{json.dumps(write(field.default))}`"
    if field.default_factory is not dataclasses.MISSING:
        return "empty"
    return "required"

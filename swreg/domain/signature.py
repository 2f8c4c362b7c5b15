"""What a model takes and gives: the signature, and when a new one breaks those who call it.

Types are named as people write them (`float`, `float64`, `Int64`, `np.int32`, `category`) and kept
so; they are compared by what they mean. A trailing `?`, `Optional[…]` or `… | None` marks a value
that may be absent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from swreg.domain.document import read_document, write_document
from swreg.errors import UsageError

_BITS = ("8", "16", "32", "64")
_NAMES: dict[str, tuple[str, ...]] = {
    "float": ("float", "double", "number", "real", "float16", "float32", "float64", "float128"),
    "int": ("integer", "long", *(f"{kind}{n}" for kind in ("int", "uint") for n in ("", *_BITS))),
    "str": ("str", "string", "text", "str_", "unicode"),
    "bool": ("bool", "boolean", "bool_"),
    "datetime": ("datetime", "timestamp", "datetime64"),
    "duration": ("duration", "timedelta", "timedelta64"),
    "category": ("category", "categorical"),
}
_MEANING = {written: meaning for meaning, names in _NAMES.items() for written in names}
_OPTIONAL = re.compile(r"optional\[(.+)\]|(.+?)\s*\|\s*none|none\s*\|\s*(.+)|(.+?)\?")
_PREFIX = re.compile(r"(?:numpy|np|pandas|pd|builtins|typing)\.")
_DETAIL = re.compile(r"(datetime64|timedelta64|string|category)\[.*\]")


@dataclass(frozen=True, slots=True)
class Signature:
    """Names and types of what goes in and out, and who said so. The value of `signature.json`."""

    inputs: Mapping[str, str]
    outputs: Mapping[str, str]
    source: Literal["declared", "inferred", "hints"]


def type_name(written: str) -> str:
    """What a type means, however it is spelled; a name we do not know stands for itself.

    >>> type_name("float64"), type_name("np.Int64"), type_name("datetime64[ns]")
    ('float', 'int', 'datetime')
    >>> type_name("Optional[str]"), type_name("bool | None"), type_name("Tensor[1, 30]")
    ('str?', 'bool?', 'tensor[1, 30]')
    """
    text = _PREFIX.sub("", written.strip().casefold())
    found = _OPTIONAL.fullmatch(text)
    if found:
        inner = type_name(next(part for part in found.groups() if part))
        return inner if inner.endswith("?") else f"{inner}?"
    detail = _DETAIL.fullmatch(text)
    plain = detail[1] if detail else text
    return _MEANING.get(plain, plain)


def make_signature(
    inputs: Mapping[str, Any],
    outputs: Mapping[str, Any],
    *,
    source: Literal["declared", "inferred", "hints"] = "declared",
) -> Signature:
    """A signature from what a caller gave: names to type names or Python types.

    Raises `UsageError` that names the field. Outputs must not be empty; inputs may.

    >>> make_signature({"amount": float}, {"fraud": "bool"}).inputs
    {'amount': 'float'}
    """
    if not outputs:
        raise UsageError("the signature has no outputs", 'write outputs={"name": "float"}')
    return Signature(_named(inputs, "inputs"), _named(outputs, "outputs"), source)


def _named(fields: Mapping[Any, Any], side: str) -> dict[str, str]:
    named = {}
    for name, kind in fields.items():
        text = kind.__name__ if isinstance(kind, type) else kind
        if not isinstance(name, str) or not name.strip():
            raise UsageError(f"signature {side}: {name!r} is no name", "name it with some text")
        if not isinstance(text, str) or not text.strip():
            raise UsageError(
                f"signature {side}.{name}: {text!r} is no type", "write float, int, str or bool"
            )
        named[name] = text.strip()
    return named


def incompatibilities(old: Signature, new: Signature) -> tuple[str, ...]:
    """Why those who call the old signature cannot call the new one; empty where they can.

    The caller's view decides. Breaking are: an output removed, retyped or now possibly absent; an
    input removed (a strict caller's request is refused, a lax one's value silently unused), added
    as required, retyped, or made required. A wider number type breaks too: an integer identifier
    read as a float loses digits. Compatible are: a new output, a new optional input, an input made
    optional, an output made sure, another spelling of the same type.

    >>> old = Signature({"amount": "float"}, {"fraud": "bool"}, "declared")
    >>> new = Signature({"amount": "float64", "place": "str"}, {"fraud": "str"}, "declared")
    >>> incompatibilities(old, new)
    ("output 'fraud' changed from bool to str", "required input 'place' is new")
    """
    return (*_broken_outputs(old.outputs, new.outputs), *_broken_inputs(old.inputs, new.inputs))


def _broken_outputs(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    for name, kind in old.items():
        if name not in new:
            yield f"output {name!r} was removed"
        elif type_name(new[name]) not in (type_name(kind), type_name(kind).removesuffix("?")):
            yield f"output {name!r} changed from {kind} to {new[name]}"


def _broken_inputs(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    for name, kind in old.items():
        if name not in new:
            yield f"input {name!r} was removed"
        elif type_name(new[name]) not in (type_name(kind), f"{type_name(kind)}?"):
            yield f"input {name!r} changed from {kind} to {new[name]}"
    for name, kind in new.items():
        if name not in old and not type_name(kind).endswith("?"):
            yield f"required input {name!r} is new"


def read_signature(raw: object, where: str = "signature.json") -> Signature:
    """The signature in the plain data of a file; raises `BrokenFile`."""
    return read_document(Signature, raw, where)


def write_signature(signature: Signature) -> dict[str, Any]:
    """The plain data of `signature.json`; `read_signature(write_signature(s)) == s`."""
    return write_document(signature)

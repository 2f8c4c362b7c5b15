"""A catalog's text as blocks, one per model, so that one can be read or changed alone.

Most catalogs change in one model at a time, and reading YAML is what costs. A text that is laid
out as we write it is cut at the lines of the models' names; a cut is believed only where every
piece reads as exactly one model. All others are read whole, with the same result.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from swreg.domain.catalog import Catalog, Model
from swreg.errors import BrokenFile
from swreg.storage import catalog_yaml
from swreg.storage.yaml_text import MAX_BYTES

HEAD = b"schema: 1\nmodels:\n"
_NAME_LINE = re.compile(rb"^  (?=[^ ])", re.MULTILINE)
_KEY = re.compile(r'"(?:[^"\\]|\\.)*"|([a-z_][a-z0-9_.-]*)(?=: )')


class ReadBlock(NamedTuple):
    """A model, and whether its text is byte for byte what we would write."""

    model: Model
    canonical: bool


def split(data: bytes) -> list[bytes] | None:
    """The blocks of a catalog, None where it is not laid out as we write it.

    >>> split(HEAD + b"  a-model:\\n    stages: {}\\n  b-model:\\n    stages: {}\\n")
    [b'  a-model:\\n    stages: {}\\n', b'  b-model:\\n    stages: {}\\n']
    >>> split(b"schema: 1\\nmodels: {}\\n") is None
    True
    """
    if not data.startswith(HEAD) or not data.endswith(b"\n") or len(data) > MAX_BYTES:
        return None
    starts = [found.start() for found in _NAME_LINE.finditer(data, len(HEAD))]
    if not starts or starts[0] != len(HEAD):
        return None
    return [data[a:b] for a, b in zip(starts, [*starts[1:], len(data)], strict=True)]


def read_block(block: bytes) -> ReadBlock | None:
    """The one model of a block, None where it is not exactly one."""
    model = _quick(block)
    if model is not None:
        return ReadBlock(model, canonical=True)
    try:
        catalog = catalog_yaml.load(HEAD + block)
    except BrokenFile:
        return None
    if len(catalog.models) != 1:
        return None
    (model,) = catalog.models.values()
    return ReadBlock(model, canonical=write_block(model) == block)


def splice(
    data: bytes, changed: Mapping[str, Model], *, canonical: Callable[[list[bytes]], bool]
) -> bytes | None:
    """A catalog's text with some models changed or added, the others' bytes as they are.

    It is what writing the whole catalog would give; None where that is not certain, because the
    text is not ours or `canonical` does not know all the blocks that stay.
    """
    pieces = split(data)
    if pieces is None:
        return None
    named = {_name(piece): piece for piece in pieces}
    kept = [piece for name, piece in named.items() if name not in changed]
    if list(named) != sorted(named) or len(named) != len(pieces) or not canonical(kept):
        return None
    named |= {name: write_block(model) for name, model in changed.items()}
    return HEAD + b"".join(named[name] for name in sorted(named))


def _name(block: bytes) -> str:
    """The name in the first line of a canonical block."""
    return block[2 : block.index(b"\n") - 1].strip(b'"').decode("utf-8", "replace")


def write_block(model: Model) -> bytes:
    """The canonical text of one model."""
    return catalog_yaml.dump(Catalog({model.name: model}))[len(HEAD) :]


def _quick(block: bytes) -> Model | None:
    """A model out of canonical text, ten times as fast as through YAML; None for any other text.

    The reading may be careless, because it is proved: what is written of the model must be the
    block again, and what we write reads back as what was written.
    """
    import json

    try:
        name, raw = _plain(block.decode(), json.JSONDecoder().decode)
        model = catalog_yaml.from_raw({"schema": 1, "models": {name: raw}}, name="").models[name]
        return model if write_block(model) == block else None
    except (ValueError, KeyError, IndexError, TypeError, RecursionError, BrokenFile):
        return None


def _plain(text: str, decode: Any) -> tuple[str, dict[str, Any]]:
    name, *lines = text.splitlines()
    raw: dict[str, dict[str, Any]] = {}
    part: dict[str, Any] = {}
    entry: dict[str, Any] = {}
    for line in lines:
        body = line.lstrip(" ")
        depth = len(line) - len(body)
        key, _, value = body.partition(":")
        if depth == 4:
            part = raw[key] = {}
        elif depth == 6 and value:
            part[key] = decode(value)
        elif depth == 6:
            entry = part[decode(key + value)] = {}
        elif depth == 8:
            entry[key] = decode(_KEY.sub(_quote, value)) if value else []
        else:
            entry["approvals"].append(decode(_KEY.sub(_quote, body[2:])))
    key = name.strip()[:-1]
    return (decode(key) if key.startswith('"') else key), raw


def _quote(found: re.Match[str]) -> str:
    return f'"{found[1]}"' if found[1] else found[0]

"""From the bytes of catalogs to what the cache keeps of their models."""

from __future__ import annotations

import gc
import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from swreg.domain.catalog import Model
from swreg.domain.listing_row import row, shown
from swreg.errors import BrokenFile
from swreg.storage.catalog_blocks import read_block, split, write_block
from swreg.storage.catalog_yaml import load, model_to_raw
from swreg.storage.index import Block, Index


def read_catalogs(
    contents: Mapping[str, bytes], index: Index
) -> tuple[dict[str, list[Block]], list[Block]]:
    """Path -> blocks of each catalog, and those blocks that the cache did not know.

    Raises `BrokenFile`, as reading the whole file does.
    """
    pieces = {path: split(data) for path, data in contents.items()}
    digests = {piece: digest_of(piece) for parts in pieces.values() for piece in parts or []}
    known = index.blocks(list(digests.values()))
    new: dict[str, Block] = {}
    catalogs = {}
    with _no_collection():
        for path, data in contents.items():
            blocks = _blocks(pieces[path] or [], digests, {**known, **new}) or _whole(data, path)
            new |= {block.digest: block for block in blocks if block.digest not in known}
            catalogs[path] = blocks
    return catalogs, list(new.values())


def broken_ones(contents: Mapping[str, bytes], index: Index) -> dict[str, BrokenFile]:
    """Path -> what is wrong, for those of the catalogs that cannot be read."""
    faults = {}
    for path, data in contents.items():
        try:
            read_catalogs({path: data}, index)
        except BrokenFile as error:
            faults[path] = error
    return faults


def digest_of(block: bytes) -> str:
    """The name of a block's text in the cache."""
    return hashlib.sha256(block).hexdigest()


def _blocks(
    pieces: list[bytes], digests: Mapping[bytes, str], known: Mapping[str, Block]
) -> list[Block] | None:
    """The blocks of a catalog that was cut, None where one of them is no model by itself."""
    blocks = []
    for piece in pieces:
        block = known.get(digests[piece])
        if block is None:
            read = read_block(piece)
            if read is None:
                return None
            block = _block(digests[piece], read.model, canonical=read.canonical)
        blocks.append(block)
    return blocks if len({block.name for block in blocks}) == len(blocks) else None


def _whole(data: bytes, path: str) -> list[Block]:
    """The blocks of any other catalog, under the text that we would write of each model."""
    models = load(data, name=path).models.values()
    return [_block(digest_of(write_block(model)), model, canonical=True) for model in models]


def _block(digest: str, model: Model, *, canonical: bool) -> Block:
    every = sorted(model.versions)
    return Block(
        digest=digest,
        name=model.name,
        canonical=canonical,
        body=_json(model_to_raw(model)),
        shown=_json([row(model, version) for version in shown(model)]),
        every=_json([row(model, version) for version in every]),
    )


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


@contextmanager
def _no_collection() -> Iterator[None]:
    """Spare the collector thousands of new values, none of which is garbage."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()

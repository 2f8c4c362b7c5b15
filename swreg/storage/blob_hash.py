"""The sha256 of files as git stores them, read in portions so that size does not matter."""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from swreg.storage.files import CHUNK
from swreg.storage.git import Git

_PORTION = 64 << 20
_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n(?:ext-.*\n)*"
    rb"oid sha256:([0-9a-f]{64})\nsize (\d+)\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BlobFacts:
    """The bytes of one object: digest and size; `pointer` where they only point to others.

    `pointer` has the digest and size that a git-lfs pointer names.
    """

    sha256: str
    size: int
    pointer: tuple[str, int] | None = None


def hash_blobs(
    git: Git, oids: Iterable[str], *, progress: Callable[[int], None] = lambda done: None
) -> dict[str, BlobFacts]:
    """The facts of each object; one that is missing is left out."""
    found: dict[str, BlobFacts] = {}
    for portion in _portions(sizes(git, oids)):
        if sum(portion.values()) > _PORTION:
            facts = {oid: _hash_large(git, oid) for oid in portion}
        else:
            contents = zip(portion, git.blobs(list(portion)), strict=True)
            facts = {oid: _facts(data) for oid, data in contents if data is not None}
        found |= facts
        progress(sum(portion.values()))
    return found


def sizes(git: Git, oids: Iterable[str]) -> dict[str, int]:
    """The size in bytes of each object that is there."""
    names = sorted(set(oids))
    if not names:
        return {}
    stdin = "\n".join([*names, ""]).encode()
    out = git.ask("looking up objects", "cat-file", "--batch-check", stdin=stdin).out.decode()
    parts = (line.split() for line in out.splitlines())
    return {part[0]: int(part[2]) for part in parts if len(part) == 3}


def _portions(objects: dict[str, int]) -> Iterator[dict[str, int]]:
    portion: dict[str, int] = {}
    for oid, size in objects.items():
        if portion and sum(portion.values()) + size > _PORTION:
            yield portion
            portion = {}
        portion[oid] = size
    if portion:
        yield portion


def _facts(data: bytes) -> BlobFacts:
    found = _POINTER.fullmatch(data) if len(data) < 1024 else None
    return BlobFacts(
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        pointer=(found[1].decode(), int(found[2])) if found else None,
    )


def _hash_large(git: Git, oid: str) -> BlobFacts:
    digest, size = hashlib.sha256(), 0
    with tempfile.TemporaryFile() as file:
        git.stream_blob(oid, file)
        file.seek(0)
        while part := file.read(CHUNK):
            digest.update(part)
            size += len(part)
    return BlobFacts(sha256=digest.hexdigest(), size=size)

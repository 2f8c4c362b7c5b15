"""What a store really does: tried out on an object of our own, which is removed again."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from swreg.errors import EnvironmentFault
from swreg.storage.artifacts.crew import PATIENCE, ask
from swreg.storage.artifacts.stores import Store

_FIRST, _OTHER = b"swreg looks what this store does", b"and whether it writes over what is there"


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One thing that was tried: whether it held, and what follows where it did not.

    Without a `needed` one the store cannot be used; the digests make up for the others.
    """

    name: str
    held: bool
    what: str
    needed: bool = True


def probes(store: Store, place: Path, *, patience: float = PATIENCE) -> tuple[Probe, ...]:
    """Everything that is asked of a store, tried; `place` is an empty folder for our files."""
    (place / "first").write_bytes(_FIRST)
    (place / "other").write_bytes(_OTHER)
    key = f"tmp/probe-{os.urandom(8).hex()}"
    try:
        return ask(
            lambda: tuple(_tried(store, key, place)), of=str(store.address), patience=patience
        )
    finally:
        with suppress(EnvironmentFault):
            ask(lambda: store.delete(key), of=str(store.address), patience=patience)


def _tried(store: Store, key: str, place: Path) -> Iterator[Probe]:
    def put(name: str, *, replace: bool = False) -> bool:
        return store.put(key, place / name, lambda count: None, replace=replace)

    def holds(data: bytes) -> bool:
        there = store.look(key)
        return there is not None and there.size == len(data) and _read(store, key) == data

    put("first")
    yield Probe(name="read after write", held=holds(_FIRST),
                what="what was put is not what is read: do not use it")  # fmt: skip
    listed = [one.size for one in store.listing("tmp/") if one.key == key]
    yield Probe(name="list after write", held=listed == [len(_FIRST)],
                what="registry-gc cannot see what is there", needed=False)  # fmt: skip
    refused = not put("other")
    yield Probe(name="create only", held=refused and holds(_FIRST),
                what="it writes over what is there; the digests still protect readers",
                needed=False)  # fmt: skip
    yield Probe(name="conditional writes", held=store.conditional and refused,
                what="swreg looks before it writes, and two writers at once could both write",
                needed=False)  # fmt: skip
    put("other", replace=True)
    yield Probe(name="replace", held=holds(_OTHER),
                what="a broken object cannot be mended by putting it again", needed=False)  # fmt: skip
    store.delete(key)
    yield Probe(name="delete", held=store.look(key) is None,
                what="registry-gc cannot free anything", needed=False)  # fmt: skip


def _read(store: Store, key: str) -> bytes:
    try:
        return b"".join(store.read(key, lambda count: None))
    except FileNotFoundError:
        return b""

"""Bytes out of a store: hashed on the way, and nowhere to be found until they are proven."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path

from swreg.domain.metadata_keys import FileFact
from swreg.domain.storage_address import object_key
from swreg.errors import IntegrityError
from swreg.storage.artifacts.cache import Cache
from swreg.storage.artifacts.crew import PATIENCE, work
from swreg.storage.artifacts.stores import Store, Told
from swreg.storage.files import disk_errors


def download(
    store: Store,
    files: Iterable[FileFact],
    into: Path,
    *,
    cache: Cache,
    progress: Callable[[int], None] = lambda done: None,
    patience: float = PATIENCE,
) -> None:
    """Write files below a folder, from the cache or from the store, several at a time.

    Raises `IntegrityError` for an object that is gone or has other bytes than its digest says.
    """
    with disk_errors(f"write to {into}"):
        tasks = [_task(store, one, into / one.path, cache) for one in files]
        work(tasks, of=str(store.address), progress=progress, patience=patience)


def _task(store: Store, fact: FileFact, target: Path, cache: Cache) -> Callable[[Told], None]:
    def run(told: Told) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        half = target.with_name(f".{os.urandom(8).hex()}.part")
        try:
            if store.near or not cache.copy(fact, half, told):
                with open(half, "wb") as out:
                    wrong = fault(store, fact, told, write=out.write)
                if wrong is not None:
                    raise IntegrityError(
                        wrong, "do not use it; put the right bytes back, or use another version"
                    )
                if not store.near:
                    cache.keep(fact, half)
            os.replace(half, target)
        finally:
            half.unlink(missing_ok=True)

    return run


def fault(
    store: Store,
    fact: FileFact,
    told: Told,
    *,
    write: Callable[[bytes], object] = lambda part: None,
) -> str | None:
    """Read an object whole; what is wrong with it, None where it is as it should be.

    Reading ends where there is more than there should be.
    """
    digest, size = hashlib.sha256(), 0
    try:
        for part in store.read(object_key(fact.sha256), told):
            size += len(part)
            if size > fact.size:
                break
            digest.update(part)
            write(part)
    except FileNotFoundError:
        return f"{fact.path} is not in {store.address}"
    if (digest.hexdigest(), size) == (fact.sha256, fact.size):
        return None
    if size < fact.size:
        return f"{fact.path} in {store.address} has only {size} of {fact.size} bytes"
    return f"{fact.path} in {store.address} has other bytes than were registered"

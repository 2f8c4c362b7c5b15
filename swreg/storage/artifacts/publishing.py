"""Bytes into a store: created, never written over, and read back, before any commit names them.

What was put and is named by no commit is harmless: the next registration of the same bytes uses it,
or `registry-gc` frees it some day. So an upload that was cut is taken up by doing it again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from swreg.domain.metadata_keys import FileFact
from swreg.domain.storage_address import object_key
from swreg.errors import IntegrityError
from swreg.storage.artifacts.crew import PATIENCE, work
from swreg.storage.artifacts.downloading import fault
from swreg.storage.artifacts.stores import Store, Stored, Told
from swreg.storage.clock import now

_RECENT = 6 * 60 * 60
"""Seconds for which an object that no commit names is surely not freed; see `registry-gc`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What a store was given: how many objects, and how many it had already."""

    put: int
    there: int


def publish(
    store: Store,
    folder: Path,
    files: Iterable[FileFact],
    *,
    settled: Collection[str] = (),
    progress: Callable[[int], None] = lambda done: None,
    patience: float = PATIENCE,
) -> Published:
    """Put files of a folder under their digests, several at a time; return when all are proven.

    `settled` are digests that a committed version of this store names: their size is enough.
    Anything else that lies there is read and hashed, and put anew where it is not what it should
    be or where it is old: nobody named it, so a collection of garbage may be about to take it.
    Raises `IntegrityError` where the store does not give back what it was given.
    """
    distinct = list({one.sha256: one for one in files}.values())
    tasks = [_task(store, folder, one, settled=one.sha256 in settled) for one in distinct]
    done = work(tasks, of=str(store.address), progress=progress, patience=patience)
    return Published(put=sum(done), there=len(done) - sum(done))


def _task(store: Store, folder: Path, fact: FileFact, *, settled: bool) -> Callable[[Told], bool]:
    def run(told: Told) -> bool:
        key = object_key(fact.sha256)
        there = store.look(key)
        whole = there is not None and there.size == fact.size
        if whole and (settled or (_recent(there) and _fault(store, fact, told) is None)):
            return False
        fresh = store.put(key, folder / fact.path, told, replace=there is not None)
        wrong = _fault(store, fact, told)
        if wrong is not None:
            raise IntegrityError(
                f"{wrong}, right after they were put there",
                "nothing was registered; see what the store promises with: swreg store-check",
            )
        return fresh

    return run


def _recent(there: Stored | None) -> bool:
    return there is not None and (now() - there.modified).total_seconds() < _RECENT


def _fault(store: Store, fact: FileFact, told: Told) -> str | None:
    """What is wrong with an object; of a folder of this machine only the size is asked."""
    if store.near:
        there = store.look(object_key(fact.sha256))
        if there is not None and there.size == fact.size:
            return None
    return fault(store, fact, lambda count: told(0))

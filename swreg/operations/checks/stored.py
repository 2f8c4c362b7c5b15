"""What stores hold of versions: whether it is there, and whether it is what was registered."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from functools import partial

from swreg.domain.catalog import Found
from swreg.domain.finding import Finding, finding
from swreg.domain.metadata_keys import FileFact
from swreg.domain.storage_address import object_key
from swreg.errors import IntegrityError, SwregError
from swreg.operations.checks.files import by_folder, folder_in
from swreg.operations.checks.state import StateView
from swreg.operations.stored_files import elsewhere
from swreg.operations.storing import patience
from swreg.operations.version_files import METADATA
from swreg.storage.artifacts.crew import work
from swreg.storage.artifacts.downloading import fault
from swreg.storage.artifacts.stores import Store, Told, open_store

_Missing = tuple[str, Found, FileFact]


def stores(
    state: StateView,
    progress: Callable[[int], None] = lambda done: None,
    *,
    names: Collection[str] | None = None,
    whole: bool = True,
) -> Iterator[Finding]:
    """Objects that are gone or wrong; without `whole` only their sizes are asked, nothing is read.

    A store that cannot be asked is a finding as well.
    """
    for uri, wanted in _wanted(state, names).items():
        try:
            store = open_store(uri)
            judge = fault if whole else _absent
            objects = {fact.sha256: fact for _, _, fact in wanted}
            tasks = [partial(judge, store, fact) for fact in objects.values()]
            answers = work(tasks, of=uri, progress=progress, patience=patience(state.project))
            said = dict(zip(objects, answers, strict=True))
        except SwregError as error:
            path, found, _ = wanted[0]
            spot = state.at(path, found.model.name, found.version)
            yield finding("SWR230", f"{error.what}", spot, fix=error.hint)
            continue
        for path, found, fact in wanted:
            wrong = said[fact.sha256]
            if wrong is not None:
                what = f"{found.model.name} {found.version}: {wrong}"
                yield finding("SWR230", what, state.at(path, found.model.name, found.version))


def _absent(store: Store, fact: FileFact, told: Told) -> str | None:
    there = store.look(object_key(fact.sha256))
    if there is None:
        return f"{fact.path} is not in {store.address}"
    if there.size != fact.size:
        return f"{fact.path} in {store.address} has {there.size} of {fact.size} bytes"
    return None


def _wanted(state: StateView, names: Collection[str] | None) -> dict[str, list[_Missing]]:
    """By store, each file that a version has there: the catalog's path, the version, the file."""
    folders = by_folder(state)
    found: dict[str, list[_Missing]] = {}
    for path, place, one in state.found():
        uri = one.entry.artifact.store
        if uri is None or (names is not None and one.model.name not in names):
            continue
        folder, own = folder_in(folders, place, one)
        item = state.items.get(f"{folder}/{METADATA}")
        try:
            listed = elsewhere(
                state.contents.data(item.oid) if item else b"{}",
                (name[len(folder) + 1 :] for name in own),
            )
        except IntegrityError:
            continue  # its digest is wrong as well, and that is reported
        found.setdefault(uri, []).extend((path, one, fact) for fact in listed)
    return found

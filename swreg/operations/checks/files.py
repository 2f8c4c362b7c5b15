"""The files of versions: hashed against the catalog, no pointers, and the lineage they tell."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping

from swreg.domain.catalog import Found
from swreg.domain.finding import Finding, finding
from swreg.domain.lineage import merged, read_lineage, version_graph
from swreg.domain.metadata_keys import FileFact
from swreg.errors import BrokenFile, IntegrityError
from swreg.operations.checks.places import Home, Place
from swreg.operations.checks.state import StateView
from swreg.operations.stored_files import elsewhere
from swreg.operations.version_files import FEATURES, METADATA, SIGNATURE, load_facts
from swreg.storage.artifacts import in_git
from swreg.storage.artifacts.payload import tree_digest
from swreg.storage.blob_hash import BlobFacts, hash_blobs
from swreg.storage.layout import LINEAGE, home_name


def digests(
    state: StateView,
    progress: Callable[[int], None] = lambda done: None,
    *,
    names: Collection[str] | None = None,
) -> Iterator[Finding]:
    """Versions whose files are not the registered ones, and files that only point to others."""
    versions = [one for one in _wanted(state) if names is None or one[1].model.name in names]
    paths = [path for _, _, _, own in versions for path in own]
    facts = hash_blobs(
        state.project.git, (state.items[path].oid for path in paths), progress=progress
    )
    bare = state.project.git.bare
    filtered = set(paths if bare else in_git.filters(state.project.git, paths))
    for catalog, found, folder, own in versions:
        yield from _hashed(state, catalog, found, folder, own, facts, filtered)


def _wanted(state: StateView) -> Iterator[tuple[str, Found, str, list[str]]]:
    """The versions to hash: the catalog's path, the version, its folder and its files."""
    folders = by_folder(state)
    for path, place, found in state.found():
        folder, files = folder_in(folders, place, found)
        known = state.scope.known.get((place.home, found.model.name, str(found.version)))
        changed = known != found.entry.artifact.digest or folder in state.touched_folders
        if state.scope.everything or changed:
            yield path, found, folder, files


Folders = dict[tuple[Home, str], tuple[str, list[str]]]


def folder_in(folders: Folders, place: Place, found: Found) -> tuple[str, list[str]]:
    """The folder of a version and its files: in the increment that registered it, or at home."""
    relative = found.entry.artifact.path
    registering = Home(place.home.environment, found.entry.registered.increment)
    for home in (registering, place.home):
        if (home, relative) in folders:
            return folders[home, relative]
    return f"{place.folder}/{relative}", []


def by_folder(state: StateView) -> Folders:
    """The folder and files of each version that the state has, by home and relative path."""
    found: Folders = {}
    for path, place in state.places.items():
        parts = path[len(place.folder) + 1 :].split("/")
        if parts[0] == "models" and len(parts) > 1:
            relative = "/".join(parts[:2])
            key = (place.home, relative)
            found.setdefault(key, (f"{place.folder}/{relative}", []))[1].append(path)
    return found


def _hashed(
    state: StateView, catalog: str, found: Found, folder: str, own: list[str],
    facts: dict[str, BlobFacts], filtered: set[str],
) -> Iterator[Finding]:  # fmt: skip
    def metadata() -> bytes:
        item = state.items.get(f"{folder}/{METADATA}")
        return state.contents.data(item.oid) if item else b"{}"

    oids = {path: state.items[path].oid for path in own}
    for check_id, what in faults(found, folder, oids, facts, filtered=filtered, metadata=metadata):
        yield finding(check_id, what, state.at(catalog, found.model.name, found.version))


def faults(
    found: Found, folder: str, oids: Mapping[str, str], facts: Mapping[str, BlobFacts], *,
    filtered: Collection[str], metadata: Callable[[], bytes],
) -> Iterator[tuple[str, str]]:  # fmt: skip
    """What is wrong with the files of a version, as the ids of checks and words.

    `oids` are the objects of its files by their path, `facts` what was hashed; `filtered` are the
    paths with a git filter, whose pointers are believed. `metadata` reads its `metadata.json`.
    """
    name = f"{found.model.name} {found.version}"
    listed: list[FileFact] = []
    for path, oid in oids.items():
        blob = facts.get(oid)
        if blob is None:
            yield "SWR222", f"{path} is not in this clone"
            return
        if blob.pointer and path not in filtered:
            yield "SWR211", f"{path} is a git-lfs pointer and no model"
        sha256, size = (
            blob.pointer if blob.pointer and path in filtered else (blob.sha256, blob.size)
        )
        listed.append(FileFact(path=path[len(folder) + 1 :], sha256=sha256, size=size))
    if found.entry.artifact.store is not None:
        listed += _elsewhere(metadata(), listed)
    if not listed:
        yield "SWR210", f"the files of {name} are not in git"
    elif tree_digest(one for one in listed if one.path != SIGNATURE) != found.entry.artifact.digest:
        yield "SWR210", f"the files of {name} are not those that were registered"


def _elsewhere(metadata: bytes, here: list[FileFact]) -> tuple[FileFact, ...]:
    """What `metadata.json` says of the files that a store holds; nothing where it is broken."""
    try:
        return elsewhere(metadata, (one.path for one in here))
    except IntegrityError:
        return ()


def lineages(state: StateView) -> Iterator[Finding]:
    """Lineage files that say something else than the versions' metadata."""
    homes: dict[str, list[tuple[Found, str]]] = {}
    folders = by_folder(state)
    for path, place, found in state.found():
        folder, _ = folder_in(folders, place, found)
        homes.setdefault(path, []).append((found, folder))
    for path, versions in homes.items():
        yield from _lineage(state, path, versions)


def _lineage(
    state: StateView, catalog: str, versions: list[tuple[Found, str]]
) -> Iterator[Finding]:
    home = state.places[catalog].folder
    path = f"{home}/{LINEAGE}"
    names = (METADATA, FEATURES, SIGNATURE)
    wanted = [f"{folder}/{name}" for _, folder in versions for name in names[:2]]
    state.contents.fetch(state.items[one].oid for one in [*wanted, path] if one in state.items)
    graphs = []
    for found, folder in versions:
        files = {
            name: state.contents.data(state.items[f"{folder}/{name}"].oid)
            for name in names[:2]
            if f"{folder}/{name}" in state.items
        }
        try:
            facts = load_facts(str(found.version), files, folder)
        except BrokenFile:
            # Its digest is wrong as well, and that is reported.
            return
        features = facts.features.names if facts.features else None
        graphs.append(
            version_graph(
                found.model.name, found.version, metadata=facts.metadata, features=features
            )
        )
    item = state.items.get(path)
    data = state.contents.data(item.oid) if item else b""
    spot = state.at(catalog) if item is None else state.at(path)
    try:
        told = read_lineage(json.loads(data or b'{"schema": 1, "nodes": [], "edges": []}'), path)
    except (ValueError, BrokenFile) as error:
        what = error.what if isinstance(error, BrokenFile) else f"{path} is not JSON"
        yield finding("SWR215", what, spot)
        return
    if told != merged(graphs):
        yield finding(
            "SWR215", f"the lineage of {home_name(home)} is not what its versions say", spot
        )

"""`lineage_graph.json`: what the versions of a home were made from, written at registration."""

from __future__ import annotations

from collections.abc import Sequence

from swreg.domain.catalog import Model
from swreg.domain.features import Features
from swreg.domain.lineage import LineageGraph, merged, read_lineage, version_graph, write_lineage
from swreg.domain.metadata_keys import Metadata
from swreg.domain.version import Version
from swreg.errors import BrokenFile
from swreg.operations.project import Project
from swreg.operations.transaction import Transaction
from swreg.operations.version_files import FEATURES, METADATA, dump_json, load_facts, load_json
from swreg.storage import catalog_yaml
from swreg.storage.commit import NewFile
from swreg.storage.layout import CATALOG, LINEAGE, home_name
from swreg.storage.source import Source


def with_version(
    tx: Transaction,
    home: str,
    name: str,
    version: Version,
    metadata: Metadata,
    features: Features | None,
) -> None:
    """Add a version's origin to the graph of its home."""
    with_graphs(tx, home, [graph_of(name, version, metadata, features)])


def graph_of(
    name: str, version: Version, metadata: Metadata, features: Features | None
) -> LineageGraph:
    """What one version was made from."""
    names = features.names if features else None
    return version_graph(name, version, metadata=metadata, features=names)


def with_graphs(tx: Transaction, home: str, graphs: Sequence[LineageGraph]) -> None:
    """Add the origins of versions to the graph of their home, all at once."""
    path = f"{home}/{LINEAGE}"
    data = tx.source.read(path)
    before = [read_lineage(load_json(data, path), path)] if data else []
    tx.files[path] = NewFile(data=dump_json(write_lineage(merged([*before, *graphs]))))


def derived(project: Project, source: Source, home: str) -> bytes | None:
    """The lineage file that the versions of a home's catalog lead to, by their own metadata.

    None where a file that tells it cannot be read; the checks report that one.
    """
    try:
        catalog = catalog_yaml.load(source.read(f"{home}/{CATALOG}") or b"", name=home)
        graphs = [
            _graph(project, source, home, model, version)
            for model in catalog.models.values()
            for version in sorted(model.versions)
        ]
    except BrokenFile:
        return None
    return dump_json(write_lineage(merged(graphs)))


def _graph(
    project: Project, source: Source, home: str, model: Model, version: Version
) -> LineageGraph:
    entry = model.versions[version]
    own = [one for one in project.increments() if home_name(one) == entry.registered.increment]
    for place in dict.fromkeys([*own, home]):
        folder = f"{place}/{entry.artifact.path}"
        metadata, features = source.read_many([f"{folder}/{METADATA}", f"{folder}/{FEATURES}"])
        if metadata is not None:
            break
    files = {METADATA: metadata, FEATURES: features}
    facts = load_facts(str(version), files, folder)
    names = facts.features.names if facts.features else None
    return version_graph(model.name, version, metadata=facts.metadata, features=names)

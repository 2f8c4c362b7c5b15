"""`lineage_graph.json`: what the versions of a home were made from, written at registration."""

from __future__ import annotations

from swreg.domain.features import Features
from swreg.domain.lineage import merged, read_lineage, version_graph, write_lineage
from swreg.domain.metadata_keys import Metadata
from swreg.domain.version import Version
from swreg.operations.transaction import Transaction
from swreg.operations.version_files import dump_json, load_json
from swreg.storage.commit import NewFile
from swreg.storage.layout import LINEAGE


def with_version(
    tx: Transaction,
    home: str,
    name: str,
    version: Version,
    metadata: Metadata,
    features: Features | None,
) -> None:
    """Add a version's origin to the graph of its home."""
    path = f"{home}/{LINEAGE}"
    data = tx.source.read(path)
    before = [read_lineage(load_json(data, path), path)] if data else []
    names = features.names if features else None
    own = version_graph(name, version, metadata=metadata, features=names)
    tx.files[path] = NewFile(data=dump_json(write_lineage(merged([*before, own]))))

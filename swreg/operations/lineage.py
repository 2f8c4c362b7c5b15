"""Where versions come from and what depends on them, over all increments."""

from __future__ import annotations

from swreg.domain.lineage import (
    LineageGraph,
    merged,
    model_node,
    parse_node,
    read_lineage,
    with_deployments,
)
from swreg.domain.lineage_faults import findings
from swreg.domain.lineage_query import Impact, Lineage, impact, lineage_of
from swreg.domain.names import Reference
from swreg.operations.outcome import Outcome, read_outcome
from swreg.operations.project import Project
from swreg.operations.version_files import load_json
from swreg.storage.layout import LINEAGE


def whole_graph(project: Project, at: str | None = None) -> LineageGraph:
    """The graph of the registry: every increment's file, and an edge for each stage pointer."""
    state = project.state(at)
    paths = [f"{home}/{LINEAGE}" for home in sorted(state.registry.catalogs)]
    contents = state.source.read_many(paths)
    graphs = [
        read_lineage(load_json(data, path), path)
        for path, data in zip(paths, contents, strict=True)
        if data is not None
    ]
    pointers = {model.name: model.stages for _, model in state.registry.models()}
    return with_deployments(merged(graphs), pointers)


def lineage(project: Project, reference: Reference, *, at: str | None = None) -> Outcome[Lineage]:
    """The lineage of one version; `str()` is its tree."""
    found = project.find(reference, at)
    graph = whole_graph(project, at)
    node = model_node(found.model.name, found.version)
    return read_outcome("registry-lineage", lineage_of(graph, node), *findings(graph))


def impact_of(project: Project, node: str, *, at: str | None = None) -> Outcome[Impact]:
    """What a change of `feature:x`, `data:y` or `experiment:z` would touch."""
    graph = whole_graph(project, at)
    return read_outcome("registry-lineage", impact(graph, parse_node(node)), *findings(graph))

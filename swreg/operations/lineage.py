"""Where versions come from and what depends on them, over all increments."""

from __future__ import annotations

from typing import Any

from swreg.domain.lineage import (
    LineageGraph,
    merged,
    model_node,
    parse_node,
    read_lineage,
    with_deployments,
)
from swreg.domain.lineage_faults import findings
from swreg.domain.lineage_query import Impact, Lineage, impact, lineage_of, using
from swreg.domain.names import Reference
from swreg.domain.openlineage import NAMESPACE, events
from swreg.operations.describing import live_or_latest
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
    """The lineage of one version; `str()` is its tree.

    Where only the model is named: the one in production, else the latest.
    """
    found = project.find(live_or_latest(project, reference, at), at)
    graph = whole_graph(project, at)
    node = model_node(found.model.name, found.version)
    return read_outcome("registry-lineage", lineage_of(graph, node), *findings(graph))


def users_of(project: Project, *nodes: str, at: str | None = None) -> Outcome[tuple[str, ...]]:
    """The versions that use all of these: `feature:x`, `data:y`, a feature-engineering step, …"""
    graph = whole_graph(project, at)
    return read_outcome("registry-lineage", using(graph, *nodes), *findings(graph))


def openlineage(
    project: Project,
    reference: Reference,
    *,
    at: str | None = None,
    namespace: str = NAMESPACE,
) -> Outcome[tuple[dict[str, Any], ...]]:
    """The lineage of one version as OpenLineage run events, which data catalogs take."""
    found = project.find(live_or_latest(project, reference, at), at)
    graph = whole_graph(project, at)
    node = model_node(found.model.name, found.version)
    entry = found.entry
    made = events(
        lineage_of(graph, node).graph,
        node,
        at=entry.registered.at,
        deployed_at=entry.deployed_at,
        namespace=namespace,
    )
    return read_outcome("registry-lineage", tuple(made), *findings(graph))


def impact_of(project: Project, node: str, *, at: str | None = None) -> Outcome[Impact]:
    """What a change of `feature:x`, `data:y` or `experiment:z` would touch."""
    graph = whole_graph(project, at)
    return read_outcome("registry-lineage", impact(graph, parse_node(node)), *findings(graph))

"""Where versions come from and what depends on them, over all increments."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from swreg.domain.lineage import (
    LineageGraph,
    merged,
    model_node,
    read_lineage,
    with_deployments,
)
from swreg.domain.lineage_faults import findings_about
from swreg.domain.lineage_query import (
    Impact,
    Lineage,
    impact,
    lineage_of,
    require_known,
    using,
)
from swreg.domain.names import Reference
from swreg.domain.openlineage import NAMESPACE, events
from swreg.operations.describing import live_or_latest
from swreg.operations.outcome import Outcome, read_outcome
from swreg.operations.project import Project
from swreg.operations.version_files import load_json
from swreg.storage.layout import LINEAGE
from swreg.storage.source import Revision


def whole_graph(project: Project, at: str | None = None) -> LineageGraph:
    """The graph of the registry: every increment's file, and an edge for each stage pointer."""
    registry = project.registry(at, lenient=True)
    paths = [f"{home}/{LINEAGE}" for home in sorted(registry.catalogs)]
    contents = Revision(project.git, project.commit_at(at)).read_many(paths)
    graphs = [
        read_lineage(load_json(data, path), path)
        for path, data in zip(paths, contents, strict=True)
        if data is not None
    ]
    pointers = {model.name: model.stages for _, model in registry.models()}
    return with_deployments(merged(graphs), pointers)


def lineage(project: Project, reference: Reference, *, at: str | None = None) -> Outcome[Lineage]:
    """The lineage of one version; `str()` is its tree.

    Where only the model is named: the one in production, else the latest.
    """
    found = project.find(live_or_latest(project, reference, at), at)
    graph = whole_graph(project, at)
    node = model_node(found.model.name, found.version)
    found_lineage = lineage_of(graph, node)
    return read_outcome(
        "registry-lineage", found_lineage, *found_lineage.faults, *project.warnings(at)
    )


def users_of(project: Project, *nodes: str, at: str | None = None) -> Outcome[tuple[str, ...]]:
    """The versions that use all of these: `feature:x`, `data:y`, a feature-engineering step, …"""
    graph = whole_graph(project, at)
    versions = using(graph, *nodes)
    return read_outcome(
        "registry-lineage", versions, *findings_about(graph, versions), *project.warnings(at)
    )


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
    origin = lineage_of(graph, node)
    made = events(
        origin.graph,
        node,
        at=entry.registered.at,
        deployed_at=entry.deployed_at,
        namespace=namespace,
    )
    return read_outcome("registry-lineage", tuple(made), *origin.faults, *project.warnings(at))


def impact_of(
    project: Project, node: str, *, model: Reference | None = None, at: str | None = None
) -> Outcome[Impact]:
    """What a change of `feature:x`, `data:y` or `experiment:z` would touch.

    With `model` only of that model's versions. Raises `NotFound` for a node that nothing names.
    """
    graph = whole_graph(project, at)
    found = impact(graph, require_known(graph, node))
    if model is not None:
        known = project.find(live_or_latest(project, model, at), at).model
        numbers = [model.version] if model.version is not None else known.versions
        own = {model_node(known.name, version) for version in numbers}
        found = _only(found, own)
    touched = (*found.versions, *found.derived)
    told = findings_about(graph, touched)
    return read_outcome("registry-lineage", found, *told, *project.warnings(at))


def _only(found: Impact, own: Container[str]) -> Impact:
    """The part of the answer that is about these versions."""

    def kept(nodes: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(one for one in nodes if one in own)

    return Impact(
        node=found.node,
        versions=kept(found.versions),
        derived=kept(found.derived),
        production=kept(found.production),
    )

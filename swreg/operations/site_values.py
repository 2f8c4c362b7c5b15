"""What the static site shows: the registry of a commit, its history and its lineage."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from swreg.docs.site_pages import EventPart, Site
from swreg.domain.catalog import Found
from swreg.domain.lineage import LineageGraph, kind_of, place
from swreg.domain.metadata import read_metadata
from swreg.domain.metadata_keys import Metadata
from swreg.domain.version import Version
from swreg.errors import BrokenFile
from swreg.operations.evidence import facts_of
from swreg.operations.history import HistoryLine, events
from swreg.operations.lineage import whole_graph
from swreg.operations.project import Project
from swreg.operations.site_model import Lineages, event_part, model_page
from swreg.storage.source import Revision

_RECENT = 50


def site_of(project: Project, *, at: str | None = None) -> tuple[Site, tuple[str, ...]]:
    """The values of every page, as of a commit, and what could not be read."""
    state = project.state(at)
    pairs = list(state.registry.models())
    found = [Found(home, model, one) for home, model in pairs for one in model.versions]
    facts, broken = _all_facts(project, state.source, found)
    lines: dict[str, list[HistoryLine]] = defaultdict(list)
    recent: list[EventPart] = []
    for line in events(project, state.commit):
        lines[line.model].append(line)
        if len(recent) < _RECENT:
            recent.append(event_part(line))
    lineages = _lineages(whole_graph(project, at))
    directions = state.policy.metrics.directions
    models = tuple(
        model_page(home, model, {v: facts[home, model.name, v] for v in model.versions},
              lines[model.name], lineages, directions)
        for home, model in pairs if model.versions
    )  # fmt: skip
    site = Site(
        title=project.git.root.name,
        commit=state.commit or "",
        at=at or "",
        models=models,
        events=tuple(recent),
    )
    return site, tuple(broken)


def _all_facts(
    project: Project, source: Revision, found: list[Found]
) -> tuple[dict[tuple[str, str, Version], Metadata], list[str]]:
    """The facts of every version, read at once; a broken file is told, and breaks only itself."""
    broken: list[str] = []
    try:
        raw: list[dict[str, Any] | None] = [*facts_of(project, source, *found)]
    except BrokenFile:
        raw = [_one(project, source, one, broken) for one in found]
    facts = {}
    for one, data in zip(found, raw, strict=True):
        try:
            known = read_metadata(data or {}, f"{one.model.name} {one.version}")
        except BrokenFile as error:
            broken.append(str(error))
            known = Metadata()
        facts[one.home, one.model.name, one.version] = known
    return facts, broken


def _one(
    project: Project, source: Revision, found: Found, broken: list[str]
) -> dict[str, Any] | None:
    try:
        return facts_of(project, source, found)[0]
    except BrokenFile as error:
        broken.append(str(error))
        return None


def _lineages(graph: LineageGraph) -> Lineages:
    """For each version the nodes of its lineage, grouped by kind in the order of making."""
    nodes: dict[str, set[str]] = defaultdict(set)
    for edge in graph.edges:
        nodes[edge.via] |= {edge.from_, edge.to}
    found = {}
    for via, known in nodes.items():
        groups: dict[str, list[str]] = {}
        for node in sorted(known | {via}, key=place):
            groups.setdefault(kind_of(node), []).append(node.partition(":")[2])
        found[via] = tuple((kind, tuple(names)) for kind, names in groups.items())
    return found

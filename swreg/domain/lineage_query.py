"""Questions to the lineage: what led to a version, who uses a thing, what a change would touch.

Every walk remembers where it was, so a graph with a cycle in it is answered and reported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from swreg.domain import lineage_text
from swreg.domain.lineage import LineageGraph, kind_of, parse_node, write_lineage
from swreg.domain.lineage_faults import findings_about
from swreg.domain.names import visible
from swreg.errors import NotFound

PRODUCTION = "deployment:production"


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """What changing a node touches; all are version nodes.

    `versions` use it themselves, `derived` were made from one of those, and `production` are
    those of both that are live. `str()` lists them for a terminal.
    """

    node: str
    versions: tuple[str, ...]
    derived: tuple[str, ...]
    production: tuple[str, ...]

    def __str__(self) -> str:
        return lineage_text.impact(self)


@dataclass(frozen=True, slots=True)
class Lineage:
    """The lineage of one version inside the registry's graph; `str()` is its tree.

    What is wrong with it (`faults`) follows the tree in `str()`, a note line for each.
    """

    graph: LineageGraph
    version: str

    def __str__(self) -> str:
        return "\n".join([self.tree(), *(f"note: {fault}" for fault in self.faults)])

    @property
    def faults(self) -> tuple[str, ...]:
        """Missing nodes and cycles, of this version's origin and that of its ancestors."""
        return findings_about(self.graph, (self.version, *self.ancestors))

    def tree(self) -> str:
        """Data, feature engineering, experiment, model and deployments, each under its origin."""
        return lineage_text.tree(self.graph.of(self.version), self.version)

    def mermaid(self) -> str:
        return lineage_text.mermaid(self.graph.of(self.version))

    def dot(self) -> str:
        return lineage_text.dot(self.graph.of(self.version))

    def as_data(self) -> dict[str, Any]:
        """Plain data for JSON, in the format of `lineage_graph.json` with the deployments."""
        return write_lineage(self.graph.of(self.version))

    @property
    def data(self) -> tuple[str, ...]:
        """What data was used to train this version?"""
        return self._own("data")

    @property
    def features(self) -> tuple[str, ...]:
        """What features does it take?"""
        return self._own("feature")

    @property
    def deployments(self) -> tuple[str, ...]:
        """Where is it live?"""
        return self._own("deployment")

    @property
    def ancestors(self) -> tuple[str, ...]:
        """The versions that it was made from, nearest first, registered or not."""
        return walk([self.version], _generations(self.graph, up=True))[1:]

    @property
    def experiments(self) -> tuple[str, ...]:
        """Which experiments led to this version? Its own first, then those of its ancestors."""
        family: dict[str, list[str]] = {one: [] for one in (self.version, *self.ancestors)}
        for edge in self.graph.edges:
            ends = (end for end in (edge.from_, edge.to) if kind_of(end) == "experiment")
            family.get(edge.via, []).extend(ends)
        return tuple(dict.fromkeys(node for nodes in family.values() for node in nodes))

    def _own(self, kind: str) -> tuple[str, ...]:
        return tuple(node for node in self.graph.of(self.version).nodes if kind_of(node) == kind)


def lineage_of(graph: LineageGraph, version: str) -> Lineage:
    """The lineage of a version node; `NotFound` where the graph does not have it."""
    if version not in graph.models:
        raise NotFound(f"no lineage of {visible(version)}", "swreg registry-list shows the models")
    return Lineage(graph, version)


def _generations(graph: LineageGraph, *, up: bool) -> Callable[[str], Iterable[str]]:
    """One step from a version to its parents, or to its children."""
    steps: dict[str, list[str]] = {}
    for edge in graph.edges:
        if edge.to == edge.via and kind_of(edge.from_) == "model":
            here, there = (edge.to, edge.from_) if up else (edge.from_, edge.to)
            steps.setdefault(here, []).append(there)
    return lambda version: steps.get(version, ())


def walk(start: Iterable[str], step: Callable[[str], Iterable[str]]) -> tuple[str, ...]:
    """All that can be reached, nearest first and each once; the start is in it.

    >>> walk(["a"], {"a": "bc", "b": "a", "c": "d", "d": ""}.__getitem__)
    ('a', 'b', 'c', 'd')
    """
    seen = list(dict.fromkeys(start))
    known = set(seen)
    for node in seen:  # the list grows while we go through it
        for following in step(node):
            if following not in known:
                known.add(following)
                seen.append(following)
    return tuple(seen)


def using(graph: LineageGraph, *nodes: str) -> tuple[str, ...]:
    """The versions that use all of these nodes: one feature, a feature set, a data version.

    A model uses itself. Raises `UsageError` for what is no node.
    """
    accounts: dict[str, set[str]] = {node: {node} for node in graph.models}
    for edge in graph.edges:
        accounts.get(edge.via, set()).update({edge.from_, edge.to})
    wanted = {parse_node(node) for node in nodes}
    return tuple(model for model, used in accounts.items() if wanted <= used)


def require_known(graph: LineageGraph, node: str) -> str:
    """The node, where anything in the graph names it; else `NotFound` with names like it."""
    known = {*graph.nodes, *(end for edge in graph.edges for end in (edge.from_, edge.to))}
    if parse_node(node) in known:
        return node
    near = get_close_matches(node, sorted(known), n=3)
    hint = f"did you mean {', '.join(map(visible, near))}?" if near else "look at a model's lineage"
    raise NotFound(f"no lineage has {visible(node)}", hint)


def impact(graph: LineageGraph, node: str) -> Impact:
    """What changing a node would touch, and which of it is in production."""
    is_model = kind_of(parse_node(node)) == "model"
    versions = (node,) if is_model and node in graph.models else using(graph, node)
    derived = walk(versions, _generations(graph, up=False))[len(versions) :]
    live = {edge.from_ for edge in graph.edges if edge.to == PRODUCTION}
    return Impact(
        node=node,
        versions=versions,
        derived=derived,
        production=tuple(one for one in (*versions, *derived) if one in live),
    )

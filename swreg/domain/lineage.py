"""Where versions come from and where they run: the graph of `lineage_graph.json`.

A node is `kind:name`. An edge leads from what is used to what uses it and names the version on
whose account it stands (`via`): two versions that share an experiment or a feature-engineering
step keep their own data apart. The file holds no deployments: those are the stage pointers'.

    {"schema": 1, "nodes": ["data:v2024-01", …],
     "edges": [{"from": "data:v2024-01", "to": "feature-engineering:v1",
                "via": "model:fraud-detection-v3.1.0"}, …]}
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from swreg.domain.document import read_document, write_document
from swreg.domain.metadata_keys import Metadata
from swreg.domain.names import parse_reference, slug
from swreg.domain.stage import Stage
from swreg.domain.version import Version
from swreg.errors import BrokenFile, UsageError

KINDS = ("data", "feature-engineering", "experiment", "feature", "model", "deployment")
"""The kinds of nodes, upstream first; nodes are kept in this order."""


@dataclass(frozen=True, slots=True, order=True)
class Edge:
    """`to` uses `from_`, says the version `via`."""

    from_: str
    to: str
    via: str


@dataclass(frozen=True, slots=True)
class LineageGraph:
    """Nodes and edges, each once and in order; make one with `graph`."""

    nodes: tuple[str, ...]
    edges: tuple[Edge, ...]

    @property
    def models(self) -> tuple[str, ...]:
        """The nodes that are versions."""
        return tuple(node for node in self.nodes if kind_of(node) == "model")

    def of(self, version: str) -> LineageGraph:
        """The part that stands on one version's account."""
        edges = [edge for edge in self.edges if edge.via == version]
        return graph({version, *(end for edge in edges for end in (edge.from_, edge.to))}, edges)


def kind_of(node: str) -> str:
    """What stands before the first colon.

    >>> kind_of("feature-engineering:v1")
    'feature-engineering'
    """
    return node.partition(":")[0]


def parse_node(text: str) -> str:
    """Check that a text is a node; raises `UsageError`.

    >>> parse_node("feature:amount")
    'feature:amount'
    """
    kind, colon, name = text.partition(":")
    if kind not in KINDS or not colon or not name.strip():
        raise UsageError(
            f"{text!r} is no part of a lineage", f"write kind:name with {', '.join(KINDS)}"
        )
    return text


def model_node(name: str, version: Version | str) -> str:
    """The node of a version, called as its folder is.

    >>> model_node("fraud-detection-model", "v3.1.0")
    'model:fraud-detection-v3.1.0'
    """
    return f"model:{slug(name)}-{version}"


def graph(nodes: Iterable[str], edges: Iterable[Edge]) -> LineageGraph:
    """The graph in its one order, so that equal graphs are equal files."""
    return LineageGraph(tuple(sorted(set(nodes), key=place)), tuple(sorted(set(edges))))


def place(node: str) -> tuple[int, str]:
    """What nodes are sorted by: the kind, then the name."""
    kind = kind_of(node)
    return (KINDS.index(kind) if kind in KINDS else len(KINDS)), node


def merged(graphs: Iterable[LineageGraph]) -> LineageGraph:
    """All graphs as one: that of the registry from those of its increments."""
    parts = list(graphs)
    return graph(
        (node for part in parts for node in part.nodes),
        (edge for part in parts for edge in part.edges),
    )


def version_graph(
    name: str, version: Version | str, *, metadata: Metadata, features: Iterable[str] | None = None
) -> LineageGraph:
    """What one version's metadata says of its origin; `features` wins over the metadata's list.

    The parent is an edge and not a node: its own version brings the node, or it is missing.
    """
    model = model_node(name, version)
    given = (
        ("data", metadata.training_data_version),
        ("feature-engineering", metadata.feature_engineering_version),
        ("experiment", metadata.experiment),
    )
    chain = [f"{kind}:{value}" for kind, value in given if value and value.strip()]
    used = metadata.features if features is None else features
    inputs = [f"feature:{feature}" for feature in used if feature.strip()]
    edges = [Edge(start, end, model) for start, end in pairwise([*chain, model])]
    edges += [Edge(one, model, model) for one in inputs]
    if metadata.parent_model and metadata.parent_model.strip():
        edges.append(Edge(_parent_node(metadata.parent_model), model, model))
    return graph([*chain, *inputs, model], edges)


def _parent_node(text: str) -> str:
    """The node of a parent as somebody wrote it; one from elsewhere keeps its own name."""
    try:
        reference = parse_reference(text)
    except UsageError:
        return f"model:{text}"
    if reference.version is None:
        return f"model:{text}"
    return model_node(reference.names[0], reference.version)


def with_deployments(
    origin: LineageGraph, pointers: Mapping[str, Mapping[Stage, Version]]
) -> LineageGraph:
    """The graph with an edge for each stage pointer: model name → stage → version."""
    edges = [
        Edge(model, f"deployment:{stage}", model)
        for name, stages in pointers.items()
        for stage, version in stages.items()
        for model in [model_node(name, version)]
    ]
    return graph([*origin.nodes, *(edge.to for edge in edges)], [*origin.edges, *edges])


def read_lineage(raw: object, where: str = "lineage_graph.json") -> LineageGraph:
    """The graph in the plain data of a file; `BrokenFile` where a node has no known kind."""
    read = read_document(LineageGraph, raw, where)
    try:
        for node in (*read.nodes, *(end for e in read.edges for end in (e.from_, e.to, e.via))):
            parse_node(node)
    except UsageError as error:
        raise BrokenFile(f"{where}: {error.what}", "restore the file from git") from None
    return graph(read.nodes, read.edges)


def write_lineage(origin: LineageGraph) -> dict[str, Any]:
    """The plain data of `lineage_graph.json`; `read_lineage(write_lineage(g)) == g`."""
    return write_document(origin)

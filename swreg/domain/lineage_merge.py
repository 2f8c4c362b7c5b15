"""Two branches' lineage graphs as one: sets, so that nothing can contradict."""

from __future__ import annotations

from swreg.domain.lineage import LineageGraph, graph
from swreg.domain.merging_entry import united


def merge_lineage(base: LineageGraph, ours: LineageGraph, theirs: LineageGraph) -> LineageGraph:
    """Every node and edge of both sides, without what either took away.

    >>> one = graph(["data:a"], [])
    >>> merge_lineage(graph([], []), one, graph(["data:b"], [])).nodes
    ('data:a', 'data:b')
    """
    return graph(
        united(base.nodes, ours.nodes, theirs.nodes), united(base.edges, ours.edges, theirs.edges)
    )

"""What is wrong with a lineage graph: a merge or a hand can make what no operation writes."""

from __future__ import annotations

from collections.abc import Iterable

from swreg.domain.lineage import LineageGraph
from swreg.domain.names import visible


def findings_about(graph: LineageGraph, versions: Iterable[str]) -> tuple[str, ...]:
    """What is wrong with the part of a graph that stands on the account of these versions."""
    own = set(versions)
    edges = tuple(edge for edge in graph.edges if edge.via in own)
    return findings(LineageGraph(graph.nodes, edges))


def findings(graph: LineageGraph) -> tuple[str, ...]:
    """What is wrong with the graph: nodes that edges name and nobody has, and cycles."""
    known = set(graph.nodes)
    missing = {
        end: edge.via
        for edge in reversed(graph.edges)
        for end in (edge.from_, edge.to, edge.via)
        if end not in known
    }
    lines = [
        f"{visible(node)} is missing; {visible(via)} names it"
        for node, via in sorted(missing.items())
    ]
    return (*lines, *(f"cycle: {' -> '.join(map(visible, c))}" for c in _cycles(graph)))


def _cycles(graph: LineageGraph) -> list[list[str]]:
    """The cycles that one walk down every edge runs into; at least one where there is any."""
    following: dict[str, list[str]] = {}
    for edge in graph.edges:
        following.setdefault(edge.from_, []).append(edge.to)
    found: list[list[str]] = []
    done: set[str] = set()
    for start in following:
        if start not in done:
            _follow(start, following, done=done, found=found)
    return found


def _follow(
    start: str, following: dict[str, list[str]], *, done: set[str], found: list[list[str]]
) -> None:
    """Depth first, without recursion: a hand-made file may be deeper than Python's stack."""
    path, ways = {start: None}, [iter(following[start])]
    while ways:
        end = next(ways[-1], None)
        if end is None:
            ways.pop()
            done.add(path.popitem()[0])
        elif end in path:
            nodes = list(path)
            found.append([*nodes[nodes.index(end) :], end])
        elif end not in done:
            path[end] = None
            ways.append(iter(following.get(end, ())))

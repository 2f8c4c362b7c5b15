"""A lineage as a tree for the terminal, and as the texts that Mermaid and Graphviz draw.

Names in a graph may hold anything: each text here shows them and lets none of them act.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from swreg.domain.lineage import LineageGraph, kind_of, place
from swreg.domain.names import visible

if TYPE_CHECKING:
    from swreg.domain.lineage_query import Impact

_DEEPEST = 6 * 64
_ACTIVE = re.compile(r"[^A-Za-z0-9 _.:/@+-]")


def tree(graph: LineageGraph, version: str) -> str:
    """What led to the version and where it runs, each under what it comes from.

    Features and parent versions have answers of their own and are not drawn. Each node stands
    once; a cycle has no root and begins with its first node.

    >>> from swreg.domain.lineage import Edge, graph
    >>> model, edge = "model:m-v1.0.0", Edge("data:d1", "model:m-v1.0.0", "model:m-v1.0.0")
    >>> print(tree(graph(["data:d1", model], [edge]), model))
    data:d1
      └─> model:m-v1.0.0
    """
    following = _drawn(graph, version)
    reached = {end for ends in following.values() for end in ends}
    # Roots first; whatever they do not lead to lies on a cycle and starts a tree of its own.
    starts = sorted(following, key=lambda node: (node in reached, place(node)))
    seen: set[str] = set()
    return "\n".join(line for start in starts for line in _branch(start, following, seen))


def _drawn(graph: LineageGraph, version: str) -> dict[str, list[str]]:
    """The version and every node drawn with it, each with what comes next."""
    following: dict[str, list[str]] = {version: []}
    for edge in graph.edges:
        kinds = kind_of(edge.from_), kind_of(edge.to)
        if edge.via == version and kinds[0] != "feature" and kinds != ("model", "model"):
            following.setdefault(edge.from_, []).append(edge.to)
            following.setdefault(edge.to, [])
    return following


def _branch(start: str, following: dict[str, list[str]], seen: set[str]) -> list[str]:
    lines: list[str] = []
    stack = [(start, "", "")]
    while stack:
        node, arrow, indent = stack.pop()
        if node in seen:
            continue
        if len(indent) > _DEEPEST:  # only a file made by hand; what follows starts anew
            lines.append(f"{arrow}…")
            continue
        seen.add(node)
        lines.append(f"{arrow}{visible(node)}")
        ends = [end for end in following[node] if end not in seen]
        below = [
            (end, f"{indent}  └─> ", f"{indent}      ")
            if end == ends[-1]
            else (end, f"{indent}  ├─> ", f"{indent}  │   ")
            for end in ends
        ]
        stack.extend(reversed(below))
    return lines


def mermaid(graph: LineageGraph) -> str:
    """A Mermaid flow chart; what could be syntax in a name is a character code.

    >>> from swreg.domain.lineage import graph
    >>> print(mermaid(graph(['data:a"] --> b'], [])))
    flowchart LR
      n0["data:a#34;#93; --#62; b"]
    """
    numbers = _numbers(graph)
    lines = [
        f'  n{n}["{_ACTIVE.sub(lambda found: f"#{ord(found[0])};", visible(node))}"]'
        for node, n in numbers.items()
    ]
    arrows = [f"  n{start} --> n{end}" for start, end in _arrows(graph, numbers)]
    return "\n".join(["flowchart LR", *lines, *arrows])


def dot(graph: LineageGraph) -> str:
    r"""A Graphviz digraph.

    >>> from swreg.domain.lineage import graph
    >>> print(dot(graph(['data:a"b'], [])))
    digraph lineage {
      rankdir=LR;
      n0 [label="data:a\"b"];
    }
    """
    numbers = _numbers(graph)
    lines = []
    for node, n in numbers.items():
        label = visible(node).replace("\\", "\\\\").replace('"', '\\"')
        lines.append(f'  n{n} [label="{label}"];')
    arrows = [f"  n{start} -> n{end};" for start, end in _arrows(graph, numbers)]
    return "\n".join(["digraph lineage {", "  rankdir=LR;", *lines, *arrows, "}"])


def impact(found: Impact) -> str:
    """What changing a node would touch, most pressing first.

    >>> from swreg.domain.lineage_query import Impact
    >>> print(impact(Impact(node="feature:age", versions=("model:m-v1.0.0",), derived=(),
    ...                     production=("model:m-v1.0.0",))))
    Changing feature:age touches:
      in production: model:m-v1.0.0
      used by:       model:m-v1.0.0
      derived:       none
    """
    lines = [f"Changing {visible(found.node)} touches:"]
    for title, nodes in (
        ("in production:", found.production),
        ("used by:", found.versions),
        ("derived:", found.derived),
    ):
        shown = "\n".join(f"{' ' * 17}{visible(one)}" for one in nodes)[17:] or "none"
        lines.append(f"  {title:<15}{shown}")
    return "\n".join(lines)


def _numbers(graph: LineageGraph) -> dict[str, int]:
    """Every node, those that only edges name at the end, with its number in the drawing."""
    ends = (end for edge in graph.edges for end in (edge.from_, edge.to))
    return {node: n for n, node in enumerate(dict.fromkeys([*graph.nodes, *ends]))}


def _arrows(graph: LineageGraph, numbers: dict[str, int]) -> list[tuple[int, int]]:
    return sorted({(numbers[edge.from_], numbers[edge.to]) for edge in graph.edges})

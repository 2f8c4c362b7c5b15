"""Where the parts of a YAML text stand, so that one of them can be changed in place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Node = Any
"""A node of the YAML library, with the marks of its beginning and end."""

Keys = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """A key of a mapping: its place there, its node and its value's."""

    number: int
    key: Node
    value: Node
    within: Node


def compose(text: str) -> Node | None:
    """The tree of a text that was parsed strictly before; None for an empty document."""
    import yaml

    return yaml.compose(text, Loader=yaml.SafeLoader)


def way_to(root: Node | None, keys: Sequence[str]) -> list[Pair]:
    """The pairs that lead towards a key, as far as there are any."""
    way: list[Pair] = []
    node = root
    for key in keys:
        pair = pair_of(node, key)
        if pair is None:
            break
        way.append(pair)
        node = pair.value
    return way


def pair_of(node: Node | None, key: str) -> Pair | None:
    """The pair of that key in a mapping, or None."""
    if node is None or node.id != "mapping":
        return None
    for number, (name, value) in enumerate(node.value):
        if name.value == key:
            return Pair(number, name, value, node)
    return None


def start(node: Node) -> int:
    """Where the first character of a node stands."""
    return int(node.start_mark.index)


def end(text: str, node: Node) -> int:
    """Where the last character of a node stands, plus one; the library's mark may lie beyond."""
    if node.id == "scalar":
        marked = int(node.end_mark.index)
        return len(text[:marked].rstrip()) if node.style in ("|", ">") else marked
    if node.flow_style or not node.value:
        return int(node.end_mark.index)
    last = node.value[-1]
    return end(text, last) if node.id == "sequence" else max(end(text, part) for part in last)


def line_start(text: str, at: int) -> int:
    """Where the line begins."""
    return text.rfind("\n", 0, at) + 1


def line_end(text: str, at: int) -> int:
    """Where the line's own text ends: before the line break, which may be CR LF."""
    found = text.find("\n", at)
    stop = len(text) if found < 0 else found
    return stop - 1 if stop > at and text[stop - 1] == "\r" else stop


def next_line(text: str, at: int) -> int:
    """Where the next line begins, or the text ends."""
    found = text.find("\n", at)
    return len(text) if found < 0 else found + 1


def comma(text: str, at: int) -> int | None:
    """The next comma of a flow collection after a value, comments passed over."""
    while at < len(text) and text[at] not in "}]":
        if text[at] == ",":
            return at
        if text[at] == "#" and text[at - 1].isspace():
            at = line_end(text, at)
        at += 1
    return None

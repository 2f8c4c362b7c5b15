"""Changing one key of a YAML text that people comment, every other byte kept.

Block mappings get new keys as lines of their own, flow mappings get them before the brace; new
lists are written on one line, and lists that people wrote as blocks keep the items that stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import SequenceMatcher

from swreg.storage.yaml_nodes import (
    Keys,
    Node,
    Pair,
    comma,
    compose,
    end,
    line_end,
    line_start,
    next_line,
    start,
    way_to,
)
from swreg.storage.yaml_text import Plain, flow, key_text


def put(text: str, keys: Keys, value: Plain) -> str:
    """The text with that key set; mappings are set key by key, so that their comments stay.

    >>> print(put("a: # first\\n  b: 1 # one\\n", ("a", "b"), 2), end="")
    a: # first
      b: 2 # one
    >>> print(put("a:\\n  b: 1\\n", ("a", "c", "d"), "x"), end="")
    a:
      b: 1
      c:
        d: "x"
    """
    way = way_to(compose(text), keys)
    if len(way) < len(keys):
        return _insert(text, way[-1].value if way else compose(text), keys[len(way) :], value)
    node = way[-1].value
    if isinstance(value, Mapping) and value and node.id == "mapping":
        for key, part in value.items():
            text = put(text, (*keys, key), part)
        for name, _ in node.value:
            if name.value not in value:
                text = drop(text, (*keys, name.value))
        return text
    if node.id == "sequence" and not node.flow_style and isinstance(value, (list, tuple)):
        return _items(text, way[-1], [_plain(part) for part in value], value)
    return _replace(text, way[-1], flow(value))


def drop(text: str, keys: Keys) -> str:
    """The text without that key, and without the mappings that it leaves empty.

    >>> drop("a:\\n  b:\\n    c: 1\\n# end\\n", ("a", "b", "c"))
    '# end\\n'
    """
    way = way_to(compose(text), keys)
    if len(way) < len(keys):
        return text
    while len(way) > 1 and len(way[-1].within.value) == 1:
        way.pop()
    pair = way[-1]
    first, last = start(pair.key), end(text, pair.value)
    if not pair.within.flow_style:
        return text[: line_start(text, first)] + text[next_line(text, last) :]
    after = comma(text, last)
    if after is not None:
        rest = text[after + 1 :]
        return text[:first] + (rest.lstrip(" ") if rest[:1] == " " else rest)
    if pair.number:
        before = comma(text, end(text, pair.within.value[pair.number - 1][1]))
        assert before is not None
        return text[:before] + text[before + 1 : first] + text[last:]
    return text[:first] + text[last:]


def _insert(text: str, node: Node | None, keys: Keys, value: Plain) -> str:
    for key in reversed(keys[1:]):
        value = {key: value}
    newline = "\r\n" if text.find("\r\n") == text.find("\n") - 1 >= 0 else "\n"
    if node is None:
        gap = newline if text and not text.endswith("\n") else ""
        return text + gap + newline.join([*_lines(keys[0], value, 0), ""])
    if node.flow_style:
        piece = f"{key_text(keys[0])}: {flow(value)}"
        if not node.value:
            return text[: start(node) + 1] + piece + text[start(node) + 1 :]
        at = end(text, node.value[-1][1])
        return f"{text[:at]}, {piece}{text[at:]}"
    at = line_end(text, end(text, node))
    lines = _lines(keys[0], value, node.start_mark.column)
    return text[:at] + "".join(newline + line for line in lines) + text[at:]


def _lines(key: str, value: Plain, column: int) -> list[str]:
    begin = f"{' ' * column}{key_text(key)}:"
    if not isinstance(value, Mapping) or not value:
        return [f"{begin} {flow(value)}"]
    return [begin, *(line for k, v in value.items() for line in _lines(k, v, column + 2))]


def _replace(text: str, pair: Pair, new: str) -> str:
    node = pair.value
    first, last = start(node), end(text, node)
    if node.id != "scalar" and not node.flow_style:
        # The block goes, and the value takes its place behind the key's colon.
        colon = text.index(":", end(text, pair.key)) + 1
        kept = text[: line_start(text, first)] + text[next_line(text, last) :]
        return f"{kept[:colon]} {new}{kept[colon:]}"
    gap = " " if first == last and not text[first - 1].isspace() else ""
    return text[:first] + gap + new + text[last:]


def _items(text: str, pair: Pair, wanted: list[Plain], value: Plain) -> str:
    """A block list with only those items changed that have to."""
    node = pair.value
    there = [str(_tree(one)) for one in node.value]
    steps = SequenceMatcher(None, there, [str(one) for one in wanted], autojunk=False).get_opcodes()
    if not any(kind == "equal" for kind, *_ in steps):
        return _replace(text, pair, flow(value))
    newline = "\r\n" if "\r\n" in text else "\n"
    for kind, a, b, c, d in reversed(steps):
        if kind == "equal":
            continue
        lines = [f"{' ' * node.start_mark.column}- {flow(one)}" for one in value[c:d]]
        if a == len(there):
            at = line_end(text, end(text, node))
            text = text[:at] + "".join(newline + line for line in lines) + text[at:]
            continue
        first = _dash_line(text, node, a)
        last = next_line(text, end(text, node.value[b - 1])) if b > a else first
        text = text[:first] + "".join(line + newline for line in lines) + text[last:]
    return text


def _dash_line(text: str, node: Node, number: int) -> int:
    """Where the line of an item's dash begins; its contents may begin on a later one."""
    line, column = line_start(text, start(node.value[number])), node.start_mark.column
    while text[line + column] != "-":
        line = line_start(text, line - 1)
    return line


def _tree(node: Node) -> Plain:
    """A node as plain data of text, as the strict loader reads it."""
    if node.id == "mapping":
        return {key.value: _tree(value) for key, value in node.value}
    return [_tree(one) for one in node.value] if node.id == "sequence" else node.value


def _plain(value: Plain) -> Plain:
    """The same of a value that is to be written."""
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    return value if isinstance(value, str) else flow(value)

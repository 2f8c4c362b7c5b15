"""Any change of any commented policy file reads back as meant and keeps every other byte."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from swreg.domain import shape
from swreg.domain.policy import Policy, TriggerRule
from swreg.domain.policy_change import relaxes
from swreg.errors import FactError
from swreg.operations.policy_file import UNSET, edited, value_at
from swreg.storage.source import parse_policy
from swreg.storage.yaml_text import flow, key_text, parse_yaml

numbers = st.sampled_from([0.5, 0.8, 2, 90])
words = st.sampled_from(["accuracy", "p95.ms", "error_rate", "Ada <ada@example.org>", "yes", "a#b"])
lists = st.lists(words, max_size=3, unique=True)


def mapping(**parts: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=parts).map(lambda d: d and _pruned(d))


def _pruned(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    parts = {key: _pruned(part) for key, part in value.items()}
    return {key: part for key, part in parts.items() if part not in ({}, [])}


approval = mapping(
    required=st.booleans(),
    approvers=lists,
    allow_self_approval=st.booleans(),
    require_signed=st.booleans(),
)
gate = mapping(minimum=numbers, maximum=numbers)
trigger = st.fixed_dictionaries(
    {"metric": words, "threshold": numbers},
    optional={"window": st.just("1h"), "mode": st.just("alert")},
)
triggers = st.lists(trigger, min_size=1, max_size=4)
contents = mapping(
    schema=st.just(1),
    stages=mapping(
        production=mapping(approval=approval, traffic=st.just(50)),
        staging=mapping(approval=approval),
    ),
    transitions=mapping(skip_staging=st.booleans()),
    gates=mapping(
        metrics=st.dictionaries(words, gate, max_size=3).map(_pruned),
        required_tags=lists,
        max_age_days=st.just(90),
    ),
    monitoring=mapping(
        triggers=triggers, tracked=st.dictionaries(words, lists.filter(bool), max_size=2)
    ),
)
COMMENTS = ("# why: [a, b], {c}", "# 'quoted' \" and: colon", "#")
comments = st.sampled_from(["", "", *COMMENTS])


class Author:
    """Writes a mapping as people write YAML: block or flow, with comments and blank lines."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.step = draw(st.sampled_from([2, 4]))
        self.lines: list[str] = []

    def add(self, indent: int, text: str) -> None:
        note = self.draw(comments)
        self.lines.append(f"{' ' * indent}{text}" + (f"  {note}" if note else ""))

    def remark(self, indent: int) -> None:
        if self.draw(st.integers(0, 4)) == 0:
            self.lines.append(" " * indent + self.draw(comments))

    def scalar(self, value: Any) -> str:
        if not isinstance(value, str):
            return flow(value)
        if value.isalpha() and value != "yes" and self.draw(st.booleans()):
            return value
        return f"'{value}'" if self.draw(st.booleans()) else flow(value)

    def items(self, value: list[Any], indent: int) -> None:
        dash = indent if self.draw(st.booleans()) else max(indent - self.step, 0)
        for one in value:
            self.remark(dash)
            if isinstance(one, dict) and self.draw(st.booleans()):
                for number, (key, part) in enumerate(one.items()):
                    self.add(dash, f"{'  ' if number else '- '}{key}: {self.scalar(part)}")
            else:
                self.add(dash, f"- {flow(one) if isinstance(one, dict) else self.scalar(one)}")

    def block(self, value: dict[str, Any], indent: int) -> None:
        for key, part in value.items():
            self.remark(indent)
            self.entry(f"{key_text(key)}:", part, indent)

    def entry(self, begin: str, part: Any, indent: int) -> None:
        below = indent + self.step
        if not isinstance(part, (dict, list)):
            self.add(indent, f"{begin} {self.scalar(part)}")
        elif part and self.draw(st.integers(0, 3)):
            self.add(indent, begin)
            self.block(part, below) if isinstance(part, dict) else self.items(part, below)
        elif isinstance(part, dict) and self.draw(st.booleans()):
            self.lines.append(f"{' ' * indent}{begin} {{")
            for key, one in part.items():
                self.add(below, f"{key_text(key)}: {flow(one)},")
            self.add(indent, "}")
        else:
            self.add(indent, f"{begin} {flow(part)}")


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A policy as somebody wrote it."""
    author = Author(draw)
    author.remark(0)
    author.block(draw(contents), 0)
    author.remark(0)
    newline = draw(st.sampled_from(["\n", "\n", "\r\n"]))
    end = draw(st.sampled_from([newline, newline, ""]))
    return newline.join(author.lines) + (end if author.lines else "")


PATHS: list[tuple[tuple[str, ...], st.SearchStrategy[Any]]] = [
    (("stages", "production", "approval", "required"), st.booleans()),
    (("stages", "staging", "approval", "approvers"), lists),
    (("stages", "production", "approval"), approval.filter(bool)),
    (("stages", "staging", "traffic"), st.integers(0, 100)),
    (("transitions", "skip_staging"), st.booleans()),
    (("gates", "metrics", "accuracy", "minimum"), numbers),
    (("gates", "metrics", "p95.ms", "maximum"), numbers),
    (("gates", "metrics", "accuracy"), gate.filter(bool)),
    (("gates", "required_tags"), lists),
    (("gates", "max_age_days"), st.integers(1, 400)),
    (("monitoring", "triggers"), triggers),
    (("monitoring", "tracked", "churn-model"), lists.filter(bool)),
    (("commit", "push"), st.sampled_from(["always", "never"])),
    (("environments", "staging", "branch"), st.just("env/staging")),
]


@st.composite
def changes(draw: st.DrawFn) -> tuple[tuple[str, ...], Any]:
    keys, values = draw(st.sampled_from(PATHS))
    return keys, draw(st.one_of(values, values, st.just(UNSET)))


def expected(text: str, keys: tuple[str, ...], value: Any) -> Policy:
    """The change made on plain data, with no text in between."""
    raw = parse_yaml(text.encode(), name="policy") or {}
    way = [raw]
    for key in keys[:-1]:
        way.append(way[-1].get(key, {}) if value is UNSET else way[-1].setdefault(key, {}))
    if value is not UNSET:
        way[-1][keys[-1]] = value
    elif way[-1].pop(keys[-1], None) is not None:
        for holder, key in zip(reversed(way[:-1]), reversed(keys[:-1]), strict=True):
            if not holder[key]:
                del holder[key]
    return shape.read(Policy, raw)


def others(text: str, top: str) -> list[str]:
    """The lines outside the block of one top-level key; what trails the block is outside."""
    kept: list[str] = []
    waiting: list[str] = []
    mine = False
    for line in text.splitlines(keepends=True):
        # A blank line that is indented belongs to its block, wherever in it it stands.
        loose = line in ("\n", "\r\n") or line.startswith("#")
        if not loose and line[:1] not in (" ", "-", "}"):
            mine = line.startswith((f"{top}:", f'"{top}":'))
            kept += waiting
            waiting = []
        if loose and mine:
            waiting.append(line)
        elif mine:
            waiting = []
        else:
            kept.append(line)
    return kept + waiting


@settings(max_examples=200, deadline=None)
@given(texts(), changes())
def test_a_change_reads_back_as_meant_and_other_lines_stay(
    text: str, change: tuple[tuple[str, ...], Any]
) -> None:
    keys, value = change
    want = expected(text, keys, value)
    data, new, changed = edited(text.encode(), {keys: value}, name="policy")
    after = data.decode()
    assert parse_policy(data, name="policy") == new
    assert _pruned(shape.write(new)) == _pruned(shape.write(want))
    event("unset" if value is UNSET else ("changed" if changed else "nothing to do"))
    assert bool(changed) == (after != text)
    lines, kept = others(text, keys[0]), others(after, keys[0])
    if text and not text.endswith("\n") and after != text:
        lines, kept = [one.rstrip("\r\n") for one in lines], [one.rstrip("\r\n") for one in kept]
    assert [one for one in kept if not one.startswith("schema: 1")] == [
        one for one in lines if not one.startswith("schema: 1")
    ]
    if "\r\n" in text and "\n" not in text.replace("\r\n", ""):
        assert "\n" not in after.replace("\r\n", "")


@settings(max_examples=100, deadline=None)
@given(texts(), st.sampled_from(PATHS[:1] + PATHS[3:7] + PATHS[9:10]), st.data())
def test_setting_one_value_keeps_every_comment(
    text: str, path: tuple[tuple[str, ...], st.SearchStrategy[Any]], data: st.DataObject
) -> None:
    keys, values = path
    result, _, _ = edited(text.encode(), {keys: data.draw(values)}, name="policy")
    for comment in COMMENTS:
        counts = [
            sum(line.endswith(comment) for line in one.splitlines())
            for one in (text, result.decode())
        ]
        assert counts[0] == counts[1]


@settings(max_examples=100, deadline=None)
@given(texts(), changes(), changes())
def test_a_change_can_be_taken_back(
    text: str, one: tuple[tuple[str, ...], Any], other: tuple[tuple[str, ...], Any]
) -> None:
    """What relaxes one way never is the same policy; back and forth ends where it began."""
    data, new, _ = edited(text.encode(), {one[0]: one[1]}, name="policy")
    old = parse_policy(text.encode(), name="policy")
    before = shape.write(value_at(old, one[0]))
    back, again, _ = edited(data, {one[0]: UNSET if before is None else before}, name="policy")
    assert value_at(again, one[0]) == value_at(old, one[0])
    assert not (old == new and relaxes(old, new))
    assert not relaxes(new, new)
    edited(back, {other[0]: other[1]}, name="policy")


def test_a_trigger_is_replaced_and_its_neighbours_keep_their_comments() -> None:
    text = (
        "monitoring:\n  triggers:\n    # agreed with the board\n    - metric: accuracy # why\n"
        "      threshold: 0.8\n    - {metric: latency, threshold: 200}\n# the end\n"
    )
    rules = [
        shape.write(TriggerRule(metric="accuracy", threshold=0.8)),
        shape.write(TriggerRule(metric="latency", threshold=150)),
        shape.write(TriggerRule(metric="error_rate", threshold=0.05)),
    ]
    data, _, _ = edited(text.encode(), {("monitoring", "triggers"): rules}, name="policy")
    assert data.decode() == (
        "monitoring:\n  triggers:\n    # agreed with the board\n    - metric: accuracy # why\n"
        '      threshold: 0.8\n    - {metric: "latency", threshold: 150}\n'
        '    - {metric: "error_rate", threshold: 0.05}\n# the end\n'
    )


def test_what_cannot_be_spliced_is_refused() -> None:
    text = b"? gates\n: max_age_days: 3\n  ab_test: true\n"
    assert parse_policy(text, name="policy").gates.ab_test
    with pytest.raises(FactError, match="edit it by hand"):
        edited(text, {("gates", "max_age_days"): UNSET}, name="policy")

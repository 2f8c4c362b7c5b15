"""Laws of comparing and numbering two versions."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from swreg.domain.bump import change_between, check_explicit, decide
from swreg.domain.comparison import compare
from swreg.domain.facts import Facts
from swreg.domain.features import Feature, Features
from swreg.domain.markdown import code
from swreg.domain.metadata import make_metadata
from swreg.domain.names import visible
from swreg.domain.signature import Signature
from swreg.domain.version import Version

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(max_size=12)
TYPES = st.dictionaries(st.sampled_from("abc"), st.sampled_from(["int", "str", "int?"]))
KEYS = st.text(min_size=1, max_size=8).filter(
    lambda key: bool(key.strip()) and visible(key) == key and key not in ("accuracy", "loss")
)


Ends = tuple[dict[str, str], dict[str, str]]


def _facts(version: str, metadata: dict[str, Any], names: list[str], ends: Ends) -> Facts:
    features = Features(tuple(Feature(name, "int", 0, len(names)) for name in names))
    return Facts(
        version, make_metadata(metadata), features, Signature(ends[0], ends[1], "declared")
    )


FACTS = st.builds(
    _facts,
    TEXTS,
    st.fixed_dictionaries(
        {},
        optional={
            "accuracy": NUMBERS | st.floats(0, 1),
            "loss": NUMBERS,
            "metrics": st.dictionaries(KEYS, NUMBERS, max_size=3),
            "model_size": TEXTS | st.sampled_from(["12MB", "0MB", "1e3 KB"]),
            "cpu_usage": NUMBERS,
        },
    ),
    st.lists(TEXTS.filter(str.strip), unique=True, max_size=4),
    st.tuples(TYPES, TYPES),
)
FLIPPED = {"better": "worse", "worse": "better", "mixed": "mixed", "equal": "equal"}


class TestComparison:
    @given(FACTS)
    def test_a_version_equals_itself(self, one: Facts) -> None:
        found = compare(one, one)
        assert found.verdict == "equal"
        assert not found.features
        assert not found.signature

    @given(FACTS, FACTS)
    def test_seen_from_the_other_side_the_verdict_turns_round(self, a: Facts, b: Facts) -> None:
        assert compare(b, a).verdict == FLIPPED[compare(a, b).verdict]

    @given(FACTS, FACTS)
    def test_no_text_reaches_the_terminal_raw(self, a: Facts, b: Facts) -> None:
        text = str(compare(a, b))
        assert visible(text.replace("\n", "")) == text.replace("\n", "")
        assert text.splitlines()[-1].startswith("Recommendation: ")

    @given(FACTS, FACTS)
    def test_the_data_is_json(self, a: Facts, b: Facts) -> None:
        json.dumps(compare(a, b).as_data(), allow_nan=False)

    @given(FACTS, FACTS)
    def test_texts_differ_where_values_are_judged_to(self, a: Facts, b: Facts) -> None:
        for one in compare(a, b).metrics.values():
            if one.result in ("better", "worse"):
                assert one.old != one.new

    @given(FACTS, FACTS)
    def test_nothing_acts_in_markdown(self, a: Facts, b: Facts) -> None:
        found = compare(a, b)
        tokens = MarkdownIt("commonmark").enable("table").parse(found.to_markdown())
        inside = {child.type for token in tokens for child in token.children or ()}
        assert inside <= {"text", "code_inline", "strong_open", "strong_close"}
        rows = [token for token in tokens if token.type == "tr_open"]
        lists = (found.features.added, found.features.removed, found.features.retyped,
                 found.features.rescaled)  # fmt: skip
        changed = sum(map(bool, lists)) + len(found.signature)
        assert len(rows) == 1 + len(found.measures) + 1 + max(changed, 1)

    @given(st.text())
    def test_a_code_span_shows_the_text(self, text: str) -> None:
        source = f"| a | b |\n| --- | --- |\n| {code(text)} | x |\n"
        tokens = MarkdownIt("commonmark").enable("table").parse(source)
        cells = [token for token in tokens if token.type == "inline"]
        assert len(cells) == 4
        shown = "".join(child.content for child in cells[2].children or ())
        assert shown.strip() == visible(text).strip()


class TestBump:
    @given(FACTS, FACTS, st.booleans())
    def test_the_step_that_we_choose_is_one_that_we_accept(
        self, a: Facts, b: Facts, strict: bool
    ) -> None:
        change = change_between(a, b)
        older = Version.parse("v3.2.1")
        chosen = older.bump(decide(change).bump)
        assert check_explicit(older, chosen, change, strict_features=strict) == ((), ())

    @given(FACTS, FACTS)
    def test_every_step_has_a_reason(self, a: Facts, b: Facts) -> None:
        reasons = decide(change_between(a, b)).reasons
        assert reasons
        assert all(visible(reason) == reason for reason in reasons)

"""Laws of text of ours in other people's files."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swreg.domain.owned import EDITED, FOREIGN, HASH, MARKDOWN, OwnBlock, OwnFile, OwnLearning

TODAY = date(2024, 1, 20)
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).map(lambda text: text + "\n")
others = st.none() | texts.filter(lambda text: "swreg" not in text)
comments = st.sampled_from([MARKDOWN, HASH])


@given(others, texts, comments)
def test_a_block_is_put_once_and_taken_out_without_a_trace(
    other: str | None, body: str, comment: object
) -> None:
    assert comment in (MARKDOWN, HASH)
    block = OwnBlock(name="x", body=body, comment=HASH if comment == HASH else MARKDOWN)
    once = block.put(other)
    assert block.put(once.text) == once
    assert block.take(once.text).text == other


@given(texts, comments)
def test_a_file_of_ours_is_known_again_and_an_edit_shows(body: str, comment: object) -> None:
    own = OwnFile(body=body, comment=HASH if comment == HASH else MARKDOWN)
    text = own.put(None).text
    assert text is not None
    assert (own.put(text).text, own.put(text).obstacle, own.take(text)) == (text, "", (None, ""))
    assert own.put("x" + text).obstacle == EDITED
    assert own.put(body.replace("swreg", "")).obstacle == FOREIGN


def test_windows_line_ends_are_no_edit() -> None:
    own = OwnFile(body="a\nb\n", comment=HASH)
    text = (own.put(None).text or "").replace("\n", "\r\n")
    assert own.put(text).obstacle == ""


def test_an_edited_block_is_refused_and_text_around_it_stays() -> None:
    block = OwnBlock(name="x", body="one\ntwo\n", comment=MARKDOWN)
    text = f"before\n\n{block.put(None).text}after\n"
    newer = OwnBlock(name="x", body="three\n", comment=MARKDOWN)
    put = newer.put(text)
    assert put.obstacle == ""
    assert (put.text or "").startswith("before\n\n<!--")
    assert (put.text or "").endswith("after\n")
    assert newer.put(text.replace("two", "2")).obstacle == EDITED
    assert block.take(text).text == "before\nafter\n"


@pytest.fixture
def learning() -> OwnLearning:
    return OwnLearning(skill="sync-docs", text="swreg: run it", today=TODAY)


def test_a_new_memory_is_written_as_specweave_writes_it(learning: OwnLearning) -> None:
    text = learning.put(None).text
    assert text == (
        "# Sync Docs Memory\n\n<!-- Project-specific learnings for this skill -->\n\n"
        "## Learnings\n\n- **2024-01-20**: swreg: run it\n"
    )
    assert learning.put(text).text == text
    assert learning.take(text).text is None


@given(st.integers(-5, 200))
def test_a_line_is_renewed_before_specweave_drops_it(age: int) -> None:
    own = OwnLearning(skill="done", text="swreg: run it", today=TODAY)
    written = (TODAY - timedelta(days=age)).isoformat()
    text = f"## Learnings\n\n- **{written}**: swreg: run it\n- **2024-01-01**: theirs\n"
    new = own.put(text).text or ""
    assert (new == text) == (0 <= age <= 30)
    assert new.count("swreg: ") == new.count("theirs") == 1
    assert own.take(new).text == "## Learnings\n\n- **2024-01-01**: theirs\n"


def test_a_memory_without_the_heading_gets_it(learning: OwnLearning) -> None:
    assert learning.put("# Mine\n").text == (
        "# Mine\n\n## Learnings\n\n- **2024-01-20**: swreg: run it\n"
    )

"""Text of ours in other people's folders, case by case; the laws are in the property tests."""

from __future__ import annotations

from datetime import date

import pytest

from swreg.domain.owned import MARKDOWN, OwnBlock, OwnLearning, Wanted

OWN = OwnLearning(skill="sync-docs", text="swreg: run it", today=date(2024, 1, 20))
CURRENT = "- **2024-01-19**: swreg: run it\n"
RENEWED = "- **2024-01-20**: swreg: run it\n"


@pytest.mark.parametrize("text", [None, "", "# Theirs\n", "<!-- swreg:begin other 0 -->\n"])
def test_a_block_that_is_not_there_is_not_taken(text: str | None) -> None:
    assert OwnBlock(name="x", body="a\n", comment=MARKDOWN).take(text) == Wanted(text)


def test_a_block_of_the_wrong_name_stays() -> None:
    one, other = (OwnBlock(name=name, body="a\n", comment=MARKDOWN) for name in ("one", "other"))
    both = other.put(one.put("# Theirs\n").text).text
    assert other.take(both).text == one.put("# Theirs\n").text
    assert one.take(both).text == other.put("# Theirs\n").text


def test_an_empty_block_is_known_again() -> None:
    block = OwnBlock(name="x", body="", comment=MARKDOWN)
    once = block.put("# Theirs\n")
    assert block.put(once.text) == once
    assert block.take(once.text) == Wanted("# Theirs\n")


def test_there_is_nothing_to_take_from_a_memory_that_is_not_there() -> None:
    assert OWN.take(None) == Wanted(None)


@pytest.mark.parametrize(
    "stale",
    [
        "- **2023-11-01**: swreg: run it\n",
        "- **2024-01-19**: swreg: older words\n",
        "- **2024-01-21**: swreg: run it\n",
        "- **2024-02-31**: swreg: run it\n",
        f"{CURRENT}{CURRENT}",
        "- **2024-01-19**: swreg: run it",
    ],
)
def test_one_current_line_is_left(stale: str) -> None:
    """Not an old one, one of other words, of no day there is, or two."""
    before = "## Learnings\n\n- **2024-01-02**: theirs\n"
    wanted = OWN.put(before + stale).text
    kept = before + stale
    assert wanted == (kept if stale == CURRENT.rstrip("\n") else before + RENEWED)
    assert OWN.put(wanted) == Wanted(wanted)


def test_a_new_line_goes_below_those_of_others_and_ends_an_unended_one() -> None:
    assert OWN.put("## Learnings\n\n- **2024-01-02**: theirs").text == (
        f"## Learnings\n\n- **2024-01-02**: theirs\n{RENEWED}"
    )
    assert OWN.put("## Learnings\nwords\n").text == f"## Learnings\n{RENEWED}words\n"
    assert OWN.put("## Learnings").text == f"## Learnings\n{RENEWED}"

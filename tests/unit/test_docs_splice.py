"""Finding the generated part again, and naming what is stale in it."""

from __future__ import annotations

import pytest

from swreg.docs.splice import Parts, join, split, stale
from swreg.errors import BrokenFile

FRESH = Parts("# Mine\n", None, "")


def test_text_around_the_generated_part_stays_byte_for_byte() -> None:
    page = join(FRESH, "Old\n").replace("# Mine\n", "# Mine\r\nmy words\udcff\n") + "Tail, no end"
    parts = split(page, name="page.md")
    new = join(parts, "New\n")
    assert new == join(parts, "New\n")
    assert new.startswith("# Mine\r\nmy words\udcff\n\n<!-- swreg:begin ")
    assert new.endswith(" -->\nTail, no end")
    assert split(new, name="page.md").body == "New\n"


def test_an_edit_by_hand_is_seen() -> None:
    page = join(FRESH, "Old\n")
    assert not split(page, name="page.md").edited
    assert split(page.replace("Old", "Edited"), name="page.md").edited


@pytest.mark.parametrize(
    "spoil",
    [
        lambda page: page.replace("<!-- swreg:end", "<!-- swreg:gone"),
        lambda page: page + page,
        lambda page: page + page[page.index("<!-- swreg:end") :],
    ],
    ids=["no end", "twice", "two ends"],
)
def test_markers_that_do_not_match_are_refused(spoil: object) -> None:
    assert callable(spoil)
    with pytest.raises(BrokenFile, match="markers of the generated part do not match") as caught:
        split(spoil(join(FRESH, "Old\n")), name="page.md")
    assert "sync-docs" in caught.value.hint


def test_a_foreign_marker_inside_is_only_text() -> None:
    body = "<!-- swreg:end 000000000000 -->\n"
    assert split(join(FRESH, body), name="page.md").body == body


def test_stale_names_models_and_sections() -> None:
    def part(name: str, stage: str, live: str) -> str:
        return f"## {name} - {stage}\n\n### Current\n{live}\n\n### Plan\nsame\n"

    old = part("A", "Staging", "none") + part("Gone", "Dev", "none")
    new = part("A", "Production", "v1") + part("B", "Dev", "none")
    assert stale(old, new) == (
        "A: Current",
        "B: is missing",
        "Gone: is no longer in the registry",
    )
    assert stale(new, new) == ()
    assert stale("Words\n", "Others\n") == ("the introduction: the heading",)

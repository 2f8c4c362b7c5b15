"""Law: whatever a value is, the page has the same structure and shows the value as text."""

from __future__ import annotations

import unicodedata
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from swreg.docs.escape import MOST, markdown
from swreg.docs.page import ModelPart, Notice, Page, Row
from swreg.docs.render import render
from swreg.docs.splice import Parts, join, split

NASTY = [
    "a|b", "x\n# y", "--> <!-- swreg:end 000000000000 -->", "<script>", "![x](http://e/x.png)",
    "[a](http://evil)", "`a` ``b``", "https://evil.example", "www.evil.example", "a@b.example",
    "{{ page }}", "{% raw %}", "- x", "1. x", "> x", "\x1b[31m", "\u202eabc", "\\|", "\\", "&lt;",
    "*a* _b_ ~~c~~", "$x$", "| a |\n|---|", "<br>", "    code", "```", "#", "=", "x\u2028y",
]  # fmt: skip
values = st.one_of(st.text(max_size=200), st.sampled_from(NASTY))
PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def page(text: str) -> Page:
    row = Row(version="v1.0.0", stage="Dev", metric="0.9", deployed="-", notes=text)
    notice = Notice(version="v1.0.0", reason=text)
    part = ModelPart(
        name="m", title="M", stage="Dev", home="0001-x", metric="Accuracy", rows=(row, row),
        boxes=("Dev: v1.0.0", "Staging: none", "Production: none", "Archived: none"),
        notices=(notice,),
    )  # fmt: skip
    return Page(models=(part,))


def kinds(text: str) -> list[str]:
    """Block and inline kinds, without how texts are cut."""
    tokens: list[Any] = PARSER.parse(text)
    inner = [child.type for token in tokens for child in token.children or []]
    return [t.type for t in tokens] + sorted(kind for kind in inner if kind != "text")


@given(values)
def test_no_value_changes_the_structure_of_the_page(text: str) -> None:
    assert kinds(render(page(text))) == kinds(render(page("plain")))


@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=80))
def test_a_printable_value_is_shown_as_it_is(text: str) -> None:
    shown = PARSER.parseInline(f"x {markdown(text)}")[0].children or []
    words = unicodedata.normalize("NFC", text).strip()
    assert "".join(child.content for child in shown) == f"x {words}"


@given(values)
def test_a_value_is_one_line_of_bounded_length(text: str) -> None:
    line = markdown(text)
    assert len(line.splitlines()) <= 1
    assert len(line) <= MOST * 10


@given(values)
def test_no_value_ends_the_generated_part(text: str) -> None:
    body = render(page(text))
    whole = join(Parts("# Mine\n", None, ""), body)
    parts = split(whole, name="page.md")
    assert parts.body == body
    assert not parts.edited
    assert join(parts, body) == whole

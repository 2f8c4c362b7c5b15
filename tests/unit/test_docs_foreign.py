"""A template of the repository's own: it can shape the page and reach nothing else."""

from __future__ import annotations

import pytest

from swreg.docs.foreign import Bounds, render_foreign
from swreg.docs.packaged import packaged
from swreg.docs.page import ModelPart, Page, Row
from swreg.docs.render import PAGES, render
from swreg.errors import BrokenFile

ROW = Row(version="v1.0.0", stage="Dev", metric="0.9", deployed="-", notes="a | <b>")
PAGE = Page(
    models=(
        ModelPart(
            name="m", title="M", stage="Dev", home="0001-x", metric="Accuracy", rows=(ROW,),
            boxes=("Dev: v1.0.0", "Staging: none", "Production: none", "Archived: none"),
        ),
    )
)  # fmt: skip
NAME = "page.md.j2"


def foreign(template: str, **bounds: int) -> str:
    return render_foreign(template, PAGE, name=NAME, bounds=Bounds(**bounds))


def test_it_sees_the_same_values_through_the_same_filter() -> None:
    text = foreign("{% for m in page.models %}{{ m.name }}: {{ m.rows[0].notes }}{% endfor %}")
    assert text == "m: a &#124; &#60;b&#62;\n"
    assert foreign(packaged(PAGES["model-registry"])) == render(PAGE)


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{{ page.nothing }}", "has no attribute 'nothing'"),
        ("ok\n{{ page.models", ":2:"),
        ("{% include '/etc/passwd' %}", "no loader"),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
        ("{{ page.__class__ }}", "unsafe"),
        ("{{ cycler.__init__.__globals__ }}", "unsafe"),
        ("{{ page.models.append(1) }}", "append"),
        ("{{ 1 / 0 }}", "division"),
        ("{{ 'x' * 10 ** 10 }}", ""),
        ("<!-- swreg:end 123 -->", "marker of swreg"),
    ],
)
def test_what_it_may_not_do_is_one_line(template: str, said: str) -> None:
    with pytest.raises(BrokenFile) as caught:
        foreign(template)
    assert str(caught.value).startswith(NAME)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_time_and_output_are_bounded() -> None:
    loop = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
    with pytest.raises(BrokenFile, match="too long"):
        foreign(loop, seconds=1)
    with pytest.raises(BrokenFile, match="more than 1 MiB"):
        foreign("{{ 'x ' * 1000 }}\n{% for a in range(4000) %}" + "y" * 400 + "{% endfor %}",
                output=1 << 20)  # fmt: skip

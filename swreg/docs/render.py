"""A page's values and a template become Markdown; every value passes the escaping filter.

jinja2's own escaping is on, with our Markdown filter in front of it: what an expression gives is
escaped for Markdown unless a filter of ours made it. So a template cannot forget to.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from swreg.docs.escape import markdown
from swreg.docs.packaged import packaged
from swreg.docs.page import Page
from swreg.domain.markdown import code
from swreg.errors import BrokenFile

if TYPE_CHECKING:
    from jinja2 import Environment, Template

PAGES = {"model-registry": "model-registry.md.j2"}
"""Every page there is, and the name of its template, ours or the repository's own."""


def render(page: Page, kind: str = "model-registry") -> str:
    """The page by our own template."""
    from jinja2 import Environment

    return by_template(Environment, packaged(PAGES[kind]), page)


def by_template(make: Callable[..., Environment], template: str, page: Page) -> str:
    """The page by a template's text, in the environment class given. Raises jinja2's errors."""
    return _body(_compiled(make, template).render(page=page))


@cache
def _compiled(make: Callable[..., Environment], template: str) -> Template:
    from jinja2 import StrictUndefined
    from markupsafe import Markup

    def finalize(value: Any) -> Any:
        if isinstance(value, Markup):
            return value
        return Markup("" if value is None else markdown(value))

    environment = make(
        undefined=StrictUndefined,
        autoescape=True,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["code"] = lambda value: Markup(code(str(value)))
    return environment.from_string(template)


def _body(text: str) -> str:
    """The text with one newline at its end, and no marker of ours inside."""
    if "<!-- swreg:" in text:
        raise BrokenFile("the template writes a marker of swreg", "leave out '<!-- swreg:'")
    return text.strip("\n") + "\n"

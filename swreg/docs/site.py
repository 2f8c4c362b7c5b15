"""The static site: its pages from their values, by our templates, every value escaped."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from swreg.docs.packaged import packaged
from swreg.docs.site_pages import Site

if TYPE_CHECKING:
    from jinja2 import Environment

STATIC = ("style.css", "site.js")
INDEX = "index.html"
_TEMPLATES = ("layout.html.j2", "parts.html.j2", "index.html.j2", "model.html.j2")


def site_files(site: Site) -> list[str]:
    """The path of every file of the site."""
    models = [f"models/{model.name}.html" for model in site.models]
    return [*(f"assets/{name}" for name in STATIC), INDEX, *models]


def pages(site: Site) -> Iterator[tuple[str, str]]:
    """Every file of the site: its path and its text."""
    environment = _environment()
    for name in STATIC:
        yield f"assets/{name}", packaged(f"site/{name}")
    yield INDEX, environment.get_template("index.html.j2").render(site=site, top="")
    template = environment.get_template("model.html.j2")
    for model in site.models:
        yield f"models/{model.name}.html", template.render(site=site, model=model, top="../")


@cache
def _environment() -> Environment:
    from jinja2 import DictLoader, Environment, StrictUndefined

    from swreg.domain.names import visible

    return Environment(
        loader=DictLoader({name: packaged(f"site/{name}") for name in _TEMPLATES}),
        autoescape=True,
        undefined=StrictUndefined,
        # Nothing that turns text round or hides it reaches a page.
        finalize=lambda value: visible(value) if type(value) is str else value,
        trim_blocks=True,
        lstrip_blocks=True,
    )

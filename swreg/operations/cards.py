"""A model's card: what the living page says of it, for one model alone."""

from __future__ import annotations

from dataclasses import replace

from swreg.docs.page import page_of
from swreg.docs.render import render
from swreg.domain.catalog import Found, Registry
from swreg.operations.evidence import facts_of
from swreg.operations.project import Project


def model_card(project: Project, name: str, *, at: str | None = None) -> str:
    """The card as Markdown; `NotFound` where there is no such model."""
    state = project.state(at)
    home, model = state.registry.model(name)
    catalog = replace(state.registry.catalogs[home], models={name: model})
    found = [Found(home, model, version) for version in model.versions]
    facts = zip(found, facts_of(project, state.source, *found), strict=True)
    known = {(home, name, one.version): fact for one, fact in facts}
    page = page_of(Registry({home: catalog}), known, metric=state.policy.metrics.primary)
    return render(page)

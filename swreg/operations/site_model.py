"""One model's page of the static site, from what the registry has of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from swreg.docs.chart import Chart, chart
from swreg.docs.site_pages import EventPart, ModelPage, VersionPart
from swreg.domain import measures
from swreg.domain.catalog import Found, Model
from swreg.domain.lineage import model_node
from swreg.domain.metadata import as_mapping, metrics, performance
from swreg.domain.metadata_keys import Metadata
from swreg.domain.stage import Stage
from swreg.domain.version import Version
from swreg.operations.history import HistoryLine
from swreg.operations.views import VersionView, view
from swreg.storage.layout import home_name

_CHARTS = 12
_SHOWN = frozenset(["name", "version", "increment", "files", "versioning", "features"])
Lineages = Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]]
"""For each version's node the names of its lineage, grouped by kind in the order of making."""


def model_page(
    home: str,
    model: Model,
    facts: Mapping[Version, Metadata],
    lines: Iterable[HistoryLine],
    lineages: Lineages,
    directions: Mapping[str, measures.Direction],
) -> ModelPage:
    """The page of one model; `lines` are its events, newest first."""
    views = {one: view(Found(home, model, one)) for one in sorted(model.versions, reverse=True)}
    live = model.production
    return ModelPage(
        name=model.name,
        home=home_name(home),
        production=str(live or ""),
        staging=str(model.stages.get(Stage.STAGING) or ""),
        latest=str(max(model.versions)),
        deployed=str(views[live].deployed_at or "")[:10] if live else "",
        versions=tuple(
            _version(one, facts[one.version], lineages.get(model_node(model.name, one.version), ()))
            for one in views.values()
        ),
        charts=tuple(_charts(list(reversed(views.values())), facts, directions)),
        events=tuple(map(event_part, lines)),
        compared=_compared(facts, directions),
    )


def _version(
    one: VersionView, facts: Metadata, lineage: tuple[tuple[str, tuple[str, ...]], ...]
) -> VersionPart:
    state = {
        "Increment": one.increment,
        "Registered": f"{one.registered_at} by {one.registered_by}",
        "Deployed": one.deployed_at,
        "Replaced": one.previous,
        "Approved by": ", ".join(one.approved_by),
        "Digest": one.digest,
        "Size": f"{one.size} bytes",
        "Stored in": one.store,
    }
    notes = {
        "waits for approval to": one.pending,
        "held:": one.held,
        "deprecated:": one.deprecated,
        "end of life": one.end_of_life,
        "replaced by": one.replaced_by,
    }
    return VersionPart(
        version=str(one.version),
        stage=one.stage,
        registered=one.registered_at[:10],
        deployed=(one.deployed_at or "")[:10],
        notes="; ".join(f"{label} {value}" for label, value in notes.items() if value),
        tags=one.tags,
        state=tuple((label, str(value)) for label, value in state.items() if value),
        facts=tuple(_facts(facts)),
        lineage=lineage,
    )


def _facts(facts: Metadata) -> Iterable[tuple[str, str]]:
    for key, value in as_mapping(facts).items():
        if key in _SHOWN or value in (None, "", [], {}):
            continue
        yield key, _text(value)


def _text(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={part}" for name, part in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return str(value)


def _charts(
    views: list[VersionView],
    facts: Mapping[Version, Metadata],
    directions: Mapping[str, measures.Direction],
) -> Iterable[Chart]:
    values = {one.version: metrics(facts[one.version]) for one in views}
    names = dict.fromkeys(name for known in values.values() for name in known)
    for name in measures.ordered(names)[:_CHARTS]:
        rows = [
            (str(one.version), str(one.stage), values[one.version][name])
            for one in views
            if name in values[one.version]
        ]
        yield chart(measures.label(name), measures.direction(name, directions) or "", rows)


def _compared(
    facts: Mapping[Version, Metadata], directions: Mapping[str, measures.Direction]
) -> dict[str, Any]:
    """What the page needs to compare any two versions: figures, features, and how they are called."""
    versions: dict[str, Any] = {}
    names: dict[str, tuple[str, str]] = {}
    for version in sorted(facts, reverse=True):
        known = facts[version]
        figures: dict[str, Any] = {
            name: [value, f"{value:.6g}"] for name, value in metrics(known).items()
        }
        figures |= {name: [one.value, one.text] for name, one in performance(known).items()}
        for name in figures:
            names[name] = measures.label(name), measures.direction(name, directions) or ""
        features = as_mapping(known).get("features") or []
        versions[str(version)] = {"figures": figures, "features": list(map(str, features))}
    ordered = measures.ordered(names)
    return {"versions": versions, "figures": [[name, *names[name]] for name in ordered]}


def event_part(line: HistoryLine) -> EventPart:
    """An event as the time line shows it."""
    return EventPart(
        at=line.at,
        kind=line.kind,
        summary=line.summary if not line.fault else f"{line.fault}: {line.summary}",
        actor=line.actor.partition(" <")[0],
        reason=line.reason,
        commit=line.commit[:12],
        forced=line.forced,
    )

"""What the living page says of every model: plain frozen values, worked out from the catalogs.

Nothing here knows a date of today, so the same registry always gives the same page. Where an end
of life changes the answer (the rollback target), the page says until when it holds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from types import MappingProxyType

from swreg.docs.figures import deployed, percent, plain_figure, quantity
from swreg.domain.catalog import Found, Model, Registry
from swreg.domain.moves import rollback_target
from swreg.domain.stage import Stage
from swreg.domain.version import Version
from swreg.errors import NotFound

Facts = Mapping[str, object]
"""The contents of a version's `metadata.json`."""

LATENCY = ("inference_latency_p50", "latency_p50")
NEWEST = 3
"""How many versions the diagram names in dev and archived."""

_SHOWN = {
    Stage.DEV: "Dev",
    Stage.STAGING: "Staging",
    Stage.PRODUCTION: "Prod",
    Stage.ARCHIVED: "Archived",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """What is in production: the figures as a reader wants them, None where nobody recorded."""

    version: str
    deployed: str
    metric: str | None = None
    latency: str | None = None
    monitored: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the version history."""

    version: str
    stage: str
    metric: str
    deployed: str
    notes: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a rollback leads, and the last day on which it does (its end of life)."""

    version: str
    deployed: str
    until: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One deprecated version."""

    version: str
    reason: str
    end_of_life: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPart:
    """Everything the page says of one model. `targets` is empty where no rollback is possible."""

    name: str
    title: str
    stage: str
    home: str
    metric: str
    rows: tuple[Row, ...]
    boxes: tuple[str, ...]
    live: Live | None = None
    targets: tuple[Target, ...] = ()
    fix: str | None = None
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The whole page."""

    models: tuple[ModelPart, ...] = ()


def page_of(
    registry: Registry,
    facts: Mapping[tuple[str, str, Version], Facts],
    *,
    metric: str = "accuracy",
    monitored: Mapping[tuple[str, str, Version], str] = MappingProxyType({}),
) -> Page:
    """The page of a registry.

    `facts` has the metadata of versions by home, model and version; `metric` is the figure shown,
    and `monitored` what the last committed snapshot saw of a version, with its day.
    """
    models = [(home, model) for home, model in registry.models() if model.versions]
    count = Counter(_title(model.name) for _, model in models)
    twice = Counter(model.name for _, model in models)
    parts = []
    for home, model in models:
        title = _title(model.name)
        if count[title] > 1:
            title += f" ({model.name}" + (f" in {home})" if twice[model.name] > 1 else ")")
        own = {version: facts.get((home, model.name, version), {}) for version in model.versions}
        part = _part(Found(home, model, _first(model)), title, own, metric)
        seen = monitored.get((home, model.name, model.production)) if model.production else None
        live = part.live and replace(part.live, monitored=seen)
        parts.append(replace(part, live=live))
    return Page(models=tuple(parts))


def _title(name: str) -> str:
    return " ".join(word.capitalize() for word in name.replace("_", "-").split("-") if word)


def _first(model: Model) -> Version:
    return model.production or model.stages.get(Stage.STAGING) or max(model.versions)


def _part(found: Found, title: str, facts: Mapping[Version, Facts], metric: str) -> ModelPart:
    model, live = found.model, found.model.production
    return ModelPart(
        name=model.name,
        title=title,
        stage=str(found.stage).capitalize(),
        home=found.home.rsplit("/", 1)[-1],
        metric=metric.replace("_", " ").capitalize(),
        rows=tuple(_row(model, v, facts[v], metric) for v in sorted(model.versions, reverse=True)),
        boxes=tuple(_box(model, stage) for stage in Stage),
        live=_live(model, live, facts[live], metric) if live else None,
        targets=tuple(targets(model)) if live else (),
        fix=str(max(model.versions).bump("patch")) if live else None,
        notices=tuple(_notices(model)),
    )


def _live(model: Model, live: Version, facts: Facts, metric: str) -> Live:
    latencies = (quantity(facts.get(key)) for key in LATENCY)
    return Live(
        version=str(live),
        deployed=deployed(model.versions[live].deployed_at),
        metric=percent(facts, metric),
        latency=next((text for text in latencies if text), None),
    )


def _row(model: Model, version: Version, facts: Facts, metric: str) -> Row:
    return Row(
        version=str(version),
        stage=_SHOWN[model.stage_of(version)],
        metric=plain_figure(facts, metric),
        deployed=deployed(model.versions[version].deployed_at),
        notes="; ".join(_notes(model, version)),
    )


def _notes(model: Model, version: Version) -> Iterator[str]:
    entry, stage = model.versions[version], model.stage_of(version)
    if stage is Stage.PRODUCTION:
        yield "Current ✅"
    if stage is Stage.STAGING:
        yield "Candidate" if entry.traffic is None else f"Candidate, {entry.traffic}% traffic"
    if entry.request is not None:
        yield f"Waits for approval to enter {entry.request.to}"
    if entry.archived is not None:
        by = entry.archived.replaced_by
        yield f"Replaced by {by}" if by else "Retired"
    if entry.hold is not None:
        yield f"Held since {entry.hold.at[:10]}: {entry.hold.reason}"
    if entry.deprecated is not None:
        yield "Deprecated"


def targets(model: Model) -> Iterator[Target]:
    """Where a rollback leads, in the order of time: each holds until its end of life.

    The last one has no `until`; where even that is missing, nothing is left from then on.
    """
    day = date.min
    while True:
        try:
            version = rollback_target(model, today=day)
        except NotFound:
            return
        entry = model.versions[version]
        end = entry.deprecated.end_of_life if entry.deprecated else None
        until = end.isoformat() if end else None
        yield Target(version=str(version), deployed=deployed(entry.deployed_at), until=until)
        if end is None or end == date.max:
            return
        day = end + timedelta(days=1)


def _notices(model: Model) -> Iterator[Notice]:
    for version in sorted(model.versions, reverse=True):
        notice = model.versions[version].deprecated
        if notice is not None:
            end = notice.end_of_life
            day = end.isoformat() if end else None
            yield Notice(version=str(version), reason=notice.reason, end_of_life=day)


def _box(model: Model, stage: Stage) -> str:
    held = sorted((v for v in model.versions if model.stage_of(v) is stage), reverse=True)
    names = [str(version) for version in held[:NEWEST]]
    if len(held) > NEWEST:
        names.append(f"{len(held) - NEWEST} more")
    return f"{str(stage).capitalize()}: {', '.join(names) or 'none'}"

"""The values of the static site's pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from swreg.docs.chart import Chart


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionPart:
    """A version: `state` has the catalog's facts by label, `facts` those of its training."""

    version: str
    stage: str
    registered: str
    deployed: str
    notes: str
    tags: tuple[str, ...]
    state: tuple[tuple[str, str], ...]
    facts: tuple[tuple[str, str], ...]
    lineage: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPart:
    """One event of the time line."""

    at: str
    kind: str
    summary: str
    actor: str
    reason: str
    commit: str
    forced: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPage:
    """A model's page. `compared` is the data that its comparison works on."""

    name: str
    home: str
    production: str
    staging: str
    latest: str
    deployed: str
    versions: tuple[VersionPart, ...]
    charts: tuple[Chart, ...]
    events: tuple[EventPart, ...]
    compared: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The whole site, as of a commit."""

    title: str
    commit: str
    at: str
    models: tuple[ModelPage, ...]
    events: tuple[EventPart, ...]

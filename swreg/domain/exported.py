"""A whole registry as one value: what `registry-export json` writes and others may read.

Everything that the catalogs and the files beside the models say is in it, and every event of the
history. The law: `models_of` and `events_of` of an export are those of the registry.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from swreg.domain import shape
from swreg.domain.catalog import Model
from swreg.domain.entry import Entry
from swreg.domain.events import EVENTS, Event
from swreg.domain.record import Record
from swreg.domain.shape import Timestamp
from swreg.domain.stage import Stage
from swreg.domain.version import Version


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedVersion:
    """One version: its stage, its entry of the catalog, and the files that say what it is.

    `metadata`, `features` and `signature` are the plain data of those files; `folder` is their
    place in the repository.
    """

    stage: Stage
    folder: str
    entry: Entry
    metadata: Mapping[str, Any] = field(default_factory=dict)
    features: Mapping[str, Any] = field(default_factory=dict)
    signature: Mapping[str, Any] = field(default_factory=dict)
    requirements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedModel:
    """One model with its versions; `home` is the folder whose catalog it stands in."""

    name: str
    home: str
    stages: Mapping[Stage, Version] = field(default_factory=dict)
    versions: Mapping[Version, ExportedVersion] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedEvent:
    """One event: its kind, its record's id, and its facts by name."""

    id: str
    kind: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryExport:
    """The registry at a commit, which was made at `committed_at`."""

    commit: str | None = None
    committed_at: Timestamp | None = None
    environment: str | None = None
    models: tuple[ExportedModel, ...] = ()
    events: tuple[ExportedEvent, ...] = ()


def exported_events(records: Iterable[Record]) -> tuple[ExportedEvent, ...]:
    """Events with everything they say."""
    return tuple(
        ExportedEvent(id=one.id, kind=one.event.kind, facts=shape.write(one.event))
        for one in records
    )


def models_of(export: RegistryExport) -> list[tuple[str, Model]]:
    """The models as the catalogs have them, each with its home."""
    return [
        (
            one.home,
            Model(one.name, dict(one.stages), {v: told.entry for v, told in one.versions.items()}),
        )
        for one in export.models
    ]


def events_of(export: RegistryExport) -> list[Event]:
    """The events; raises `ShapeError` where the facts of one do not fit its kind."""
    return [shape.read(EVENTS[one.kind], dict(one.facts)) for one in export.events]

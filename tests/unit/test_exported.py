"""A whole registry as one value, from which the same models and events come back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from swreg.domain.exported import (
    ExportedModel,
    ExportedVersion,
    RegistryExport,
    events_of,
    exported_events,
    models_of,
)
from swreg.domain.record import Record, record_id
from swreg.domain.shape import ShapeError
from swreg.domain.stage import Stage
from tests.unit.story import HOME, NAME, live, model, promoted, registered, v

PAST = [*live("v1"), registered("v2"), promoted("v2", Stage.STAGING)]
RECORDS = [Record(event, record_id(event)) for event in PAST]
EVENTS = exported_events(RECORDS)


def test_an_exported_event_says_what_it_is_and_all_that_it_says() -> None:
    last = EVENTS[-1]
    assert (last.id, last.kind) == (RECORDS[-1].id, "promoted")
    assert (last.facts["from"], last.facts["to"]) == ("dev", "staging")
    assert last.facts["version"] == "v2.0.0"


def test_the_events_of_an_export_are_those_of_the_registry() -> None:
    assert events_of(RegistryExport(events=EVENTS)) == PAST


def test_facts_that_do_not_fit_their_kind_are_refused() -> None:
    odd = replace(EVENTS[-1], facts={**EVENTS[-1].facts, "to": "nowhere", "odd": 1})
    with pytest.raises(ShapeError) as caught:
        events_of(RegistryExport(events=(*EVENTS, odd)))
    assert [fault.split(":")[0] for fault in sorted(caught.value.faults)] == ["odd", "to"]


def test_the_models_of_an_export_are_those_of_the_registry() -> None:
    state = model(*PAST)
    versions = {
        version: ExportedVersion(
            stage=state.stage_of(version),
            folder=f"{HOME}/{entry.artifact.path}",
            entry=entry,
            metadata={"framework": "sklearn"},
        )
        for version, entry in state.versions.items()
    }
    one = ExportedModel(name=NAME, home=HOME, stages=state.stages, versions=versions)
    assert models_of(RegistryExport(models=(one,))) == [(HOME, state)]
    assert models_of(RegistryExport()) == []
    assert versions[v("v1")].stage is Stage.PRODUCTION

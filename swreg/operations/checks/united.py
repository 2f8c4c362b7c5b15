"""A commit that unites two catalogs' entries of one model: held against both, as a merge is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from swreg.domain.catalog import Catalog, Model
from swreg.domain.drift_merge import merge_faults
from swreg.domain.events import Event, UnitedEvent
from swreg.domain.finding import Finding
from swreg.domain.merging import NOTHING, merge_model
from swreg.errors import BrokenFile
from swreg.operations.checks.contents import Contents
from swreg.operations.checks.places import Home
from swreg.operations.checks.step import Step
from swreg.storage.commits import Change

Blobs = Mapping[Home, tuple[Change | None, Change | None]]
"""By home: the change that has the catalog before, and the one that has it after."""


def before_events(
    step: Step, contents: Contents, blobs: Blobs, home: Home, old: Catalog
) -> tuple[Catalog, list[Finding]]:
    """The catalog of a home as the other events of the commit found it, and what is wrong."""
    found: list[Finding] = []
    for event in (one.event for one in step.events):
        if not isinstance(event, UnitedEvent):
            continue
        kept, other = (Home(home.environment, name) for name in (event.home, event.other))
        if home == other:
            rest = {name: one for name, one in old.models.items() if name != event.model}
            old = Catalog(rest)
        elif home == kept:
            try:
                ours, theirs = (_model(contents, blobs, one, event, 0) for one in (kept, other))
                after = _model(contents, blobs, kept, event, 1)
            except BrokenFile:
                continue
            found += _faults(step, event, (ours, theirs), after)
            old = old.with_model(after)
    return old, found


def _model(contents: Contents, blobs: Blobs, home: Home, event: Event, side: int) -> Model:
    change = blobs.get(home, (None, None))[side]
    if change is None:
        return Model(event.model)
    oid = change.after if side else change.before
    return contents.catalog(oid, change.path).models.get(event.model, Model(event.model))


def _faults(
    step: Step, event: UnitedEvent, sides: tuple[Model, ...], after: Model
) -> Iterator[Finding]:
    if not all(side.versions for side in sides):
        yield step.finding("SWR202", f"{event.model} did not stand in two catalogs", event=event)
    for what in merge_faults(Model(event.model), sides, after):
        yield step.finding("SWR220", f"{event.model}: {what.what}", event=event)


def told_together(model: Model, other: Model) -> Model:
    """What two histories tell of a model that was united; the first wins what both tell."""
    both = merge_model(None, model, other, decisions=NOTHING).ours.models.get(model.name, model)
    return replace(both, versions={**other.versions, **both.versions})

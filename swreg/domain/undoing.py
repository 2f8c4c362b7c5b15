"""Taking one side's change back, so that the other side's stands: for a merge that was decided."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from swreg.domain.catalog import Model
from swreg.domain.entry import Entry
from swreg.domain.stage import POINTED, Stage
from swreg.domain.version import Version


def undone(base: Model, side: Model, key: str) -> Model:
    """The side as if it had not moved that stage pointer, or not decided about that version."""
    stage = next((one for one in POINTED if one == key), None)
    if stage is not None:
        return _pointer_undone(base, side, stage)
    return _version_undone(base, side, Version.parse(key))


def only_deprecated(base: Model, side: Model, key: str) -> bool:
    """Whether all that the side decided about the version is a deprecation that is still to come.

    It is undone only where the version already had its last day on the day it was deprecated.
    """
    version = Version.try_parse(key)
    before, now = (
        (model.versions.get(version) for model in (base, side)) if version else (None,) * 2
    )
    if before is None or now is None or now.deprecated is None or before.deprecated is not None:
        return False
    over = now.past_end_of_life(date.fromisoformat(now.deprecated.at[:10]))
    same = base.stage_of(version) is side.stage_of(version)  # type: ignore[arg-type]
    return same and not over and replace(now, deprecated=None, tags=before.tags) == before


def _pointer_undone(base: Model, side: Model, stage: Stage) -> Model:
    """The pointer back where it was; who came in goes back to where it came from."""
    new, old = side.stages.get(stage), base.stages.get(stage)
    if new is not None:
        side = _entry_back(base, side, new)
        for version in _displaced_by(side, new):
            side = _entry_back(base, side, version)
    if old is not None and old in base.versions:
        side = _entry_back(base, side, old)
        for other in POINTED:
            if side.stages.get(other) == old:
                side = side.with_stage(other, None)
    side = side.with_stage(stage, old)
    return _pointers_back(base, side, new) if new is not None else side


def _displaced_by(side: Model, version: Version) -> list[Version]:
    """The versions that were archived because that one took their place."""
    return [
        other
        for other, entry in side.versions.items()
        if entry.archived and entry.archived.replaced_by == version
    ]


def _pointers_back(base: Model, side: Model, version: Version) -> Model:
    """The version in the stage where the base has it, unless another one has entered there."""
    for stage in POINTED:
        free = side.stages.get(stage) is None
        if base.stages.get(stage) == version and free and version not in side.stages.values():
            side = side.with_stage(stage, version)
    return side


def _entry_back(base: Model, side: Model, version: Version) -> Model:
    """What a move writes into an entry, as it was; holds, approvals and tags stay."""
    now, before = side.versions.get(version), base.versions.get(version)
    if now is None:
        return side if before is None else side.with_entry(version, before)
    start = before or Entry(registered=now.registered, artifact=now.artifact)
    entry = replace(
        now,
        deployed_at=start.deployed_at,
        previous=start.previous,
        archived=start.archived,
        traffic=start.traffic,
        request=start.request,
    )
    return side.with_entry(version, entry)


def _version_undone(base: Model, side: Model, version: Version) -> Model:
    """Every decision about the version taken back; a version that is new is gone."""
    for stage in POINTED:
        if side.stages.get(stage) == version and base.stages.get(stage) != version:
            side = _pointer_undone(base, side, stage)
    before = base.versions.get(version)
    if before is None:
        kept = {one: entry for one, entry in side.versions.items() if one != version}
        return replace(side, versions=kept)
    now = side.versions.get(version)
    entry = before
    if now is not None and now.artifact == before.artifact:
        entry = replace(before, tags=now.tags)
    return _pointers_back(base, side.with_entry(version, entry), version)

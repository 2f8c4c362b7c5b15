"""Where two branches contradict each other about a model, each in a sentence.

The rules, by what both sides did since the base:

- a stage pointer moved to two versions: a conflict, never "the last date wins"; only staging that
  one side emptied and the other filled is none, because there is an order in which both hold
- one version brought into a stage here, and there archived, held, deprecated, refused or moved
  elsewhere: a conflict
- one number registered with different bytes: a conflict; a version's bytes never change
- removed here and changed there: a conflict
- two ends of life, or requests for two stages: a conflict
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from swreg.domain.catalog import Model
from swreg.domain.entry import Entry
from swreg.domain.merging_entry import common_start, revoked
from swreg.domain.stage import POINTED, Stage
from swreg.domain.version import Version


@dataclass(frozen=True, slots=True, order=True)
class Conflict:
    """What only a person can decide: the model, what of it, and both sides in words.

    `key` is a stage, a version, or empty for the model as a whole.
    """

    model: str
    key: str
    what: str

    @property
    def place(self) -> tuple[str, str]:
        return self.model, self.key

    def __str__(self) -> str:
        return self.what


def conflicts(base: Model, ours: Model, theirs: Model) -> Iterator[Conflict]:
    """Every contradiction between two sides of one model."""
    for stage in POINTED:
        yield from _pointer(base, ours, theirs, stage)
    numbers = dict.fromkeys([*base.versions, *ours.versions, *theirs.versions])
    for version in sorted(numbers):
        for what in _version(base, ours, theirs, version):
            yield Conflict(base.name, str(version), f"{base.name} {version}: {what}")


def removed(name: str, *, by: str) -> Conflict:
    """A whole model that one side removed and the other changed."""
    other = "theirs" if by == "ours" else "ours"
    return Conflict(name, "", f"{name}: {by} removed it, {other} changed it")


def _pointer(base: Model, ours: Model, theirs: Model, stage: Stage) -> Iterator[Conflict]:
    before, a, b = (model.stages.get(stage) for model in (base, ours, theirs))
    if a == b or before in (a, b):
        return
    if stage is Stage.STAGING and (a is None or b is None):
        return
    what = f"{stage} of {base.name}: ours has {a or 'nothing'}, theirs {b or 'nothing'}"
    yield Conflict(base.name, str(stage), what)


def _version(base: Model, ours: Model, theirs: Model, version: Version) -> Iterator[str]:
    before, a, b = (model.versions.get(version) for model in (base, ours, theirs))
    if a == b and a is None:
        return
    if a is None or b is None:
        if before is not None and (a or b) != before:
            gone, kept = ("ours", "theirs") if a is None else ("theirs", "ours")
            yield f"{gone} removed it, {kept} changed it"
        return
    if _other_bytes(before, a, b):
        yield "ours and theirs have different files under this number"
        return
    start = before or common_start(a, b)
    yield from _contradiction(base.with_entry(version, start), ours, theirs, version)
    yield from _two_words(start, a, b)


def _other_bytes(before: Entry | None, a: Entry, b: Entry) -> bool:
    if a.artifact.digest == b.artifact.digest:
        return False
    return before is None or before.artifact not in (a.artifact, b.artifact)


def _two_words(before: Entry, a: Entry, b: Entry) -> Iterator[str]:
    """Two deprecations or requests that do not say the same."""
    was, asked = before.deprecated, before.request
    if a.deprecated and b.deprecated and was not in (a.deprecated, b.deprecated):
        one, two = a.deprecated.end_of_life, b.deprecated.end_of_life
        if one != two:
            yield f"its end of life is {one or 'open'} in ours, {two or 'open'} in theirs"
    one_wish, other = a.request, b.request
    if one_wish and other and asked not in (one_wish, other) and one_wish.to is not other.to:
        yield f"ours asks for {one_wish.to}, theirs for {other.to}"


def _contradiction(base: Model, ours: Model, theirs: Model, version: Version) -> Iterator[str]:
    """A version that one side moved while the other moved it elsewhere or spoke against it."""
    a, b = (_moved_to(base, side, version) for side in (ours, theirs))
    if a is not None and b is not None and a is not b:
        yield f"ours {_moved(a)}, theirs {_moved(b)}"
        return
    for to, mover, other, names in (
        (a, ours, theirs, ("ours", "theirs")),
        (b, theirs, ours, ("theirs", "ours")),
    ):
        if to in POINTED and mover.stages.get(to) != other.stages.get(to):
            against = _against(base, other, version, to)
            if against:
                yield f"{names[0]} moved it to {to}, {names[1]} {against}"
                return


def _moved(to: Stage) -> str:
    return "archived it" if to is Stage.ARCHIVED else f"moved it to {to}"


def _moved_to(base: Model, side: Model, version: Version) -> Stage | None:
    """Where a side moved the version; None where it stayed, or only gave way to another one."""
    before, now = base.stage_of(version), side.stage_of(version)
    if before is now:
        return None
    if before in POINTED and side.stages.get(before) is not None:
        if now is Stage.DEV:
            return None
        archived = side.versions[version].archived
        if archived and archived.replaced_by is not None:
            return None
    return now


def _against(base: Model, side: Model, version: Version, to: Stage) -> str | None:
    """What a side did that speaks against bringing the version into the stage."""
    before, now = base.versions[version], side.versions[version]
    if now.hold and now.hold != before.hold:
        return "held it"
    if now.deprecated and now.deprecated != before.deprecated:
        return "deprecated it"
    if now.archived and now.archived != before.archived:
        return "archived it"
    moved = base.stage_of(version) is not side.stage_of(version)
    if to in revoked(before, now, moved=moved):
        return f"took back what was asked or approved for {to}"
    return None


__all__ = ["Conflict", "conflicts", "removed"]

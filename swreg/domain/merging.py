"""Three-way merge of catalogs by what they say, not by their lines.

Independent changes are united. Contradictions (see `swreg.domain.conflicts`) are not decided here:
the result comes in two forms, one in which ours wins every one of them and one in which theirs
does. A side that loses has its change undone: its version must be promoted again.

Laws: `merge(base, x, base)` is x; swapping the sides swaps the result; two changes that may happen
in either order merge to what they make in a row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

from swreg.domain.catalog import Catalog, Model
from swreg.domain.conflicts import Conflict, conflicts, removed
from swreg.domain.entry import Entry
from swreg.domain.merging_entry import merged_entry, pick, revoked
from swreg.domain.stage import POINTED, Stage
from swreg.domain.undoing import only_deprecated, undone
from swreg.domain.version import Version

Side = Literal["ours", "theirs"]
Decisions = Mapping[tuple[str, str], Side]
"""Who wins where: (model, stage or version) → side."""
NOTHING: Decisions = MappingProxyType({})
"""Nobody has decided anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """The merged catalog, once with ours and once with theirs where nobody has decided.

    `conflicts` is what is undecided; without any, both catalogs are the same.
    """

    ours: Catalog
    theirs: Catalog
    conflicts: tuple[Conflict, ...] = ()


@dataclass(slots=True)
class _Umpire:
    """Says who wins a conflict, and keeps those that nobody has decided."""

    decisions: Decisions
    default: Side
    open: dict[tuple[str, str], Conflict] = field(default_factory=dict)

    def winner(self, conflict: Conflict) -> Side:
        if conflict.place not in self.decisions:
            self.open.setdefault(conflict.place, conflict)
        return self.decisions.get(conflict.place, self.default)


def merge(
    base: Catalog, ours: Catalog, theirs: Catalog, *, decisions: Decisions = NOTHING
) -> Merged:
    """Both sides' changes to the base in one catalog, with what remains to be decided.

    >>> merge(Catalog(), Catalog(), Catalog()).conflicts
    ()
    """
    first = _Umpire(decisions, "ours")
    for_ours = _catalogs(base, ours, theirs, first)
    if not first.open:
        return Merged(ours=for_ours, theirs=for_ours)
    second = _Umpire(decisions, "theirs")
    for_theirs = _catalogs(base, ours, theirs, second)
    found = {**second.open, **first.open}
    return Merged(ours=for_ours, theirs=for_theirs, conflicts=tuple(sorted(found.values())))


def merge_model(base: Model | None, ours: Model, theirs: Model, *, decisions: Decisions) -> Merged:
    """The same for one model; without a base, as when one model lies in two catalogs."""
    before = Catalog() if base is None else Catalog({base.name: base})
    sides = (Catalog({ours.name: ours}), Catalog({theirs.name: theirs}))
    return merge(before, *sides, decisions=decisions)


def _catalogs(base: Catalog, ours: Catalog, theirs: Catalog, umpire: _Umpire) -> Catalog:
    names = sorted({*base.models, *ours.models, *theirs.models})
    models = [
        _model(name, *(side.models.get(name) for side in (base, ours, theirs)), umpire=umpire)
        for name in names
    ]
    return Catalog({model.name: model for model in models if model is not None})


def _model(
    name: str, base: Model | None, ours: Model | None, theirs: Model | None, *, umpire: _Umpire
) -> Model | None:
    if ours == theirs or theirs == base:
        return ours
    if ours == base:
        return theirs
    if ours is None or theirs is None:
        loser: Side = "ours" if ours is None else "theirs"
        won = umpire.winner(removed(name, by=loser))
        return ours if won == "ours" else theirs
    return _agreed(base or Model(name), ours, theirs, umpire)


def _agreed(base: Model, ours: Model, theirs: Model, umpire: _Umpire) -> Model:
    """The union, once the losing side of each conflict is undone."""
    decided: set[str] = set()
    while (conflict := _next_conflict(base, ours, theirs, decided)) is not None:
        decided.add(conflict.key)
        won = umpire.winner(conflict)
        # A promotion that wins over a deprecation leaves it standing: both can hold.
        if only_deprecated(base, theirs if won == "ours" else ours, conflict.key):
            continue
        if won == "ours":
            theirs = undone(base, theirs, conflict.key)
        else:
            ours = undone(base, ours, conflict.key)
    model = _union(base, ours, theirs)
    faults = list(model.faults())
    if not faults:
        return model
    what = f"{base.name}: ours and theirs do not fit together ({faults[0].partition(': ')[2]})"
    return ours if umpire.winner(Conflict(base.name, "", what)) == "ours" else theirs


def _next_conflict(base: Model, ours: Model, theirs: Model, decided: set[str]) -> Conflict | None:
    """The first contradiction in a place that is not decided yet; each place is decided once."""
    return next((one for one in conflicts(base, ours, theirs) if one.key not in decided), None)


def _union(base: Model, ours: Model, theirs: Model) -> Model:
    stages: dict[Stage, Version] = {}
    for stage in POINTED:
        before, a, b = (side.stages.get(stage) for side in (base, ours, theirs))
        held = pick(before, a, b, lambda one, other: one or other)
        if held is not None:
            stages[stage] = held
    versions: dict[Version, Entry] = {}
    for version in sorted({*ours.versions, *theirs.versions}):
        start, mine, other = (side.versions.get(version) for side in (base, ours, theirs))
        if mine is not None and other is not None:
            refused = _refused(base, ours, version) | _refused(base, theirs, version)
            versions[version] = merged_entry(
                start,
                _as_moved(base, ours, theirs, version),
                _as_moved(base, theirs, ours, version),
                refused=refused,
            )
        elif start is None:
            versions[version] = ours.versions.get(version) or theirs.versions[version]
    model = Model(base.name, stages, versions)
    return replace(
        model, versions={one: _settled(model, one, entry) for one, entry in versions.items()}
    )


def _as_moved(base: Model, side: Model, other: Model, version: Version) -> Entry:
    """The side's entry; a version that only gave way in staging keeps its traffic if it moved on."""
    entry, stage = side.versions[version], Stage.STAGING
    gave_way = base.stages.get(stage) == version and side.stage_of(version) is Stage.DEV
    if gave_way and side.stages.get(stage) and other.stage_of(version) is not stage:
        return replace(entry, traffic=base.versions[version].traffic)
    return entry


def _refused(base: Model, side: Model, version: Version) -> frozenset[Stage]:
    """The stages that the side refused to a version of the base."""
    if version not in base.versions:
        return frozenset()
    moved = base.stage_of(version) is not side.stage_of(version)
    return revoked(base.versions[version], side.versions[version], moved=moved)


def _settled(model: Model, version: Version, entry: Entry) -> Entry:
    """Without a request that the other side has fulfilled or made void."""
    request = entry.request
    if request is None:
        return entry
    void = entry.hold or entry.archived or model.stage_of(version) is request.to
    return replace(entry, request=None) if void else entry

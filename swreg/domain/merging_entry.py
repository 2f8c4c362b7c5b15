"""One version that two branches changed: what both say of it, in one entry.

Every function here is total: what contradicts is found before, in `swreg.domain.conflicts`.
Where both sides did the same act, the earlier one counts, as it would have in a row; only of two
A/B tests the later one does, because in a row it would have taken the place of the other.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import Protocol, TypeVar

from swreg.domain.entry import AbTest, Approval, Entry
from swreg.domain.shape import Timestamp
from swreg.domain.stage import Stage

T = TypeVar("T")


class _Dated(Protocol):
    """An act with its time."""

    @property
    def at(self) -> Timestamp: ...
    @property
    def by(self) -> str: ...


D = TypeVar("D", bound=_Dated)
K = TypeVar("K", bound=Hashable)


def pick(base: T, ours: T, theirs: T, both: Callable[[T, T], T]) -> T:
    """The side that changed; `both` decides where both did, and differently.

    >>> pick(1, 1, 2, max), pick(1, 3, 2, max)
    (2, 3)
    """
    if ours == theirs or theirs == base:
        return ours
    return theirs if ours == base else both(ours, theirs)


def united(base: tuple[K, ...], ours: tuple[K, ...], theirs: tuple[K, ...]) -> tuple[K, ...]:
    """A set merged in the order of its elements: what either took away is gone, all else stays.

    >>> united(("a", "b"), ("a", "b", "x"), ("b", "y"))
    ('b', 'x', 'y')
    """
    gone = {one for one in base if one not in ours or one not in theirs}
    added = [one for side in (ours, theirs) for one in side if one not in base]
    return tuple(dict.fromkeys([*(one for one in base if one not in gone), *added]))


def merged_entry(
    base: Entry | None, ours: Entry, theirs: Entry, *, refused: frozenset[Stage] = frozenset()
) -> Entry:
    """The entry after both changes; without a base both registered the same bytes.

    `refused` are the stages for which either side took approvals back (see `revoked`).
    """
    if base is None:
        base = common_start(ours, theirs)
        ours = replace(ours, registered=base.registered, artifact=base.artifact)
        theirs = replace(theirs, registered=base.registered, artifact=base.artifact)
    if ours == theirs or theirs == base:
        return ours
    if ours == base:
        return theirs
    first = min(ours, theirs, key=lambda one: (one.deployed_at or "~", str(one.previous)))
    hold = pick(base.hold, ours.hold, theirs.hold, _earlier)
    return replace(
        ours,
        registered=pick(base.registered, ours.registered, theirs.registered, _earlier_of),
        artifact=pick(base.artifact, ours.artifact, theirs.artifact, lambda o, t: o),
        deployed_at=pick(
            base.deployed_at, ours.deployed_at, theirs.deployed_at, lambda o, t: first.deployed_at
        ),
        previous=pick(base.previous, ours.previous, theirs.previous, lambda o, t: first.previous),
        archived=pick(base.archived, ours.archived, theirs.archived, _earlier),
        traffic=pick(base.traffic, ours.traffic, theirs.traffic, _smaller),
        approvals=() if hold and hold != base.hold else _approvals(base, ours, theirs, refused),
        request=pick(base.request, ours.request, theirs.request, _earlier),
        hold=hold,
        deprecated=pick(base.deprecated, ours.deprecated, theirs.deprecated, _earlier),
        tags=united(base.tags, ours.tags, theirs.tags),
        ab_test=pick(base.ab_test, ours.ab_test, theirs.ab_test, _last_word),
    )


def revoked(base: Entry, side: Entry, *, moved: bool) -> frozenset[Stage]:
    """The stages for which a side took approvals back, or refused what was requested.

    A request is also gone where the version `moved`; that refuses nothing.
    """
    lost = {one.for_ for one in base.approvals if one not in side.approvals}
    if base.request and side.request is None and not moved:
        lost.add(base.request.to)
    return frozenset(lost)


def common_start(ours: Entry, theirs: Entry) -> Entry:
    """The registration that both sides made, as the earlier one has it."""
    first = min(ours, theirs, key=lambda one: (one.registered.at, one.registered.by))
    return Entry(registered=first.registered, artifact=first.artifact)


def _approvals(
    base: Entry, ours: Entry, theirs: Entry, refused: frozenset[Stage]
) -> tuple[Approval, ...]:
    """A revocation beats the approvals that the other side gave meanwhile."""
    kept = united(base.approvals, ours.approvals, theirs.approvals)
    return tuple(one for one in kept if one.for_ not in refused)


def _earlier(ours: D | None, theirs: D | None) -> D | None:
    """The earlier of two acts; an act that only one side keeps stands."""
    if ours is None or theirs is None:
        return ours or theirs
    return _earlier_of(ours, theirs)


def _earlier_of(ours: D, theirs: D) -> D:
    return min(ours, theirs, key=lambda one: (one.at, one.by, str(one)))


def _last_word(ours: AbTest | None, theirs: AbTest | None) -> AbTest | None:
    """The later of two decisions; of two at once the one that is no victory."""
    if ours is None or theirs is None:
        return ours or theirs
    return max(ours, theirs, key=lambda one: (one.at, not one.better, str(one)))


def _smaller(ours: int | None, theirs: int | None) -> int | None:
    given = [one for one in (ours, theirs) if one is not None]
    return min(given, default=None)

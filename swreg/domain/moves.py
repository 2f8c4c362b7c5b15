"""Decisions: from a model and a wish to the event that fulfils it, or the reason why not.

Nothing here changes anything; an operation applies the event that comes back.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from datetime import date

from swreg.domain.catalog import Found, Model
from swreg.domain.entry import Entry
from swreg.domain.events import (
    ArchivedEvent,
    HoldLiftedEvent,
    PromotedEvent,
    RolledBackEvent,
    TaggedEvent,
)
from swreg.domain.shape import Timestamp
from swreg.domain.stage import POINTED, TRANSITIONS, Stage
from swreg.domain.version import Version
from swreg.errors import FactError, Held, IllegalTransition, NotFound, UsageError

_NOTHING_LIVE = "bring a version there with registry-promote, by way of dev where it is archived"


def require_move(found: Found, to: Stage, *, reason: str) -> Stage:
    """The stage the version stands in, where the table lets a promotion lead from it to `to`."""
    from_, name = found.stage, f"{found.model.name} {found.version}"
    if from_ is to:
        raise IllegalTransition(f"{name} is in {to} already", "nothing to do")
    if (from_, to) not in TRANSITIONS:
        raise IllegalTransition(f"{name} cannot go from {from_} to {to}", _ways(from_))
    if to is Stage.ARCHIVED:
        raise IllegalTransition(f"{name} is not archived by a promotion", "use registry-archive")
    if (from_, to) == (Stage.ARCHIVED, Stage.PRODUCTION):
        raise IllegalTransition(
            f"{name} is archived; only a rollback brings it back to production",
            f"swreg registry-rollback {found.model.name} --to {found.version} --reason ...",
        )
    if (from_, to) == (Stage.ARCHIVED, Stage.DEV) and not reason:
        raise UsageError(f"{name} is archived", "say --reason why it comes back to dev")
    return from_


def _ways(from_: Stage) -> str:
    ways = [
        str(to)
        for (start, to), how in TRANSITIONS.items()
        if start is from_ and how != "rollback only"
    ]
    return f"from {from_} it can go to {', '.join(ways)}"


def require_not_held(found: Found) -> None:
    """A held version is promoted by nobody until the hold is lifted."""
    hold = found.entry.hold
    if hold is not None:
        raise Held(
            f"{found.model.name} {found.version} is held since {hold.at[:10]}: {hold.reason}",
            "--lift-hold with --reason, if the cause is gone",
        )


def promotion(
    found: Found, to: Stage, *, actor: str, at: Timestamp, reason: str = "",
    forced: bool = False, traffic: int | None = None,
) -> PromotedEvent:  # fmt: skip
    """The event of a promotion whose gates were judged."""
    return PromotedEvent(
        model=found.model.name,
        version=found.version,
        from_=found.stage,
        to=to,
        replaces=found.model.stages.get(to) if to in POINTED else None,
        traffic=traffic,
        actor=actor,
        at=at,
        reason=reason,
        forced=forced,
    )


def lift_hold(found: Found, *, actor: str, at: Timestamp, reason: str) -> HoldLiftedEvent:
    """The event that ends a hold."""
    if found.entry.hold is None:
        raise FactError(f"{found.model.name} {found.version} is not held", "leave --lift-hold out")
    if not reason:
        raise UsageError("--lift-hold needs a reason", "say --reason why the cause is gone")
    return HoldLiftedEvent(
        model=found.model.name, version=found.version, actor=actor, at=at, reason=reason
    )


def rollback_target(model: Model, *, today: date, passed_over: Container[Version] = ()) -> Version:
    """The version that production held before: the first on the way back that may be live.

    Where production is empty, what it held last was taken out on purpose, so it is passed over
    like what is live. Held versions, those past their end of life and those in `passed_over` are
    left out. Raises `NotFound` with the candidates where nothing is left.
    """
    live, last = model.production, _require_past(model)
    for version in _way_back(model, last) if last is not None else ():
        fit = may_go_live(model.versions[version], today=today)
        if fit and version not in passed_over:
            return version
    others = [
        str(version)
        for version, entry in sorted(model.versions.items(), reverse=True)
        if version != live and entry.hold is None
    ][:5]
    raise NotFound(
        f"production of {model.name} has no earlier version to return to"
        if last is not None
        else f"production of {model.name} is empty, and its catalog does not say what was last there",
        f"name one with --to: {', '.join(others)}"
        if others
        else "no other version is registered and not held",
    )


def _require_past(model: Model) -> Version | None:
    """What production holds, or held last; None where the catalog leaves that open.

    Raises `NotFound` where production never held anything.
    """
    if model.production is not None:
        return model.production
    once = {version: entry for version, entry in model.versions.items() if entry.deployed_at}
    if not once:
        raise NotFound(f"{model.name} has nothing in production", _NOTHING_LIVE)
    # Who was displaced by another was not the last one; only for the rest the clock is asked.
    left = {
        version: entry
        for version, entry in once.items()
        if entry.archived is None or entry.archived.replaced_by is None
    }
    newest = max((str(entry.deployed_at) for entry in left.values()), default="")
    last = [version for version, entry in left.items() if entry.deployed_at == newest]
    return last[0] if len(last) == 1 else None


def _way_back(model: Model, live: Version) -> Iterator[Version]:
    seen, version = {live}, model.versions[live].previous
    while version is not None and version not in seen and version in model.versions:
        yield version
        seen.add(version)
        version = model.versions[version].previous


def may_go_live(entry: Entry, *, today: date) -> bool:
    """Neither held nor past its end of life."""
    return entry.hold is None and not entry.past_end_of_life(today)


def rollback(
    found: Found,
    *,
    actor: str,
    at: Timestamp,
    reason: str,
    forced: bool = False,
    traffic: int | None = None,
) -> RolledBackEvent:
    """The event that brings production back to `found`."""
    live, name = found.model.production, found.model.name
    if not reason:
        raise UsageError("a rollback needs a reason", "say --reason what is wrong with production")
    _require_past(found.model)
    if live == found.version:
        raise IllegalTransition(f"{name} {live} is in production already", "nothing to do")
    require_not_held(found)
    return RolledBackEvent(
        model=name,
        version=found.version,
        from_=found.stage,
        replaces=live,
        traffic=traffic,
        actor=actor,
        at=at,
        reason=reason,
        forced=forced,
    )


def archival(found: Found, *, actor: str, at: Timestamp, reason: str, force: bool) -> ArchivedEvent:
    """The event that takes a version out of use; the live production only by force."""
    stage, name = found.stage, f"{found.model.name} {found.version}"
    if stage is Stage.ARCHIVED:
        raise IllegalTransition(f"{name} is archived already", "nothing to do")
    if stage is Stage.PRODUCTION and not (force and reason):
        raise IllegalTransition(
            f"{name} is live in production",
            "promote or roll back to another version first, or use --force with --reason",
        )
    return ArchivedEvent(
        model=found.model.name,
        version=found.version,
        from_=stage,
        actor=actor,
        at=at,
        reason=reason,
        forced=stage is Stage.PRODUCTION,
    )


def tagging(
    found: Found,
    *,
    add: tuple[str, ...],
    remove: tuple[str, ...],
    actor: str,
    at: Timestamp,
    reason: str = "",
) -> TaggedEvent:
    """The event that changes a version's tags; what has no effect is left out."""
    both = [tag for tag in add if tag in remove]
    if both:
        raise UsageError(f"{both[0]!r} is both put on and taken off", "say one of them")
    tags = found.entry.tags
    added = tuple(dict.fromkeys(tag for tag in add if tag not in tags))
    removed = tuple(dict.fromkeys(tag for tag in remove if tag in tags))
    if not added and not removed:
        raise FactError(
            f"{found.model.name} {found.version} has these tags already", "nothing to do"
        )
    return TaggedEvent(
        model=found.model.name,
        version=found.version,
        added=added,
        removed=removed,
        actor=actor,
        at=at,
        reason=reason,
    )

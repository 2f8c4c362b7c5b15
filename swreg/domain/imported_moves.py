"""From what happened to a version elsewhere to the events that say the same of it here.

Nothing here changes anything. What a source allows and our table of stages does not (one version
in two stages, a production version that goes back to staging) becomes a `UsageError` that says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from swreg.domain import moves
from swreg.domain.catalog import Found
from swreg.domain.events import ArchivedEvent, DeprecatedEvent, PromotedEvent, VersionEvent
from swreg.domain.shape import Timestamp
from swreg.domain.stage import POINTED, Stage
from swreg.errors import UsageError


def stage_taken(
    found: Found, to: Stage, *, lift: bool, origin: str, actor: str, at: Timestamp, reason: str
) -> Iterator[VersionEvent]:
    """The events that bring a version where it stood there; none where it stands there already.

    A version that was live before comes back by a rollback, unless one below it is live.
    `lift` says that its hold was a rollback's there, which is over now; else `Held` is raised.
    """
    stage, words = found.stage, f"{found.model.name} {found.version}"
    if stage is to:
        return
    if found.entry.hold is not None and lift:
        lifted = moves.lift_hold(found, actor=actor, at=at, reason=reason)
        yield replace(lifted, origin=origin)
    else:
        moves.require_not_held(found)
    if _comes_back(found, to):
        back = moves.rollback(found, actor=actor, at=at, reason=reason)
        yield replace(back, origin=origin)
        return
    if to is Stage.ARCHIVED:
        yield _archived(found, origin=origin, actor=actor, at=at, reason=reason)
        return
    if stage is Stage.PRODUCTION:
        raise UsageError(
            f"{words} is in production, and was given {to} as well",
            "a version stands in one stage here; it stays in production",
        )
    if stage is Stage.ARCHIVED:
        yield _promoted(found, stage, Stage.DEV, origin=origin, actor=actor, at=at, reason=reason)
        stage = Stage.DEV
    if to is not Stage.DEV or stage is not Stage.DEV:
        yield _promoted(found, stage, to, origin=origin, actor=actor, at=at, reason=reason)


def _comes_back(found: Found, to: Stage) -> bool:
    live, entry = found.model.production, found.entry
    if to is not Stage.PRODUCTION or found.stage is not Stage.ARCHIVED or entry.hold is not None:
        return False
    return entry.deployed_at is not None and (live is None or found.version < live)


def stage_left(
    found: Found, stage: Stage, *, origin: str, actor: str, at: Timestamp, reason: str
) -> Iterator[VersionEvent]:
    """The events that take a version out of a stage, where it stands in that one."""
    if found.stage is not stage or stage not in POINTED:
        return
    if stage is Stage.PRODUCTION:
        yield _archived(found, origin=origin, actor=actor, at=at, reason=reason)
    else:
        yield _promoted(found, stage, Stage.DEV, origin=origin, actor=actor, at=at, reason=reason)


def deprecated(
    found: Found, *, origin: str, actor: str, at: Timestamp, reason: str
) -> DeprecatedEvent:
    """The version is not to be used any more."""
    return DeprecatedEvent(
        model=found.model.name,
        version=found.version,
        actor=actor,
        at=at,
        reason=reason,
        origin=origin,
    )


def _promoted(
    found: Found, from_: Stage, to: Stage, *, origin: str, actor: str, at: Timestamp, reason: str
) -> PromotedEvent:
    return PromotedEvent(
        model=found.model.name,
        version=found.version,
        from_=from_,
        to=to,
        replaces=found.model.stages.get(to) if to in POINTED else None,
        actor=actor,
        at=at,
        reason=reason,
        origin=origin,
    )


def _archived(
    found: Found, *, origin: str, actor: str, at: Timestamp, reason: str
) -> ArchivedEvent:
    return ArchivedEvent(
        model=found.model.name,
        version=found.version,
        from_=found.stage,
        actor=actor,
        at=at,
        reason=reason,
        # Taking out what is live needs force here; there it happened.
        forced=found.stage is Stage.PRODUCTION,
        origin=origin,
    )

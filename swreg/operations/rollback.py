"""Bring production back to an older version, by an event that moves forward."""

from __future__ import annotations

from dataclasses import replace

from swreg.domain import gates, moves
from swreg.domain.catalog import Found
from swreg.domain.names import Reference, plain_text
from swreg.domain.stage import Stage
from swreg.domain.version import Version
from swreg.operations.evidence import promotion_of
from swreg.operations.outcome import Outcome
from swreg.operations.project import Project
from swreg.operations.promote import proofs, unsealed
from swreg.operations.transaction import Transaction, WriteOptions, write
from swreg.operations.views import VersionView, view
from swreg.operations.wholeness import require_whole


def rollback(
    project: Project,
    reference: Reference,
    *,
    to: Version | None = None,
    reason: str,
    force: bool = False,
    lift_hold: bool = False,
    options: WriteOptions = WriteOptions(),
) -> Outcome[VersionView]:
    """Roll the model back to `to`, or to what production held before.

    A version that was live before needs no new approval; one that never was goes through
    production's gates. The version rolled back is held.
    `lift_hold` lets a held version in again, for the same reason.
    """
    reason = plain_text(reason, kind="reason")

    def decide(tx: Transaction) -> VersionView:
        found = tx.find(replace(reference, version=to, stage=None, latest=to is None))
        if to is None:
            version = moves.rollback_target(found.model, today=tx.today)
            found = Found(found.home, found.model, version)
        if lift_hold:
            event = moves.lift_hold(found, actor=tx.actor, at=tx.now, reason=reason)
            found = tx.apply_to(found, event)
        return view(bring_back(tx, found, reason=reason, force=force))

    return write(project, "registry-rollback", decide, options)


def bring_back(tx: Transaction, found: Found, *, reason: str, force: bool = False) -> Found:
    """Roll production back to the version within a transaction; raises what stands against it."""
    traffic = tx.policy.traffic(Stage.PRODUCTION)
    event = moves.rollback(found, actor=tx.actor, at=tx.now, reason=reason, traffic=traffic)
    require_whole(tx.project, tx.source, found)
    return tx.apply_to(found, replace(event, forced=_gates(tx, found, force)))


def _gates(tx: Transaction, found: Found, force: bool) -> bool:
    """Whether force was needed; raises where the gates keep the version out all the same."""
    was_live = found.entry.deployed_at is not None
    if was_live and not found.entry.past_end_of_life(tx.today):
        return False
    wish = promotion_of(
        tx.project,
        tx.source,
        found,
        Stage.PRODUCTION,
        actor=tx.actor,
        at=tx.now,
        requester=tx.actor,
        was_live=was_live,
        verified=proofs(tx, found, Stage.PRODUCTION),
        unsealed=unsealed(tx, found, Stage.PRODUCTION),
    )
    return gates.require(gates.violations(wish, tx.policy), force=force)

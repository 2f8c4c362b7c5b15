"""Promote a version to a stage, or open the request that approvers then complete."""

from __future__ import annotations

from dataclasses import replace

from swreg.domain import gates, moves
from swreg.domain.catalog import Found
from swreg.domain.entry import Approval
from swreg.domain.events import PromotedEvent, PromotionRequestedEvent
from swreg.domain.gates import Violation
from swreg.domain.names import Reference, plain_text
from swreg.domain.policy import Policy
from swreg.domain.stage import POINTED, Stage
from swreg.errors import ApprovalPending, IllegalTransition, UsageError
from swreg.operations.evidence import promotion_of
from swreg.operations.outcome import Outcome
from swreg.operations.project import Project
from swreg.operations.signatures import Rules, verified_approvals
from swreg.operations.transaction import Transaction, WriteOptions, write
from swreg.operations.views import VersionView, view
from swreg.operations.wholeness import require_whole

APPROVALS = "SWR103"


def promote(
    project: Project,
    reference: Reference,
    *,
    to: Stage,
    from_: Stage | None = None,
    reason: str = "",
    force: bool = False,
    lift_hold: bool = False,
    approval_required: bool = False,
    options: WriteOptions = WriteOptions(),
) -> Outcome[VersionView]:
    """Bring a version into a stage, if the table, holds and gates let it.

    With approvals missing a request is recorded instead and the outcome's refusal is
    `ApprovalPending`; with any other violation nothing changes and `PolicyRefused` is raised.
    Files that are not those that were registered enter no stage, forced or not (`IntegrityError`).
    """
    reason = plain_text(reason, kind="reason") if reason else ""
    if force and not reason:
        raise UsageError("--force needs a reason", "say --reason why the rule does not hold here")

    def decide(tx: Transaction) -> VersionView:
        found = tx.find(reference)
        if lift_hold:
            event = moves.lift_hold(found, actor=tx.actor, at=tx.now, reason=reason)
            found = tx.apply_to(found, event)
        if from_ is not None and from_ is not found.stage:
            raise IllegalTransition(
                f"{found.model.name} {found.version} is in {found.stage}, not in {from_}",
                "look at it with swreg registry-info",
            )
        return view(
            bring(tx, found, to, reason=reason, force=force, approval_required=approval_required)
        )

    return write(project, "registry-promote", decide, options)


def bring(
    tx: Transaction,
    found: Found,
    to: Stage,
    *,
    reason: str,
    force: bool,
    approval_required: bool = False,
    made_here: bool = False,
) -> Found:
    """Promote within a transaction, or open the request; raises what stands against it.

    `made_here` says that this transaction registers the version: no commit has its files yet.
    """
    moves.require_not_held(found)
    moves.require_move(found, to, reason=reason)
    if to in POINTED and not made_here:
        require_whole(tx.project, tx.source, found)
    request = found.entry.request
    asked = approval_required or (request is not None and request.to is to)
    return _promote(tx, found, to, required_by(tx.policy, to, asked=asked), reason, force)


def required_by(policy: Policy, to: Stage, *, asked: bool) -> Policy:
    """The policy, with approval of the stage required where a request asked for it."""
    rule = policy.rule(to).approval
    return policy.with_approval(to, replace(rule, required=True)) if asked else policy


def _promote(
    tx: Transaction, found: Found, to: Stage, policy: Policy, reason: str, force: bool
) -> Found:
    violations = judge(tx, found, to, policy)
    if violations and all(one.id == APPROVALS for one in violations):
        return _request(tx, found, to, reason, violations)
    forced = gates.require(violations, force=force)
    return tx.apply_to(found, promotion_event(tx, found, to, policy, reason=reason, forced=forced))


def judge(tx: Transaction, found: Found, to: Stage, policy: Policy) -> list[Violation]:
    """What the gates say of bringing the version into the stage now."""
    request = found.entry.request
    requester = request.by if request and request.to is to else tx.actor
    wish = promotion_of(
        tx.project,
        tx.source,
        found,
        to,
        actor=tx.actor,
        at=tx.now,
        requester=requester,
        verified=proofs(tx, found, to),
        unsealed=unsealed(tx, found, to),
    )
    return gates.violations(wish, policy)


def unsealed(tx: Transaction, found: Found, to: Stage) -> str:
    """Why the model's signature does not count, where the policy asks for one."""
    if not tx.policy.gates.model_signature:
        return ""
    from swreg.operations import sealing

    return sealing.unsealed(tx.project, Rules(tx.policy, tx.source), tx.source, found, to)


def proofs(tx: Transaction, found: Found, to: Stage) -> frozenset[Approval]:
    """The approvals whose signature is proven, where the policy asks for that."""
    rules = Rules(tx.policy, tx.source)
    return verified_approvals(tx.project, rules, found, to, at=tx.now, tip=tx.base)


def promotion_event(
    tx: Transaction, found: Found, to: Stage, policy: Policy, *, reason: str, forced: bool = False
) -> PromotedEvent:
    """The event of a promotion that passed."""
    return moves.promotion(
        found,
        to,
        actor=tx.actor,
        at=tx.now,
        reason=reason,
        forced=forced,
        traffic=policy.traffic(to),
    )


def _request(
    tx: Transaction, found: Found, to: Stage, reason: str, violations: list[Violation]
) -> Found:
    name = f"{found.model.name} {found.version}"
    tx.refusal = ApprovalPending(
        f"{name} waits for approval: {violations[0].what}",
        f"an approver runs: swreg registry-approve {name}",
        tuple(violations),
    )
    request = found.entry.request
    if request is not None and request.to is to:
        tx.warnings.append(f"requested already by {request.by} at {request.at}")
        return found
    event = PromotionRequestedEvent(
        model=found.model.name,
        version=found.version,
        from_=found.stage,
        to=to,
        actor=tx.actor,
        at=tx.now,
        reason=reason,
    )
    return tx.apply_to(found, event)

"""Approve or reject a version for a stage, and list what waits.

An approval is for these bytes in that stage. The last one that was missing completes the pending
promotion in the same commit; where another gate then fails, the approval is kept.
"""

from __future__ import annotations

from dataclasses import dataclass

from swreg.domain import gates
from swreg.domain.catalog import Found
from swreg.domain.events import ApprovedEvent, RejectedEvent
from swreg.domain.names import Reference, plain_text
from swreg.domain.policy import Approval as Rule
from swreg.domain.shape import Timestamp
from swreg.domain.stage import Stage
from swreg.domain.version import Version
from swreg.errors import FactError, IllegalTransition, NotFound, PolicyRefused
from swreg.operations.outcome import Outcome, read_outcome
from swreg.operations.project import Project
from swreg.operations.promote import APPROVALS, judge, promotion_event, required_by
from swreg.operations.signatures import (
    Rules,
    find_signers,
    proven,
    require_signers,
    sign_approval,
    verified_approvals,
)
from swreg.operations.transaction import Transaction, WriteOptions, write
from swreg.operations.views import VersionView, view
from swreg.operations.wholeness import require_whole


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingRequest:
    """A promotion that waits: for whom it was asked, and how many approvals it lacks."""

    model: str
    version: Version
    to: Stage
    requested_by: str
    requested_at: Timestamp
    reason: str
    missing: int
    approvers: tuple[str, ...]


def approve(
    project: Project,
    reference: Reference,
    *,
    stage: Stage | None = None,
    approver: str | None = None,
    comment: str = "",
    sign: bool = False,
    options: WriteOptions = WriteOptions(),
) -> Outcome[VersionView]:
    """Say yes to a version, by default for the stage that was requested, else production.

    `approver` names somebody else on whose behalf the committing person speaks. With `sign`, or
    where the policy asks for it, the approval bears a signature by the user's key. Raises
    `PolicyRefused` for somebody who may not approve, or whose signature would not count.
    """
    comment = plain_text(comment, kind="comment") if comment else ""
    approver = plain_text(approver, kind="approver") if approver is not None else None

    made: dict[tuple[str, Stage], str] = {}

    def signed(tx: Transaction, found: Found, to: Stage) -> str:
        """One signature for all tries, so that nobody is asked for a passphrase twice."""
        key = (found.entry.artifact.digest, to)
        if key not in made:
            made[key] = sign_approval(tx.project, found, to)
        return made[key]

    def decide(tx: Transaction) -> VersionView:
        found = tx.find(reference)
        to = _stage(found, stage)
        rule = tx.policy.rule(to).approval
        if rule.require_signed:
            require_signers(Rules(tx.policy, tx.source), tx.project.layout)
        other = None if approver is None or gates.named(tx.actor, (approver,)) else approver
        _require_approvable(found, to)
        _require_may(tx, found, to, rule, other)
        require_whole(tx.project, tx.source, found)
        event = ApprovedEvent(
            model=found.model.name,
            version=found.version,
            for_=to,
            digest=found.entry.artifact.digest,
            on_behalf_of=other,
            signature=signed(tx, found, to) if sign or rule.require_signed else None,
            actor=tx.actor,
            at=tx.now,
            reason=comment,
        )
        _require_proof(tx, found, event)
        return view(_complete(tx, tx.apply_to(found, event), to))

    return write(project, "registry-approve", decide, options)


def _stage(found: Found, stage: Stage | None) -> Stage:
    if stage is not None:
        return stage
    return found.entry.request.to if found.entry.request else Stage.PRODUCTION


def _require_approvable(found: Found, to: Stage) -> None:
    name = f"{found.model.name} {found.version}"
    if to not in (Stage.STAGING, Stage.PRODUCTION):
        raise IllegalTransition(f"{to} needs no approval", "approve for staging or production")
    if found.stage is Stage.ARCHIVED or found.entry.hold:
        state = "held" if found.entry.hold else "archived"
        raise FactError(f"{name} is {state} and cannot be approved", "bring it back to dev first")
    if found.stage is to:
        raise FactError(f"{name} is in {to} already", "nothing to approve")


def _require_may(tx: Transaction, found: Found, to: Stage, rule: Rule, other: str | None) -> None:
    who = other or tx.actor
    request = found.entry.request
    if rule.approvers and not gates.named(who, rule.approvers):
        raise PolicyRefused(
            f"{who} is not an approver of {to}", f"ask one of: {', '.join(rule.approvers)}"
        )
    if other is not None and not rule.allow_on_behalf_of:
        raise PolicyRefused(
            f"approvals of {to} on behalf of others are not allowed",
            f"{other} must run this command",
        )
    own = (
        request is not None
        and request.to is to
        and (
            gates.same_person(request.by, who)
            or (other and gates.same_person(request.by, tx.actor))
        )
    )
    if own and not rule.allow_self_approval:
        raise PolicyRefused(
            f"{tx.actor} asked for this promotion and cannot approve it", "ask somebody else"
        )
    if any(gates.same_person(one.approver, who) for one in found.entry.approvals_for(to)):
        raise FactError(f"{who} has approved this already", "nothing to do")


def _require_proof(tx: Transaction, found: Found, event: ApprovedEvent) -> None:
    """A signature that nobody could verify later is refused now."""
    signers = find_signers(Rules(tx.policy, tx.source), tx.project.layout)
    if event.signature is None or signers is None:
        return
    after = event.apply(found.model).versions[found.version].approvals[-1]
    if not proven(tx.project.git, signers, found, after, at=tx.now):
        raise PolicyRefused(
            f"the signing key is not one of {after.approver}'s that count now",
            "see signing.allowed_signers: the key may be unknown, expired or revoked",
        )


def _complete(tx: Transaction, found: Found, to: Stage) -> Found:
    """Carry out the pending promotion, where nothing is missing any more."""
    request = found.entry.request
    if request is None or request.to is not to:
        return found
    policy = required_by(tx.policy, to, asked=True)
    violations = judge(tx, found, to, policy)
    if not violations:
        return tx.apply_to(found, promotion_event(tx, found, to, policy, reason=request.reason))
    others = [one for one in violations if one.id != APPROVALS]
    if others:
        tx.refusal = PolicyRefused(
            "approved, but not promoted: " + "; ".join(f"[{one.id}] {one.what}" for one in others),
            " / ".join(dict.fromkeys(one.fix for one in others)),
            tuple(others),
        )
    else:
        tx.warnings.append(violations[0].what)
    return found


def reject(
    project: Project,
    reference: Reference,
    *,
    stage: Stage | None = None,
    reason: str,
    options: WriteOptions = WriteOptions(),
) -> Outcome[VersionView]:
    """Say no: the pending request is closed, and approvals for the stage lapse."""
    reason = plain_text(reason, kind="reason")

    def decide(tx: Transaction) -> VersionView:
        found = tx.find(reference)
        to = _stage(found, stage)
        rule = tx.policy.rule(to).approval
        if found.stage is to:
            raise FactError(
                f"{found.model.name} {found.version} is in {to} already",
                "nothing to reject; to take it out of production run swreg registry-rollback",
            )
        if found.entry.request is None and not found.entry.approvals_for(to):
            raise NotFound(
                f"nothing waits for {found.model.name} {found.version} in {to}",
                "swreg registry-requests lists what waits",
            )
        if rule.approvers and not gates.named(tx.actor, rule.approvers):
            raise PolicyRefused(
                f"{tx.actor} is not an approver of {to}", f"ask one of: {', '.join(rule.approvers)}"
            )
        event = RejectedEvent(
            model=found.model.name,
            version=found.version,
            for_=to,
            actor=tx.actor,
            at=tx.now,
            reason=reason,
        )
        return view(tx.apply_to(found, event))

    return write(project, "registry-reject", decide, options)


def requests(project: Project, *, at: str | None = None) -> Outcome[tuple[PendingRequest, ...]]:
    """Every promotion that waits for approvals."""
    state = project.state(at, lenient=True)
    found = [
        Found(home, model, version)
        for home, model in state.registry.models()
        for version, entry in model.versions.items()
        if entry.request
    ]
    rows = []
    for one in found:
        request = one.entry.request
        assert request is not None
        rule = required_by(state.policy, request.to, asked=True).rule(request.to).approval
        rows.append(
            PendingRequest(
                model=one.model.name,
                version=one.version,
                to=request.to,
                requested_by=request.by,
                requested_at=request.at,
                reason=request.reason,
                missing=gates.missing(
                    one.entry,
                    request.to,
                    rule,
                    requester=request.by,
                    verified=verified_approvals(
                        project,
                        Rules(state.policy, state.source),
                        one,
                        request.to,
                        at=request.at,
                        tip=state.commit,
                    ),
                ),
                approvers=rule.approvers,
            )
        )
    return read_outcome("registry-requests", tuple(rows), *project.warnings(at))

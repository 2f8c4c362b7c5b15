"""Signed approvals: made when an approver says yes, proven before they count."""

from __future__ import annotations

import os
from dataclasses import dataclass

from swreg.domain.approving import identity_key
from swreg.domain.catalog import Found
from swreg.domain.entry import Approval
from swreg.domain.events import ApprovedEvent
from swreg.domain.policy import Policy
from swreg.domain.record import Record, parse
from swreg.domain.stage import Stage
from swreg.domain.statement import Detached, parse_detached, statement
from swreg.errors import PolicyRefused
from swreg.operations.project import Project
from swreg.storage.commits import commits
from swreg.storage.git import Git
from swreg.storage.layout import Layout
from swreg.storage.signing import Signers, commit_signatures, sign_text, signed_by, verifies
from swreg.storage.source import Source


@dataclass(frozen=True, slots=True)
class Rules:
    """The policy that judges, and the source it was read from: its signers are there too."""

    policy: Policy
    source: Source


def find_signers(rules: Rules, layout: Layout) -> Signers | None:
    """The allowed signers that the policy names, read where the policy was; None without any."""
    signing = rules.policy.signing
    if signing.allowed_signers is None:
        return None
    names = [signing.allowed_signers, signing.revoked or signing.allowed_signers]
    allowed, revoked = rules.source.read_many([f"{layout.prefix}{name}" for name in names])
    if allowed is None:
        return None
    return Signers(allowed, revoked if signing.revoked else None)


def require_signers(rules: Rules, layout: Layout) -> Signers:
    """The allowed signers; `PolicyRefused` where the policy wants signatures and names nobody."""
    found = find_signers(rules, layout)
    if found is None:
        name = rules.policy.signing.allowed_signers
        raise PolicyRefused(
            f"approvals must be signed, but {name} is not committed"
            if name
            else "approvals must be signed, but signing.allowed_signers names no file",
            "commit a file of allowed signers and name it in .specweave/model-registry.yaml",
        )
    return found


def sign_approval(project: Project, found: Found, to: Stage) -> str:
    """Sign the version for the stage with the user's own key; the text for the catalog."""
    nonce = os.urandom(16).hex()
    kind, armour = sign_text(project.git, _statement(found, to, nonce))
    return str(Detached(kind=kind, nonce=nonce, armour=armour))


def verified_approvals(
    project: Project, rules: Rules, found: Found, to: Stage, *, at: str, tip: str | None
) -> frozenset[Approval]:
    """The approvals for the stage whose signature is the approver's, at a time (ISO, UTC).

    A detached signature counts, else the signature of the commit that recorded the approval, as
    far as this clone has the commit. Nothing is looked at unless the policy asks for signatures.
    """
    if not rules.policy.rule(to).approval.require_signed:
        return frozenset()
    signers = find_signers(rules, project.layout)
    if signers is None:
        return frozenset()
    return frozenset(
        one
        for one in found.entry.approvals_for(to)
        if proven(project.git, signers, found, one, at=at)
        or (tip is not None and _commit_proves(project.git, signers, found, one, tip=tip))
    )


def proven(git: Git, signers: Signers, found: Found, approval: Approval, *, at: str) -> bool:
    """Whether the detached signature of an approval is its approver's."""
    detached = parse_detached(approval.signature) if approval.signature else None
    return detached is not None and verifies(
        git,
        detached.kind,
        detached.armour,
        _statement(found, approval.for_, detached.nonce),
        principal=identity_key(approval.approver),
        signers=signers,
        at=at,
    )


def proven_event(git: Git, signers: Signers, event: ApprovedEvent) -> bool:
    """Whether the detached signature in a record is that of the approver it names."""
    detached = parse_detached(event.signature) if event.signature else None
    return detached is not None and verifies(
        git,
        detached.kind,
        detached.armour,
        statement(
            event.model,
            event.version,
            digest=event.digest,
            stage=event.for_,
            nonce=detached.nonce,
        ),
        principal=identity_key(event.on_behalf_of or event.actor),
        signers=signers,
        at=event.at,
    )


def _commit_proves(
    git: Git, signers: Signers, found: Found, approval: Approval, *, tip: str
) -> bool:
    if approval.on_behalf_of is not None:
        return False
    words = ("Swreg-Event: approved", f"Swreg-Model: {found.model.name}")
    greps = [f"--grep={word}" for word in words]
    for commit in commits(git, "--fixed-strings", "--all-match", *greps, tip):
        records = [one.event for one in parse(commit.message) if isinstance(one, Record)]
        if any(_tells(event, found, approval) for event in records):
            signature = commit_signatures(git, [commit.id], signers).get(commit.id)
            if signed_by(signature, identity_key(approval.by), signers):
                return True
    return False


def _tells(event: object, found: Found, approval: Approval) -> bool:
    return (
        isinstance(event, ApprovedEvent)
        and (event.model, event.version) == (found.model.name, found.version)
        and (event.actor, event.at) == (approval.by, approval.at)
        and (event.for_, event.digest) == (approval.for_, approval.digest)
    )


def _statement(found: Found, to: Stage, nonce: str) -> bytes:
    return statement(
        found.model.name,
        found.version,
        digest=found.entry.artifact.digest,
        stage=to,
        nonce=nonce,
    )

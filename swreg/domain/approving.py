"""Whose yes counts: identities, approvers, and the approvals that a rule accepts."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from swreg.domain.entry import Approval, Entry
from swreg.domain.policy import Approval as ApprovalRule
from swreg.domain.stage import Stage


def missing(
    entry: Entry,
    to: Stage,
    rule: ApprovalRule,
    *,
    requester: str,
    verified: Collection[Approval] = (),
) -> int:
    """How many approvals are still missing for the stage."""
    found = counted(entry, to, rule, requester=requester, verified=verified)
    return max(0, rule.min_approvals - len({identity_key(one.approver) for one in found}))


def counted(
    entry: Entry,
    to: Stage,
    rule: ApprovalRule,
    *,
    requester: str,
    verified: Collection[Approval] = (),
) -> Iterator[Approval]:
    """The approvals that count under the rule; `verified` are those whose signature is proven.

    One on behalf of somebody never counts when the requester commits it: it would be an approval
    of one's own wish under another name.
    """
    for approval in entry.approvals_for(to):
        other = approval.on_behalf_of is not None
        if rule.approvers and not named(approval.approver, rule.approvers):
            continue
        if other and not rule.allow_on_behalf_of:
            continue
        if other and same_person(approval.by, requester):
            continue
        if same_person(approval.approver, requester) and not rule.allow_self_approval:
            continue
        if rule.require_signed and approval not in verified:
            continue
        yield approval


def identity_key(identity: str) -> str:
    """What makes two spellings of an identity one person: the e-mail, else the name, casefolded.

    >>> identity_key("Ada Lovelace <Ada@Example.org>")
    'ada@example.org'
    """
    name, _, mail = identity.partition("<")
    return (mail.rstrip("> ") or name.strip()).casefold()


def same_person(one: str, other: str) -> bool:
    """Whether two identities share the e-mail or the name."""
    names = {one.partition("<")[0].strip().casefold(), other.partition("<")[0].strip().casefold()}
    return identity_key(one) == identity_key(other) or (len(names) == 1 and "" not in names)


def named(identity: str, approvers: tuple[str, ...]) -> bool:
    """Whether the list of approvers names that person, by e-mail, name or both."""
    name = identity.partition("<")[0].strip().casefold()
    known = {identity.casefold(), identity_key(identity)} | ({name} if name else set())
    return any(one.casefold() in known or identity_key(one) in known for one in approvers)

"""What may keep a version out of a stage: every gate is a function and a line of the table.

Gates are pure and judged together, so that a person sees all that is missing at once. A change
is described by `Promotion`; what it needs to know of files and metrics is in there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from swreg.domain.catalog import Model
from swreg.domain.entry import Approval, Entry
from swreg.domain.policy import Approval as ApprovalRule
from swreg.domain.policy import Policy
from swreg.domain.shape import Timestamp
from swreg.domain.stage import Stage
from swreg.domain.version import Version
from swreg.errors import PolicyRefused


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """A wish to bring a version into a stage, with the facts that gates judge.

    `metadata` and `production_metadata` are the contents of the `metadata.json` files, `files`
    the names in the version's folder. `was_live` marks a rollback to what was in production.
    """

    model: Model
    version: Version
    from_: Stage
    to: Stage
    actor: str
    at: Timestamp
    requester: str
    metadata: Mapping[str, object] = field(default_factory=dict)
    production_metadata: Mapping[str, object] | None = None
    files: tuple[str, ...] = ()
    was_live: bool = False

    @property
    def entry(self) -> Entry:
        return self.model.versions[self.version]


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One rule that a change breaks: its id, what is wrong, and what mends it."""

    id: str
    what: str
    fix: str
    forceable: bool = False

    def __str__(self) -> str:
        return f"{self.id} {self.what}; {self.fix}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """A rule: `check` yields what is wrong; `forceable` ones yield to --force with a reason."""

    id: str
    sentence: str
    fix: str
    check: Callable[[Promotion, Policy], Iterator[str]]
    forceable: bool = False


def violations(promotion: Promotion, policy: Policy) -> list[Violation]:
    """Everything that keeps the version out of the stage."""
    return [
        Violation(id=gate.id, what=what, fix=gate.fix, forceable=gate.forceable)
        for gate in GATES
        for what in gate.check(promotion, policy)
    ]


def require(found: list[Violation], *, force: bool) -> bool:
    """Raise `PolicyRefused` with all violations; True where force overrode some."""
    standing = [one for one in found if not (force and one.forceable)]
    if standing:
        what = "; ".join(f"[{one.id}] {one.what}" for one in standing)
        fixes = dict.fromkeys(one.fix for one in standing)
        raise PolicyRefused(what, " / ".join(fixes), tuple(standing))
    return bool(found)


def missing(entry: Entry, to: Stage, rule: ApprovalRule, *, requester: str) -> int:
    """How many approvals are still missing for the stage."""
    yes = {identity_key(one.approver) for one in counted(entry, to, rule, requester=requester)}
    return max(0, rule.min_approvals - len(yes))


def counted(entry: Entry, to: Stage, rule: ApprovalRule, *, requester: str) -> Iterator[Approval]:
    """The approvals that count under the rule.

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


def _skips_staging(promotion: Promotion, policy: Policy) -> Iterator[str]:
    skips = (promotion.from_, promotion.to) == (Stage.DEV, Stage.PRODUCTION)
    if skips and not policy.transitions.skip_staging:
        yield f"{promotion.version} has not been in staging"


def _is_deprecated(promotion: Promotion, policy: Policy) -> Iterator[str]:
    notice = promotion.entry.deprecated
    if notice and promotion.to in (Stage.STAGING, Stage.PRODUCTION):
        yield f"{promotion.version} is deprecated: {notice.reason}"


def _lacks_approvals(promotion: Promotion, policy: Policy) -> Iterator[str]:
    rule = policy.rule(promotion.to).approval
    if not rule.required or promotion.was_live:
        return
    lacking = missing(promotion.entry, promotion.to, rule, requester=promotion.requester)
    if lacking:
        who = f" of {', '.join(rule.approvers)}" if rule.approvers else ""
        yield f"{promotion.to} needs {lacking} more approval{'s' if lacking > 1 else ''}{who}"


GATES: tuple[Gate, ...] = (
    Gate(
        id="SWR101",
        sentence="A version goes through staging before production.",
        fix="promote it to staging first, or use --force with --reason",
        check=_skips_staging,
        forceable=True,
    ),
    Gate(
        id="SWR102",
        sentence="A deprecated version is not promoted.",
        fix="promote a newer version, or use --force with --reason",
        check=_is_deprecated,
        forceable=True,
    ),
    Gate(
        id="SWR103",
        sentence="A stage that asks for approvals has them, for exactly these bytes.",
        fix="ask an approver to run swreg registry-approve",
        check=_lacks_approvals,
    ),
)

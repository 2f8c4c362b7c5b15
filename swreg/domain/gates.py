"""What may keep a version out of a stage: every gate is a function and a line of the table.

Gates are pure and judged together, so that a person sees all that is missing at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from swreg.domain import gate_checks as checks
from swreg.domain.approving import counted, identity_key, missing, named, same_person
from swreg.domain.policy import Policy
from swreg.domain.promotion import Promotion
from swreg.errors import PolicyRefused


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


_ANEW = "train and register a better version, or change the gate in the policy"

GATES: tuple[Gate, ...] = (
    Gate(
        id="SWR101",
        sentence="A version goes through staging before production.",
        fix="promote it to staging first, or use --force with --reason",
        check=checks.skips_staging,
        forceable=True,
    ),
    Gate(
        id="SWR102",
        sentence="A deprecated version is not promoted.",
        fix="promote a newer version, or use --force with --reason",
        check=checks.is_deprecated,
        forceable=True,
    ),
    Gate(
        id="SWR103",
        sentence="A stage that asks for approvals has them, for exactly these bytes.",
        fix="ask an approver to run swreg registry-approve",
        check=checks.lacks_approvals,
    ),
    Gate(
        id="SWR104",
        sentence="A version in production keeps every metric at or above its floor.",
        fix=_ANEW,
        check=checks.below_floor,
    ),
    Gate(
        id="SWR105",
        sentence="A version in production keeps every metric at or below its ceiling.",
        fix=_ANEW,
        check=checks.above_ceiling,
    ),
    Gate(
        id="SWR106",
        sentence="A version is not worse than production by more than the policy bears.",
        fix=_ANEW,
        check=checks.worse_than_production,
    ),
    Gate(
        id="SWR107",
        sentence="A version in production has the files that the policy asks for.",
        fix="register a version that has them",
        check=checks.lacks_files,
    ),
    Gate(
        id="SWR108",
        sentence="A version enters production before it is too old.",
        fix="train and register a new version",
        check=checks.too_old,
    ),
    Gate(
        id="SWR109",
        sentence="A version in production has the tags that the policy asks for.",
        fix="add them with swreg registry-tag",
        check=checks.lacks_tags,
    ),
    Gate(
        id="SWR110",
        sentence="Features that production uses are not taken away where the policy refuses it.",
        fix="register the version as a major step with a plan for its callers, or keep the features",
        check=checks.removes_features,
        forceable=True,
    ),
    Gate(
        id="SWR111",
        sentence="A version won its A/B test against what is in production.",
        fix="run the test to its decision with swreg ab-start and swreg ab-stop",
        check=checks.has_not_won,
        forceable=True,
    ),
    Gate(
        id="SWR112",
        sentence="A version in production bears a model signature by a key of the policy.",
        fix="register the version signed: swreg registry-register --sign-key",
        check=checks.lacks_model_signature,
    ),
)

__all__ = [
    "GATES",
    "Gate",
    "Promotion",
    "Violation",
    "counted",
    "identity_key",
    "missing",
    "named",
    "require",
    "same_person",
    "violations",
]

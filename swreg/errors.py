"""Every way swreg says no. Each class has a stable code, an exit code and, per raise, a hint.

The tree (exit code in brackets)::

    SwregError
    ├── FactError [1]            the facts forbid it
    │   ├── NotFound             no such model, version, increment, date
    │   ├── Ambiguous            a short word means several things
    │   ├── AlreadyExists        name, slug, version or bytes are taken
    │   ├── IllegalTransition    the stage table has no such arrow
    │   ├── Held                 the version was rolled back and is held
    │   ├── NotReady             the repository is in no state to be written (merge, detached, dirty)
    │   ├── BrokenFile           a file of ours cannot be read as what it should be
    │   └── Unsafe               loading it would run code nobody allowed
    ├── UsageError [2]           a word on the command line or in a call is malformed
    ├── PolicyRefused [3]        the policy forbids it; all violations are listed
    │   └── ApprovalPending      recorded, waiting for approvers
    ├── IntegrityError [4]       bytes, digests or records disagree
    ├── EnvironmentFault [5]     disk, permission, network, a missing program
    │   └── MissingExtra         an optional package is not installed
    ├── Contention [6]           others write faster than we can retry, or a real conflict
    └── FollowUpIncomplete [7]   committed, but a later step (work tree, push) is not done

>>> error = NotFound("no model called 'fraud'", "swreg registry-list shows the models")
>>> str(error), error.code, error.exit_code
("no model called 'fraud'; swreg registry-list shows the models", 'not-found', 1)
"""

from __future__ import annotations

from typing import ClassVar


class SwregError(Exception):
    """Base of everything swreg raises on purpose.

    `what` says what is wrong, `hint` what to do about it; together they are one line.
    """

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what, hint)
        self.what = what
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.what}; {self.hint}" if self.hint else self.what


class FactError(SwregError):
    """The facts forbid it."""

    code = "refused"


class NotFound(FactError):
    """A model, version, increment, revision or date that the registry does not have."""

    code = "not-found"


class Ambiguous(FactError):
    """A short word that means several things; the candidates are in the message."""

    code = "ambiguous"


class AlreadyExists(FactError):
    """A model name, slug, version or content that is already registered."""

    code = "already-exists"


class IllegalTransition(FactError):
    """The table of stage transitions has no such arrow."""

    code = "illegal-transition"


class Held(FactError):
    """The version was rolled back and is held until the hold is lifted."""

    code = "held"


class NotReady(FactError):
    """The repository is in no state to be written: merge in progress, detached HEAD, dirty files."""

    code = "not-ready"


class BrokenFile(FactError):
    """A catalog, configuration or record cannot be read; the message has path, line and column."""

    code = "broken-file"


class Unsafe(FactError):
    """Loading the artifact would run code that nobody allowed."""

    code = "unsafe"


class UsageError(SwregError):
    """A malformed word on the command line or in a call."""

    code = "usage"
    exit_code = 2


class PolicyRefused(SwregError):
    """The policy forbids the change; `violations` lists every rule that failed."""

    code = "policy"
    exit_code = 3

    def __init__(self, what: str, hint: str = "", violations: tuple[object, ...] = ()) -> None:
        super().__init__(what, hint)
        self.violations = violations


class ApprovalPending(PolicyRefused):
    """The change is recorded as a request and waits for approvals."""

    code = "approval-pending"


class IntegrityError(SwregError):
    """Bytes, digests or records disagree with what was committed."""

    code = "integrity"
    exit_code = 4


class EnvironmentFault(SwregError):
    """The machine failed us: disk, permission, network, time-out, a missing program."""

    code = "environment"
    exit_code = 5


class MissingExtra(EnvironmentFault):
    """An optional package is needed and not installed."""

    code = "missing-extra"

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        super().__init__(f"{purpose} needs the package {package}", f"pip install 'swreg[{extra}]'")


class Contention(SwregError):
    """Other writers won every retry, or two changes really conflict."""

    code = "contention"
    exit_code = 6


class FollowUpIncomplete(SwregError):
    """The change is committed, but a follow-up step failed; the message names both.

    `commit` is the commit id that landed.
    """

    code = "follow-up"
    exit_code = 7

    def __init__(self, what: str, hint: str = "", commit: str | None = None) -> None:
        super().__init__(what, hint)
        self.commit = commit

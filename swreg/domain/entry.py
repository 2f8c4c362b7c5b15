"""One version of a model, as the catalog keeps it: where its files are, and what changes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from swreg.domain.shape import Timestamp
from swreg.domain.stage import Stage
from swreg.domain.version import Version


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """Who registered the version, when, from which increment and at which commit of the code."""

    at: Timestamp
    by: str
    increment: str
    commit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """The files of a version.

    `path` is relative to the folder of the registering increment. `digest` covers every file
    there but `signature.json`; `content` only what the caller gave, so that the same model under
    another version is known again. `size` is the content's, in bytes. `store` is the URI of the
    storage that holds the content where git does not.
    """

    path: str
    digest: str
    content: str
    size: int
    store: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """One person's yes to these bytes in that stage.

    `by` is the git identity that committed it; `on_behalf_of` names another approver. A detached
    signature outlives squashes and shallow clones.
    """

    by: str
    for_: Stage
    at: Timestamp
    digest: str
    comment: str = ""
    on_behalf_of: str | None = None
    signature: str | None = None

    @property
    def approver(self) -> str:
        """Whose yes it is."""
        return self.on_behalf_of or self.by


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A promotion that waits for approvals."""

    to: Stage
    by: str
    at: Timestamp
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """The version was taken out of production and may not come back until the hold is lifted."""

    at: Timestamp
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Archival:
    """When and why the version left the live stages."""

    at: Timestamp
    by: str
    reason: str = ""
    replaced_by: Version | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deprecation:
    """Why the version should no longer be used, and from when on it must not be."""

    at: Timestamp
    by: str
    reason: str
    end_of_life: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AbTest:
    """How the last comparison under live traffic ended, against the version `control`."""

    at: Timestamp
    control: Version
    better: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Everything the catalog says of one version. The stage is not here: it is a pointer.

    `deployed_at` is when it last entered production, `previous` what production held before.
    """

    registered: Registered
    artifact: Artifact
    deployed_at: Timestamp | None = None
    previous: Version | None = None
    archived: Archival | None = None
    traffic: int | None = None
    approvals: tuple[Approval, ...] = ()
    request: Request | None = None
    hold: Hold | None = None
    deprecated: Deprecation | None = None
    tags: tuple[str, ...] = ()
    ab_test: AbTest | None = None

    def approvals_for(self, stage: Stage) -> tuple[Approval, ...]:
        """The approvals that still hold: for that stage and for the bytes as they are."""
        return tuple(
            approval
            for approval in self.approvals
            if approval.for_ is stage and approval.digest == self.artifact.digest
        )

    def past_end_of_life(self, today: date) -> bool:
        """Whether the deprecation's last day is over."""
        end = self.deprecated.end_of_life if self.deprecated else None
        return end is not None and end < today

    def restarted(self) -> Entry:
        """The version at the beginning of its way again: no approval or request survives."""
        return replace(self, archived=None, approvals=(), request=None, traffic=None)

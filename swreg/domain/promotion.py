"""The wish to bring a version into a stage, with every fact that its gates judge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from swreg.domain.catalog import Model
from swreg.domain.entry import Approval, Entry
from swreg.domain.shape import Timestamp
from swreg.domain.stage import Stage
from swreg.domain.version import Version


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """A wish to bring a version into a stage, with the facts that gates judge.

    `metadata` and `production_metadata` are the contents of the `metadata.json` files, `files`
    the names in the version's folder. `was_live` marks a rollback to what was in production.
    `unsealed` says why the model's signature does not count, and nothing where it need not.
    `verified` holds the approvals whose signature was proven to be the approver's.
    """

    model: Model
    version: Version
    from_: Stage
    to: Stage
    actor: str
    at: Timestamp
    requester: str
    metadata: Mapping[str, Any] = field(default_factory=dict)
    production_metadata: Mapping[str, Any] | None = None
    files: tuple[str, ...] = ()
    was_live: bool = False
    verified: frozenset[Approval] = frozenset()
    unsealed: str = ""

    @property
    def entry(self) -> Entry:
        return self.model.versions[self.version]

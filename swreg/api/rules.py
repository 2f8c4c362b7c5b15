"""The part of `ModelRegistry` that sets rules and copies versions between environments."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from swreg.api.words import open_project, stage_or_none, value_of
from swreg.domain.names import parse_reference
from swreg.domain.stage import Stage
from swreg.operations.transaction import WriteOptions

if TYPE_CHECKING:
    from swreg.operations.copying import Copied
    from swreg.operations.policy_file import PolicyChange


class RegistryRules:
    """Rules that hold for every model of the registry; each change is committed and audited."""

    path: Path | None
    environment: str | None
    _options: WriteOptions

    def set_approval_required(
        self,
        stage: str | Stage | None = None,
        approvers: Iterable[str] = (),
        min_approvals: int = 1,
        *,
        allow_self_approval: bool = False,
        require_signed: bool = False,
        reason: str = "",
    ) -> PolicyChange:
        """Ask for approvals before a version enters a stage, by default production.

        `approvers` are names or e-mails; without any, anybody but the requester may approve.
        Raises `UsageError` for more approvals than approvers.
        """
        from swreg.operations.policy_rules import set_approval

        outcome = set_approval(
            open_project(self.path, self.environment),
            stage_or_none(stage),
            approvers=tuple(approvers),
            min_approvals=min_approvals,
            allow_self_approval=allow_self_approval,
            require_signed=require_signed,
            reason=reason,
            options=self._options,
        )
        return value_of(outcome)

    def promote_to(self, model: str, target_env: str, *, reason: str = "") -> Copied:
        """Copy a version, with its files and provenance, to another environment's registry.

        It arrives there in dev, and that environment's own rules bring it further. Done again it
        changes nothing.
        """
        from swreg.operations.copying import copy_to_environment

        outcome = copy_to_environment(
            open_project(self.path, self.environment),
            parse_reference(model),
            target_env=target_env,
            reason=reason,
            options=self._options,
        )
        return value_of(outcome)

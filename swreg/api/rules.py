"""The part of `ModelRegistry` that sets rules and copies versions between environments."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from swreg.api.reads import RegistryReads
from swreg.api.version import ModelVersion, written
from swreg.api.words import count, mapping, stage_or_none, text, texts, value_of
from swreg.domain.names import parse_reference
from swreg.domain.stage import Stage
from swreg.operations.transaction import WriteOptions

if TYPE_CHECKING:
    from swreg.operations.copying import Copied
    from swreg.operations.policy_file import PolicyChange


class RegistryRules(RegistryReads):
    """Rules that hold for every model of the registry; each change is committed and audited."""

    _options: WriteOptions

    def set_approval_required(
        self,
        stage: str | Stage | None = None,
        approvers: Iterable[str] = (),
        min_approvals: int = 1,
        *,
        allow_self_approval: bool = False,
        allow_on_behalf_of: bool = True,
        require_signed: bool = False,
        reason: str = "",
    ) -> PolicyChange:
        """Ask for approvals before a version enters a stage, by default production.

        `approvers` are names or e-mails; without any, anybody but the requester may approve.
        `allow_on_behalf_of=False` leaves only approvals that the approver commits.
        Raises `UsageError` for more approvals than approvers.
        """
        from swreg.operations.policy_rules import set_approval

        outcome = set_approval(
            self._project(),
            stage_or_none(stage),
            approvers=texts(approvers, kind="approvers"),
            min_approvals=count(min_approvals, kind="min_approvals"),
            allow_self_approval=allow_self_approval,
            allow_on_behalf_of=allow_on_behalf_of,
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
            self._project(),
            parse_reference(text(model, kind="model")),
            target_env=text(target_env, kind="target_env"),
            reason=reason,
            options=self._options,
        )
        return value_of(outcome)

    def set_model_signature(
        self, model: str, inputs: Mapping[str, Any], outputs: Mapping[str, Any]
    ) -> ModelVersion:
        """Declare what goes in and out, once per version: names to types.

        Warns where no input is a feature: one of the two may be another model's.
        """
        from swreg.operations.declare_signature import declare_signature

        outcome = declare_signature(
            self._project(),
            parse_reference(text(model, kind="model")),
            inputs=mapping(inputs, kind="inputs"),
            outputs=mapping(outputs, kind="outputs"),
            options=self._options,
        )
        for line in outcome.warnings:
            warnings.warn(line, stacklevel=2)
        return written(self._project(), outcome)

    def set_auto_rollback_triggers(
        self,
        error_rate_threshold: float | None = None,
        latency_threshold: float | None = None,
        accuracy_drop_threshold: float | None = None,
        *,
        name: str | None = None,
        window: str = "24h",
        min_samples: int | None = None,
        relative_to: Literal["registration", "previous"] = "registration",
        mode: Literal["rollback", "alert"] = "rollback",
        reason: str = "",
    ) -> PolicyChange:
        """Roll production back at a share of errors, a p95 latency in ms, or a drop of accuracy.

        The drop is a fraction of the accuracy at `registration`, or of the `previous` version in
        production over the same window. Without `name` they hold for every model.
        """
        from swreg.api.triggers import three_triggers
        from swreg.operations.monitoring.configuring import set_auto_rollback

        rules = three_triggers(
            error_rate=error_rate_threshold,
            latency=latency_threshold,
            accuracy_drop=accuracy_drop_threshold,
            model=name,
            window=window,
            min_samples=min_samples,
            relative_to=relative_to,
            mode=mode,
        )
        return value_of(
            set_auto_rollback(self._project(), rules, reason=reason, options=self._options)
        )

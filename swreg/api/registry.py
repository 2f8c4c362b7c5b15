"""`ModelRegistry`: the registry of a project or of one environment, from Python."""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from swreg.api.rules import RegistryRules
from swreg.api.version import ModelVersion, model_version, written
from swreg.api.words import (
    a_stage,
    day,
    facts_or_none,
    increment_version,
    reference_to,
    signature_of,
    signing_of,
    stage_or_none,
    text,
    texts,
    value_of,
)
from swreg.domain.names import parse_reference
from swreg.domain.stage import Stage
from swreg.domain.version import BUMPS, Bump, Version
from swreg.errors import UsageError
from swreg.operations.approve import PendingRequest, approve, reject, requests
from swreg.operations.outcome import Outcome
from swreg.operations.promote import promote
from swreg.operations.register import Registration, register
from swreg.operations.release import bump_version, only_model
from swreg.operations.retire import archive, deprecate, tag
from swreg.operations.rollback import rollback
from swreg.operations.transaction import WriteOptions
from swreg.operations.views import VersionView

if TYPE_CHECKING:
    pass


class ModelRegistry(RegistryRules):
    """The models of a repository, kept as files in it; every change is one git commit.

    `increment` is where new models are registered (`"0042"`, `"0042-fraud-detection"`; by default
    the active one). `environment` opens a separate registry, such as `"staging"`. `path` is a
    folder in the repository, by default the current one. `push` pushes every change.

    Raises `NotReady` where there is no repository or no `.specweave`, `NotFound` for an increment
    that there is not.
    """

    def __init__(
        self,
        increment: str | None = None,
        environment: str | None = None,
        path: Path | str | None = None,
        *,
        push: bool | None = None,
    ) -> None:
        self.increment = increment
        self.environment = environment
        self.path = Path(path) if path is not None else None
        self.push = push
        self._options = WriteOptions(push=push)
        self._warned: set[tuple[str, str]] = set()
        project = self._project()
        project.require_layout()
        if increment is not None:
            project.increment(text(increment, kind="increment"))

    def __repr__(self) -> str:
        return f"ModelRegistry({self._project().git.root.as_posix()!r})"

    # register

    def register_model(
        self,
        name: str,
        model: object = None,
        version: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        stage: str | Stage = "dev",
        tags: Iterable[str] = (),
        *,
        artifact: Path | str | None = None,
        input_example: Any = None,
        signature: Mapping[str, Mapping[str, Any]] | None = None,
        allow_duplicate: bool = False,
        force: bool = False,
        reason: str = "",
        sign_key: Path | str | None = None,
        sign_certificate: Path | str | None = None,
    ) -> ModelVersion:
        """Register a trained model, or with `artifact` a file or folder of any kind.

        `metadata` is a flat mapping of facts; `input_example` (pandas or NumPy rows) gives
        features and signature; `signature` is `{"inputs": {...}, "outputs": {...}}`. Without
        `version` the number is worked out from what changed. A `stage` beyond dev promotes under
        the policy. `sign_key`, the path of a private key (with `sign_certificate` one that vouches
        for it), puts a model signature beside the files; by default git's `swreg.signKey`.

        Raises `AlreadyExists` for a taken version or the same bytes, `UsageError` for facts of
        the wrong type and models that cannot be saved, `PolicyRefused` for a breaking change
        under a small number.
        """
        text(name, kind="name")
        common: dict[str, Any] = {
            "version": str(version) if version is not None else None,
            "metadata": facts_or_none(metadata),
            "increment": self.increment,
            "stage": a_stage(stage),
            "tags": texts(tags, kind="tags"),
            "allow_duplicate": allow_duplicate,
            "force": force,
            "reason": reason,
            "signing": signing_of(self._project(), sign_key, sign_certificate),
            "options": self._options,
        }
        if (model is None) == (artifact is None):
            raise UsageError("give either model= or artifact=", "artifact= takes a file or folder")
        if artifact is not None:
            outcome = register(self._project(), name, artifact=Path(artifact), **common)
        else:
            from swreg.operations.register_object import register_object

            outcome = register_object(
                self._project(),
                name,
                model,
                input_example=input_example,
                signature=signature_of(signature),
                **common,
            )
        return self._registered(outcome)

    def _registered(self, outcome: Outcome[Registration]) -> ModelVersion:
        for line in outcome.warnings:
            warnings.warn(line, stacklevel=3)
        seen = value_of(outcome).version
        project = self._project()
        found = project.find(parse_reference(seen.model, str(seen.version)), outcome.commit)
        return model_version(project, found, outcome.commit)

    def register(
        self,
        model_path: Path | str,
        name: str | None = None,
        version: str | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> ModelVersion:
        """The short form for a file: `version` may be written `0042-v3`."""
        increment, number = increment_version(version) if version is not None else (None, None)
        here = self._of_increment(increment or self.increment)
        name = name or only_model(self._project(), here.increment)
        return here.register_model(name, artifact=model_path, version=number, metadata=metadata)

    def _of_increment(self, increment: str | None) -> ModelRegistry:
        """The same registry, with new models in another increment."""
        return ModelRegistry(increment, self.environment, self.path, push=self.push)

    def version_model(
        self,
        name: str | None = None,
        version_type: Bump = "patch",
        model: object = None,
        artifact: Path | str | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> ModelVersion:
        """The next version after the latest, in dev; the same bytes again where none are given."""
        if version_type not in BUMPS:
            raise UsageError(f"{version_type!r} is no kind of version", f"use {', '.join(BUMPS)}")
        metadata = facts_or_none(metadata)
        if model is not None:
            from swreg.operations.register_object import bump_object

            name = name or only_model(self._project(), self.increment)
            outcome = bump_object(
                self._project(), name, version_type, model, metadata=metadata,
                increment=self.increment, options=self._options,
            )  # fmt: skip
        else:
            outcome = bump_version(
                self._project(),
                name,
                version_type,
                artifact=Path(artifact) if artifact is not None else None,
                metadata=metadata,
                increment=self.increment,
                options=self._options,
            )
        return self._registered(outcome)

    # move

    def promote_model(
        self,
        name: str,
        version: str | None = None,
        from_stage: str | Stage | None = None,
        to_stage: str | Stage = "production",
        approval_required: bool = False,
        *,
        reason: str = "",
        force: bool = False,
        lift_hold: bool = False,
    ) -> ModelVersion | PendingRequest:
        """Bring a version into a stage; where approvals are missing, the request that now waits.

        Raises `IllegalTransition`, `Held`, or `PolicyRefused` with every violation.
        """
        outcome = promote(
            self._project(),
            reference_to(name, version=version),
            to=a_stage(to_stage),
            from_=stage_or_none(from_stage),
            reason=reason,
            force=force,
            lift_hold=lift_hold,
            approval_required=approval_required,
            options=self._options,
        )
        if outcome.refusal is not None and outcome.data.pending is not None:
            return self._pending(value_of(outcome))
        return written(self._project(), outcome)

    def _pending(self, seen: VersionView) -> PendingRequest:
        waiting = requests(self._project()).data
        return next(r for r in waiting if (r.model, r.version) == (seen.model, seen.version))

    def promote_to_production(self, version: str, name: str | None = None) -> Any:
        """The short form: `registry.promote_to_production("0042-v3")`."""
        return self.promote_model(self._only(version, name), increment_version(version)[1])

    def rollback(
        self,
        name: str,
        to_version: str | None = None,
        reason: str = "",
        *,
        force: bool = False,
        lift_hold: bool = False,
    ) -> ModelVersion:
        """Bring production back to an older version, by default the one it held before.

        The version that leaves is held. Raises `NotFound` with the candidates where there is no
        earlier one, `UsageError` without a reason.
        """
        outcome = rollback(
            self._project(),
            parse_reference(text(name, kind="name")),
            to=Version.parse(str(to_version)) if to_version is not None else None,
            reason=reason,
            force=force,
            lift_hold=lift_hold,
            options=self._options,
        )
        return written(self._project(), outcome)

    def rollback_to(
        self, version: str, name: str | None = None, reason: str = "rolled back"
    ) -> ModelVersion:
        """The short form: `registry.rollback_to("0042-v2")`."""
        return self.rollback(self._only(version, name), increment_version(version)[1], reason)

    def _only(self, version: str, name: str | None) -> str:
        increment = increment_version(version)[0] or self.increment
        return name or only_model(self._project(), increment)

    def approve_model(
        self,
        name: str,
        version: str | None = None,
        approver: str | None = None,
        comments: str = "",
        *,
        stage: str | Stage | None = None,
    ) -> ModelVersion:
        """Approve a version; the last missing approval completes a pending promotion."""
        outcome = approve(
            self._project(),
            reference_to(name, version=version),
            stage=stage_or_none(stage),
            approver=approver,
            comment=comments,
            options=self._options,
        )
        return written(self._project(), outcome)

    def reject_model(self, name: str, version: str | None = None, reason: str = "") -> ModelVersion:
        """Close a pending request with a no."""
        outcome = reject(
            self._project(),
            reference_to(name, version=version),
            reason=reason,
            options=self._options,
        )
        return written(self._project(), outcome)

    def pending_requests(self) -> list[PendingRequest]:
        """Every promotion that waits for approvals."""
        return list(requests(self._project()).data)

    def deprecate_model(
        self,
        name: str,
        version: str | None = None,
        reason: str = "",
        end_of_life: dt.date | str | None = None,
    ) -> ModelVersion:
        """Mark a version as one not to use, from `end_of_life` on even forbidden in production."""
        outcome = deprecate(
            self._project(),
            reference_to(name, version=version),
            reason=reason,
            end_of_life=day(end_of_life),
            options=self._options,
        )
        return written(self._project(), outcome)

    def archive_model(
        self, name: str, version: str | None = None, reason: str = "", *, force: bool = False
    ) -> ModelVersion:
        """Take a version out of use; the live production only by force."""
        outcome = archive(
            self._project(),
            reference_to(name, version=version),
            reason=reason,
            force=force,
            options=self._options,
        )
        return written(self._project(), outcome)

    def tag_model(
        self,
        name: str,
        version: str | None = None,
        *,
        add: Iterable[str] = (),
        remove: Iterable[str] = (),
    ) -> ModelVersion:
        """Put tags on a version or take them off."""
        outcome = tag(
            self._project(),
            reference_to(name, version=version),
            add=texts(add, kind="add"),
            remove=texts(remove, kind="remove"),
            options=self._options,
        )
        return written(self._project(), outcome)

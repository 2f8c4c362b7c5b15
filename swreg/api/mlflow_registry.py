"""`MLflowRegistry`: the registry of a project, shown in MLflow after every change."""

from __future__ import annotations

import datetime as dt
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import TYPE_CHECKING, Any

from swreg.api.registry import ModelRegistry
from swreg.api.words import reference_to, text, value_of
from swreg.domain.names import parse_name
from swreg.domain.policy import MLflow
from swreg.domain.shape import ShapeError
from swreg.domain.stage import Stage
from swreg.errors import UsageError
from swreg.operations.fetching import in_production
from swreg.operations.project import Project

if TYPE_CHECKING:
    from swreg.domain.catalog import Found
    from swreg.integrations.mlflow_drift import Drift
    from swreg.integrations.mlflow_sync import Direction, Synced


class MLflowRegistry(ModelRegistry):
    """Everything that `ModelRegistry` does, with MLflow as the place where models are looked up.

    State, approvals and history are committed to git first and then shown in MLflow: each version
    with its files in a run, its stage as alias and tag, its history as tags. Models are loaded
    from MLflow, and only when their files have the digest that git says.

    `tracking_uri` is the server's address; without it, the one that the configuration names.
    `experiment` begins the names of the experiments, one for each increment. `timeout` bounds
    every call to the server. The other arguments are those of `ModelRegistry`.

    Where the server fails after a commit, the call raises `FollowUpIncomplete`; the change stands
    and the next one shows it too. Raises `MissingExtra` without the package mlflow-skinny,
    `UsageError` for an address that is none or holds credentials.
    """

    def __init__(
        self,
        tracking_uri: str | None = None,
        increment: str | None = None,
        environment: str | None = None,
        path: Path | str | None = None,
        *,
        push: bool | None = None,
        experiment: str = "specweave",
        timeout: str = "20s",
    ) -> None:
        self._setting: MLflow | None = None
        if tracking_uri is not None:
            uri = text(tracking_uri, kind="tracking_uri")
            try:
                self._setting = MLflow(tracking_uri=uri, experiment=experiment, timeout=timeout)
            except ShapeError as error:
                raise UsageError(error.faults[0], "credentials: MLFLOW_TRACKING_USERNAME") from None
        super().__init__(increment, environment, path, push=push)
        from swreg.integrations.mlflow_follow import open_server, setting_of

        self._used = setting_of(self._project())
        open_server(self._used)

    def __repr__(self) -> str:
        return f"MLflowRegistry({self._used.tracking_uri!r})"

    def _project(self) -> Project:
        project = super()._project()
        project.mlflow = self._setting
        return project

    def _of_increment(self, increment: str | None) -> MLflowRegistry:
        return MLflowRegistry(
            self._setting.tracking_uri if self._setting else None,
            increment,
            self.environment,
            self.path,
            push=self.push,
            experiment=self._used.experiment,
            timeout=self._used.timeout,
        )

    def get_model(
        self,
        name: str,
        version: str | None = None,
        stage: str | Stage | None = None,
        *,
        trust: bool = False,
        allow: AbstractSet[str] = frozenset(),
    ) -> Any:
        """The loaded model of a version or stage, with the bytes that MLflow has, verified.

        Which version that is, git says. Raises `IntegrityError` where MLflow has other bytes than
        those that were registered, `NotFound` where it has none.
        """
        self._warn_if_deprecated(self.get_version(name, version, stage))
        found = self._project().find(reference_to(name, version=version, stage=stage))
        return self._loaded(found, trust=trust, allow=allow)

    def get_model_by_date(
        self,
        name: str,
        date: dt.date | str,
        *,
        trust: bool = False,
        allow: AbstractSet[str] = frozenset(),
    ) -> Any:
        """What was in production at the end of that day (UTC), loaded from MLflow and verified."""
        if date is None:
            raise UsageError("which day is it?", 'write date="2024-01-15"')
        known = parse_name(text(name, kind="name"))
        return self._loaded(
            in_production(self._project(), known, str(date)), trust=trust, allow=allow
        )

    def _loaded(self, found: Found, *, trust: bool, allow: AbstractSet[str]) -> Any:
        from swreg.integrations.mlflow_download import load

        return load(self._project(), self._used, found, trust=trust, allow=allow)

    def drift(self) -> tuple[Drift, ...]:
        """Where MLflow is not as git has it: what somebody moved, deleted or wrote there."""
        from swreg.integrations.mlflow_drift import drifts
        from swreg.integrations.mlflow_follow import open_server

        project = self._project()
        return tuple(drifts(project, open_server(self._used), project.tip))

    def sync(self, from_: Direction = "git") -> Synced:
        """Put both in step: MLflow as git has it, or `from_="mlflow"`, by way of the policy."""
        from swreg.integrations.mlflow_sync import DIRECTIONS, sync

        if from_ not in DIRECTIONS:
            raise UsageError(f"from {from_!r}?", f"use {' or '.join(DIRECTIONS)}")
        return value_of(sync(self._project(), direction=from_, options=self._options))

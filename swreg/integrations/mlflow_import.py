"""Read the models of an MLflow server: versions with their facts and files, stages by aliases.

A version's number is its tag `swreg.semver`, else MLflow's own integer (3 is v3.0.0). An alias is
a pointer without a date; where a server still has the old stages, they count like aliases.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from swreg.domain.foreign import ForeignAct, ForeignVersion, Unmapped
from swreg.domain.shape import Timestamp
from swreg.domain.stage import stage_word
from swreg.errors import EnvironmentFault, NotFound, SwregError, UsageError
from swreg.integrations import mlflow_tags as tags
from swreg.integrations.mlflow_server import Server
from swreg.operations.importing.offer import Offer, Offered, Write
from swreg.storage.mirror import redacted

_ADDRESS = re.compile(r"https?://[^/\s]+", re.ASCII)


def read_mlflow(uri: str, *, only: Iterable[str] = ()) -> Offer:
    """Every registered model of a server, or `only` these.

    Raises `UsageError` for what is no address, `EnvironmentFault` where no server answers there,
    `NotFound` for a model that it does not have, and `MissingExtra` without the client.
    """
    server = Server(require_address(uri))
    server.version()
    wanted = [server.model(name) for name in only] or list(server.models(""))
    read = _Read(server)
    for model in wanted:
        read.take(model)
    return Offer(
        system="mlflow",
        source=redacted(server.uri),
        versions=tuple(read.versions),
        acts=tuple(read.acts),
        unmapped=tuple(read.unmapped),
        notes=() if wanted else ("that server has no registered models",),
    )


def require_address(uri: str) -> str:
    """The address of a server; a folder or database, which MLflow takes as well, is none."""
    if not _ADDRESS.match(uri):
        raise UsageError(
            f"{redacted(uri)!r} is no address of an MLflow server",
            "write it like http://mlflow.example.org:5000",
        )
    if "@" in uri.split("/")[2]:
        raise UsageError(
            "an MLflow address holds no credentials",
            "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD",
        )
    return uri


class _Read:
    """What was read of a server so far."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.versions: list[Offered] = []
        self.acts: list[ForeignAct] = []
        self.unmapped: list[Unmapped] = []

    def take(self, found: Any) -> None:
        """One registered model with all of its versions."""
        name = found.name
        if "'" in name:
            reason = "MLflow's own search does not find names with a quote; rename it there"
            self.unmapped.append(Unmapped(name=name, source=f"mlflow {name}", reason=reason))
            return
        model = self.server.model(name)
        numbers: dict[int, str] = {}
        legacy: dict[str, int] = {}
        for one in sorted(self.server.versions(name), key=lambda one: int(one.version)):
            told = dict(one.tags)
            if tags.VOID in told:
                continue
            numbers[int(one.version)] = _number(one, told)
            self.versions.append(self._offered(model, one, told))
            if one.current_stage and stage_word(str(one.current_stage)) is not None:
                self._legacy(name, str(one.current_stage), int(one.version), legacy)
        pointers = {**legacy, **{alias: int(number) for alias, number in model.aliases.items()}}
        for alias, number in sorted(pointers.items()):
            if number in numbers:
                self.acts.append(_pointer(name, alias, number, numbers[number]))

    def _legacy(self, name: str, stage: str, number: int, legacy: dict[str, int]) -> None:
        """Old stages hold several versions; the newest stands for the stage, the rest is told."""
        if stage_word(stage) is stage_word("archived"):
            legacy[stage] = number
            return
        if stage in legacy:
            source = f"mlflow {name} {legacy[stage]} in {stage}"
            self.unmapped.append(
                Unmapped(name=name, source=source, reason=f"version {number} is there, too")
            )
        legacy[stage] = number

    def _offered(self, model: Any, one: Any, told: Mapping[str, str]) -> Offered:
        run = self._run(one.run_id)
        version = ForeignVersion(
            name=model.name,
            version=_number(one, told),
            origin=f"mlflow {redacted(self.server.uri)} {model.name} {one.version}",
            at=_time(one.creation_timestamp),
            author=told.get("swreg.registered_by") or one.user_id or _user(run),
            facts=_facts(model, one, told, run),
        )
        where = {"uri": redacted(self.server.uri), "number": int(one.version),
                 "source": one.source, "run": one.run_id}  # fmt: skip
        try:
            place = self._place(model.name, one, run)
            size = sum(_sizes(self.server, place))
        except SwregError as error:
            return Offered(version=version, where=where, why=error.what)
        if not size:
            return Offered(version=version, where=where, why=f"{one.source} has no files")
        return Offered(version=version, where=where, write=_write(self.server, place, size))

    def _place(self, name: str, one: Any, run: Any) -> str:
        """The address of a version's files; of a run's it is the run's own.

        Followed by MLflow, `runs:/` looks for more than an older server has.
        """
        prefix = f"runs:/{one.run_id}/"
        if run is not None and str(one.source).startswith(prefix):
            return f"{run.info.artifact_uri}/{one.source[len(prefix) :]}"
        place: str = self.server.call(
            "find the files",
            lambda: self.server.client.get_model_version_download_uri(name, one.version),
        )
        return place

    def _run(self, run_id: str | None) -> Any:
        """The run that made a version; None where it is gone, or never was."""
        if not run_id:
            return None
        try:
            return self.server.call("read the run", lambda: self.server.client.get_run(run_id))
        except NotFound:
            return None


def _number(one: Any, told: Mapping[str, str]) -> str:
    return str(tags.version_of(told) or f"v{one.version}.0.0")


def _time(milliseconds: int | None) -> Timestamp | None:
    if not milliseconds:
        return None
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return Timestamp(moment.strftime("%Y-%m-%dT%H:%M:%SZ"))


def _user(run: Any) -> str:
    return str(run.data.tags.get("mlflow.user", "")) if run is not None else ""


def _pointer(name: str, alias: str, number: int, version: str) -> ForeignAct:
    return ForeignAct(
        kind="stage",
        name=name,
        version=version,
        origin=f"mlflow {name} {alias} on {number}",
        stage=alias,
        note=f"MLflow had {alias} on version {number}",
    )


def _facts(model: Any, one: Any, told: Mapping[str, str], run: Any) -> dict[str, Any]:
    """The facts of a version, as our metadata has them; what has no place stays together."""
    own = {
        "from": "mlflow",
        "number": int(one.version),
        "run": one.run_id,
        "description": one.description or model.description,
        "tags": {key: value for key, value in told.items() if not key.startswith("swreg.")},
    }
    facts: dict[str, Any] = {"imported": {key: value for key, value in own.items() if value}}
    if run is None:
        return facts
    metrics = {key: value for key, value in run.data.metrics.items() if math.isfinite(value)}
    if metrics:
        facts["metrics"] = metrics
    if run.data.params:
        facts["hyperparameters"] = dict(run.data.params)
    return facts


def _files(server: Server, place: str) -> Any:
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

    return get_artifact_repository(place, tracking_uri=server.uri)


def _sizes(server: Server, place: str) -> list[int]:
    """The size of each file under an address; one that is not told counts as a byte."""

    def below(folder: str | None) -> Iterator[int]:
        for one in _files(server, place).list_artifacts(folder):
            if one.is_dir:
                yield from below(one.path)
            else:
                yield one.file_size or 1

    return server.call("list the files", lambda: list(below(None)))


def _write(server: Server, place: str, size: int) -> Write:
    def write(into: Path) -> None:
        server.call(
            "download the files",
            lambda: _files(server, place).download_artifacts("", str(into)),
            size=size,
        )
        if not any(into.iterdir()):
            raise EnvironmentFault(
                f"{place} came without files", "look at the server's artifact store"
            )

    return write

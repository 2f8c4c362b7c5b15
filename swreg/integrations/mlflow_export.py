"""Give the registry to an MLflow server: what it lacks is created, aliases are set, nothing deleted.

Versions there carry the tags of `mlflow_tags`, by which they are known again: a second export finds
everything there. Versions of others, and aliases that are none of our stages, stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from swreg.domain.exported import RegistryExport, models_of
from swreg.domain.metadata import make_metadata, metrics
from swreg.domain.metadata_keys import REFUSED
from swreg.domain.version import Version
from swreg.errors import AlreadyExists, IntegrityError
from swreg.integrations import mlflow_tags as tags
from swreg.integrations.mlflow_import import require_address
from swreg.integrations.mlflow_server import Server, upload, uploaded
from swreg.integrations.mlflow_state import ModelThere, Wanted, read_model, wanted_of
from swreg.operations.fetching import write_version
from swreg.operations.outcome import Outcome
from swreg.operations.project import Project
from swreg.storage.artifacts.payload import staging
from swreg.storage.mirror import redacted

_FOLDER = "model"
_EXPERIMENT = "swreg"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What became of one version or alias there; `number` is MLflow's own."""

    model: str
    version: Version
    result: Literal["created", "set", "present"]
    alias: str = ""
    number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MLflowExport:
    """Everything that was given to a server, or found there."""

    server: str
    rows: tuple[Given, ...]


def export_mlflow(
    project: Project, export: RegistryExport, uri: str, *, dry_run: bool = False
) -> Outcome[MLflowExport]:
    """Create what a server lacks of an export. The files are verified on both sides.

    Raises `AlreadyExists`, before anything is changed, where a number has other files there.
    """
    server = Server(require_address(uri))
    server.version()
    pairs = []
    for home, model in models_of(export):
        wanted = wanted_of(project, export.commit, home, model)
        there = read_model(server, wanted.name)
        _require_ours(wanted, there)
        pairs.append((wanted, there))
    facts = {one.name: one for one in export.models}
    rows: list[Given] = []
    for wanted, there in pairs:
        one = _Model(server, wanted, there, facts[wanted.model.name], dry_run)
        rows += [*one.versions(), *one.aliases()]
    data = MLflowExport(server=redacted(server.uri), rows=tuple(rows))
    return Outcome(command="registry-export", data=data, dry_run=dry_run)


def _require_ours(wanted: Wanted, there: ModelThere | None) -> None:
    for version, entry in wanted.model.versions.items():
        for one in there.of.get(version, ()) if there else ():
            if one.tags.get(tags.DIGEST, entry.artifact.digest) != entry.artifact.digest:
                raise AlreadyExists(
                    f"version {one.number} of {wanted.name} there says it is {version}, with "
                    "other files",
                    "look who made it; nothing was changed there",
                )


class _Model:
    """One model on its way out."""

    def __init__(
        self, server: Server, wanted: Wanted, there: ModelThere | None, told: Any, dry_run: bool
    ) -> None:
        self.server = server
        self.wanted = wanted
        self.there = there or ModelThere(name=wanted.name, fresh=True)
        self.told = told
        self.dry_run = dry_run
        self.numbers: dict[Version, int] = {}

    def versions(self) -> Iterator[Given]:
        """Create the versions that are missing, the lowest first."""
        if self.there.fresh and not self.dry_run:
            self.server.create_model(self.wanted.name, {"swreg.model": self.wanted.model.name})
        for version in sorted(self.wanted.model.versions):
            known = self.there.of.get(version)
            if known:
                self.numbers[version] = min(one.number for one in known)
            elif not self.dry_run:
                self.numbers[version] = self._create(version)
            yield Given(
                model=self.wanted.name,
                version=version,
                result="present" if known else "created",
                number=self.numbers.get(version),
            )

    def aliases(self) -> Iterator[Given]:
        """Let the aliases stand where the stages do."""
        for alias, version in sorted(self.wanted.aliases.items()):
            number = self.numbers.get(version)
            stands = number is not None and self.there.aliases.get(alias) == number
            if not stands and number is not None and not self.dry_run:
                self.server.set_alias(self.wanted.name, alias, number)
            yield Given(
                model=self.wanted.name,
                version=version,
                result="present" if stands else "set",
                alias=alias,
                number=number,
            )

    def _create(self, version: Version) -> int:
        found, wanted = self.wanted.found(version), self.wanted
        with staging(wanted.project.git.common_dir / "swreg") as place:
            files = write_version(wanted.project, wanted.source, found, place)
            run = self._run(version)
            there = f"{run.info.artifact_uri}/{_FOLDER}"
            upload(self.server, there, place, size=sum(one.size for one in files))
            listed = uploaded(self.server, there)
            for one in files:
                size = listed.get(f"{_FOLDER}/{one.path}", listed.get(one.path, -1))
                if size not in (one.size, None):
                    raise IntegrityError(
                        f"the server has {one.path} of {wanted.name} {version} not as uploaded",
                        "look at its artifact store, then export again",
                    )
        own = {**tags.fixed_tags(found), **wanted.tags_of(version)}
        made = self.server.create_version(wanted.name, run.info.run_id, _FOLDER, own)
        self.server.call(
            "end the run", lambda: self.server.client.update_run(run.info.run_id, "FINISHED")
        )
        return int(made.version)

    def _run(self, version: Version) -> Any:
        """A run with the version's facts, dated as it was registered."""
        entry = self.wanted.model.versions[version]
        moment = int(datetime.fromisoformat(entry.registered.at).timestamp() * 1000)
        client = self.server.client
        run = self.server.call(
            "start a run",
            lambda: client.create_run(
                self._experiment(),
                start_time=moment,
                tags={"mlflow.user": entry.registered.by, "mlflow.source.name": "swreg"},
                run_name=f"{self.wanted.name} {version}",
            ),
        )
        metadata = self.told.versions[version].metadata
        given = {key: value for key, value in metadata.items() if key not in REFUSED}
        for key, value in metrics(make_metadata(given)).items():
            self._log(lambda: client.log_metric(run.info.run_id, key, value))  # noqa: B023
        for key, value in (metadata.get("hyperparameters") or {}).items():
            self._log(lambda: client.log_param(run.info.run_id, key, str(value)[:500]))  # noqa: B023
        return run

    def _log(self, work: Any) -> None:
        self.server.call("log the facts", work)

    def _experiment(self) -> str:
        client = self.server.client
        found = client.get_experiment_by_name(_EXPERIMENT)
        return str(found.experiment_id if found else client.create_experiment(_EXPERIMENT))

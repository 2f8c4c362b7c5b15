"""Give the registry to an MLflow server: what it lacks is created, aliases are set, nothing deleted.

Versions there carry the tags of `mlflow_tags`, by which they are known again: a second export finds
everything there. Versions of others, and aliases that are none of our stages, stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from swreg.domain.exported import RegistryExport, models_of
from swreg.domain.policy import MLflow
from swreg.domain.version import Version
from swreg.errors import AlreadyExists
from swreg.integrations import mlflow_tags as tags
from swreg.integrations.mlflow_import import require_address
from swreg.integrations.mlflow_server import Server
from swreg.integrations.mlflow_state import ModelThere, Wanted, read_model, wanted_of
from swreg.integrations.mlflow_upload import add_version
from swreg.operations.outcome import Outcome
from swreg.operations.project import Project
from swreg.storage.mirror import redacted


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
    rows: list[Given] = []
    for wanted, there in pairs:
        one = _Model(server, wanted, there, dry_run=dry_run)
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
        self, server: Server, wanted: Wanted, there: ModelThere | None, *, dry_run: bool
    ) -> None:
        self.server = server
        self.wanted = wanted
        self.there = there or ModelThere(name=wanted.name, fresh=True)
        self.dry_run = dry_run
        self.numbers: dict[Version, int] = {}

    def versions(self) -> Iterator[Given]:
        """Create the versions that are missing, the lowest first."""
        if self.there.fresh and not self.dry_run:
            marks = {tags.STAGES: "{}", tags.MODEL: self.wanted.name}
            self.server.create_model(self.wanted.name, marks)
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
        """Let the aliases stand where the stages do, and say where they were set to."""
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
        told = tags.stages_tag(self.wanted.aliases)
        if not self.dry_run and self.there.tags.get(tags.STAGES) != told:
            self.server.tag_model(self.wanted.name, tags.STAGES, told)

    def _create(self, version: Version) -> int:
        setting = MLflow(tracking_uri=self.server.uri)
        return add_version(self.server, setting, self.wanted, version).number

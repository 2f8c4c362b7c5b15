"""A registered model as an MLflow server has it, and as git wants it to be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from swreg.domain.catalog import Found, Model
from swreg.domain.history_row import parse_rows
from swreg.domain.record import Record
from swreg.domain.version import Version
from swreg.errors import NotFound
from swreg.integrations import mlflow_tags as tags
from swreg.integrations.mlflow_server import Server
from swreg.operations.project import Project
from swreg.storage.layout import HISTORY
from swreg.storage.source import Revision


@dataclass(frozen=True, slots=True, kw_only=True)
class There:
    """One version in MLflow: its integer, the run with its files, its tags."""

    number: int
    run: str
    tags: Mapping[str, str]

    @property
    def version(self) -> Version | None:
        """Which version of ours it says it is."""
        return tags.version_of(self.tags)


@dataclass(frozen=True, kw_only=True)
class ModelThere:
    """A registered model in MLflow, with all its versions by rising number."""

    name: str
    tags: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, int] = field(default_factory=dict)
    versions: tuple[There, ...] = ()
    fresh: bool = False

    @cached_property
    def of(self) -> Mapping[Version, tuple[There, ...]]:
        """What says it is a version of ours, by that; the lowest number counts."""
        found: dict[Version, tuple[There, ...]] = {}
        for one in self.versions:
            if one.version is not None:
                found[one.version] = (*found.get(one.version, ()), one)
        return found

    def at(self, alias: str) -> tuple[int | None, Version | None]:
        """Number and version that an alias stands on."""
        number = self.aliases.get(alias)
        one = next((one for one in self.versions if one.number == number), None)
        return number, one.version if one is not None else None


def name_there(project: Project, name: str) -> str:
    """How a model is called in MLflow: an environment has registered models of its own.

    No name of ours has two hyphens and then the name of an environment by chance; where one does,
    the digests of the versions tell the two apart.
    """
    environment = project.layout.environment
    return name if environment is None else f"{name}--{environment}"


def read_model(server: Server, name: str) -> ModelThere | None:
    """The registered model with all versions; None where there is none."""
    try:
        model = server.model(name)
    except NotFound:
        return None
    versions = [
        There(number=int(one.version), run=one.run_id or "", tags=dict(one.tags))
        for one in server.versions(name)
    ]
    return ModelThere(
        name=name,
        tags=dict(model.tags),
        aliases={alias: int(number) for alias, number in model.aliases.items()},
        versions=tuple(sorted(versions, key=lambda one: one.number)),
    )


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """One model as MLflow should show it; `events` are the tags of each version's history.

    `known` has the short ids of every event that this clone knows of the model.
    """

    project: Project
    source: Revision
    home: str
    model: Model
    name: str
    events: Mapping[Version, Mapping[str, str]]
    known: frozenset[str]

    def found(self, version: Version) -> Found:
        return Found(self.home, self.model, version)

    @cached_property
    def aliases(self) -> dict[str, Version]:
        """Where the aliases should stand."""
        return tags.aliases_of(self.model)

    def tags_of(self, version: Version) -> dict[str, str]:
        """Every tag that follows the version's state and history."""
        return {**tags.state_tags(self.found(version)), **self.events.get(version, {})}


def wanted_of(project: Project, commit: str | None, home: str, model: Model) -> Wanted:
    """What a commit says of a model; the history of every home is read, as merges move models."""
    source = Revision(project.git, commit)
    homes = sorted(project.committed(commit).homes())
    texts = source.read_many([f"{one}/{HISTORY}" for one in homes])
    mark = f"| {model.name} |"
    lines = [
        line
        for text in texts
        for line in (text or b"").decode("utf-8", "replace").split("\n")
        if mark in line
    ]
    events: dict[Version, dict[str, str]] = defaultdict(dict)
    known: set[str] = set()
    for record in parse_rows("\n".join(lines)):
        if not isinstance(record, Record) or record.event.model != model.name:
            continue
        known.add(tags.short_id(record.id))
        version = getattr(record.event, "version", None)
        if isinstance(version, Version) and tags.is_told(record.event):
            key, value = tags.event_tag(record, len(known))
            events[version][key] = value
    return Wanted(
        project=project,
        source=source,
        home=home,
        model=model,
        name=name_there(project, model.name),
        events=events,
        known=frozenset(known),
    )

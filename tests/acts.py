"""Short words for what many tests do to a registry, through the operations themselves."""

from __future__ import annotations

import hashlib
from pathlib import Path

from swreg.domain.catalog import Model, Registry
from swreg.domain.events import Event, RegisteredEvent, fold
from swreg.domain.history_row import parse_rows
from swreg.domain.metadata_keys import FileFact
from swreg.domain.names import Reference, parse_reference
from swreg.domain.record import BadRecord, Record, parse
from swreg.domain.stage import Stage
from swreg.domain.version import Version
from swreg.operations.outcome import Outcome
from swreg.operations.project import Project
from swreg.operations.promote import promote
from swreg.operations.rollback import rollback
from swreg.operations.transaction import Transaction, WriteOptions, write
from swreg.storage.artifacts.payload import tree_digest
from swreg.storage.layout import CATALOG, HISTORY, version_folder
from tests.conftest import INCREMENT

HOME = f".specweave/increments/{INCREMENT}"
MODEL = "fraud-detection-model"
OURS = f"{HOME}/registry"
CATALOG_PATH = f"{HOME}/{CATALOG}"
HISTORY_PATH = f"{HOME}/{HISTORY}"
PLAIN = WriteOptions()


def ref(version: str | None = None, name: str = MODEL) -> Reference:
    return parse_reference(name, version)


def registered(tx: Transaction, name: str, version: str) -> RegisteredEvent:
    """The event of a version with one small file, which is put into its folder."""
    number = Version.parse(version)
    data = f"{name}{version}".encode()
    file = FileFact(path="model.bin", sha256=hashlib.sha256(data).hexdigest(), size=len(data))
    digest = tree_digest([file])
    tx.put(f"{HOME}/{version_folder(name, number)}/{file.path}", data)
    return RegisteredEvent(
        model=name,
        version=number,
        increment=INCREMENT,
        path=version_folder(name, number),
        digest=digest,
        content=digest,
        size=file.size,
        actor=tx.actor,
        at=tx.now,
    )


def enter(
    project: Project, version: str, *, name: str = MODEL, options: WriteOptions = PLAIN
) -> Outcome[str]:
    """Register a version with one small file and nothing about it, which is fast."""

    def decide(tx: Transaction) -> str:
        homes = tx.registry.homes_of(name)
        model = tx.registry.model(name)[1] if homes else Model(name)
        if Version.parse(version) not in model.versions:
            tx.apply(homes[0] if homes else HOME, model, registered(tx, name, version))
        return version

    return write(project, "registry-register", decide, options)


def bring(
    project: Project, version: str, to: str, *, name: str = MODEL, options: WriteOptions = PLAIN
) -> Outcome[object]:
    return promote(project, ref(version, name), to=Stage(to), options=options)  # type: ignore[return-value]


def back(project: Project, *, name: str = MODEL, options: WriteOptions = PLAIN) -> Outcome[object]:
    return rollback(project, ref(name=name), reason="worse", options=options)  # type: ignore[return-value]


def opened(path: Path) -> Project:
    return Project.open(path)


def messages(project: Project, rev: str = "HEAD") -> list[str]:
    """Every commit message, the oldest first."""
    entries = project.git.ask("log", "log", "-z", "--reverse", "--format=%B", rev).out
    return [entry.decode() for entry in entries.split(b"\0") if entry]


def logged(project: Project, rev: str = "HEAD") -> list[Event]:
    """The events that the commit log tells, the oldest first; a broken record fails the test."""
    return [good(one).event for text in messages(project, rev) for one in parse(text)]


def written(project: Project, rev: str = "HEAD") -> list[Event]:
    """The events that the history file tells."""
    text = (project.git.blob(f"{rev}:{HISTORY_PATH}") or b"").decode()
    return [good(one).event for one in parse_rows(text)]


def good(one: Record | BadRecord) -> Record:
    assert isinstance(one, Record), one
    return one


def folded(events: list[Event]) -> dict[str, Model]:
    """The models that a history leads to."""
    models: dict[str, Model] = {}
    for event in events:
        models[event.model] = fold(models.get(event.model, Model(event.model)), [event])
    return models


def models_of(registry: Registry) -> dict[str, Model]:
    return {model.name: model for _, model in registry.models()}


def state(path: Path) -> dict[str, Model]:
    """The models at HEAD, read anew."""
    return models_of(opened(path).registry())


def require_consistent(path: Path, rev: str = "HEAD") -> None:
    """Catalogs, commit log and history file tell the same; work tree and index agree with HEAD."""
    project = opened(path)
    models = models_of(project.registry(rev))
    assert folded(logged(project, rev)) == models
    assert folded(written(project, rev)) == models
    for model in models.values():
        assert not list(model.faults())
    if rev == "HEAD" and not project.git.bare:
        ours = project.git.ask("status", "status", "--porcelain", "-z", "--", OURS).out
        assert ours == b"", ours

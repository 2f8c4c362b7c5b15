"""Gather a registry, or a part of it, with everything that its files say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from swreg.domain.catalog import Found, Model
from swreg.domain.exported import (
    ExportedModel,
    ExportedVersion,
    RegistryExport,
    exported_events,
)
from swreg.domain.features import write_features
from swreg.domain.history_row import parse_rows
from swreg.domain.names import Reference
from swreg.domain.record import Record
from swreg.domain.shape import Timestamp
from swreg.domain.version import Version
from swreg.operations.evidence import folder_of
from swreg.operations.project import Project, State
from swreg.operations.version_files import (
    FEATURES,
    METADATA,
    REQUIREMENTS,
    SIGNATURE,
    load_features,
    load_json,
)
from swreg.storage.layout import HISTORY

_FILES = (METADATA, FEATURES, SIGNATURE, REQUIREMENTS)


def gather(
    project: Project, reference: Reference | None = None, *, at: str | None = None
) -> RegistryExport:
    """All models, one model, or one version of it, as of HEAD, a revision or a date.

    Events are those of the models that are meant, oldest first in each home.
    """
    state = project.state(at)
    wanted = list(_wanted(project, state, reference, at))
    names = {model.name for _, model in wanted} if reference is not None else None
    return RegistryExport(
        commit=state.commit,
        committed_at=_committed_at(project, state.commit),
        environment=project.layout.environment,
        models=tuple(_model(project, state, home, model) for home, model in wanted),
        events=exported_events(
            one for one in _records(project, state) if names is None or one.event.model in names
        ),
    )


def _wanted(
    project: Project, state: State, reference: Reference | None, at: str | None
) -> Iterator[tuple[str, Model]]:
    if reference is None:
        yield from state.registry.models()
        return
    if not reference.one_version:
        found = project.find(Reference(reference.text, reference.names, latest=True), at)
        yield found.home, found.model
        return
    found = project.find(reference, at)
    held = {stage: one for stage, one in found.model.stages.items() if one == found.version}
    yield found.home, Model(found.model.name, held, {found.version: found.entry})


def _model(project: Project, state: State, home: str, model: Model) -> ExportedModel:
    versions = sorted(model.versions)
    folders = [folder_of(project, state.commit, Found(home, model, one)) for one in versions]
    paths = [f"{folder}/{name}" for folder in folders for name in _FILES]
    contents = iter(state.source.read_many(paths))
    told = {
        version: _version(model, version, folder, {name: next(contents) for name in _FILES})
        for version, folder in zip(versions, folders, strict=True)
    }
    return ExportedModel(name=model.name, home=home, stages=dict(model.stages), versions=told)


def _version(
    model: Model, version: Version, folder: str, files: Mapping[str, bytes | None]
) -> ExportedVersion:
    metadata, features, signature, lines = (files[name] for name in _FILES)
    return ExportedVersion(
        stage=model.stage_of(version),
        folder=folder,
        entry=model.versions[version],
        metadata=load_json(metadata, f"{folder}/{METADATA}") if metadata else {},
        features=write_features(load_features(features, f"{folder}/{FEATURES}"))
        if features
        else {},
        signature=load_json(signature, f"{folder}/{SIGNATURE}") if signature else {},
        requirements=tuple((lines or b"").decode("utf-8", "replace").splitlines()),
    )


def _records(project: Project, state: State) -> Iterator[Record]:
    homes = sorted(state.registry.catalogs)
    paths = [*(f"{home}/{HISTORY}" for home in homes), project.layout.policy_history]
    for data in state.source.read_many(paths):
        for one in parse_rows((data or b"").decode("utf-8", "replace")):
            if isinstance(one, Record):
                yield one


def _committed_at(project: Project, commit: str | None) -> Timestamp | None:
    if commit is None:
        return None
    seconds = project.git.ask("reading the commit", "log", "-1", "--format=%ct", commit).text
    moment = datetime.fromtimestamp(int(seconds), UTC)
    return Timestamp(moment.strftime("%Y-%m-%dT%H:%M:%SZ"))

"""Read the registry: list, info, history, comparison; as of HEAD or of any revision or date."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from swreg.domain.catalog import Found, Model, Registry
from swreg.domain.comparison import Comparison, compare
from swreg.domain.events import Event
from swreg.domain.metadata import as_mapping
from swreg.domain.names import Reference, parse_name
from swreg.domain.record import BadRecord, Record, parse
from swreg.domain.shape import Timestamp
from swreg.domain.stage import POINTED, Stage
from swreg.domain.version import Version
from swreg.errors import NotFound, UsageError
from swreg.operations.evidence import facts_of_version, folder_of
from swreg.operations.outcome import Outcome, read_outcome
from swreg.operations.project import Project
from swreg.operations.views import VersionView, view
from swreg.storage.layout import home_name, pick_increment
from swreg.storage.source import Revision, load_policy

Sort = Literal["name", "version", "registered", "deployed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Info:
    """A model, one version of it, and everything recorded of that version."""

    version: VersionView
    stages: dict[str, Version]
    latest: Version
    versions: tuple[VersionView, ...]
    folder: str
    files: tuple[str, ...]
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryLine:
    """One event of the commit log: what happened, in which commit; or a record that is broken."""

    at: Timestamp
    commit: str
    kind: str
    summary: str
    model: str = ""
    version: str = ""
    actor: str = ""
    reason: str = ""
    forced: bool = False
    record: str = ""
    fault: str | None = None


def list_versions(
    project: Project,
    *,
    at: str | None = None,
    stage: Stage | None = None,
    tag: str | None = None,
    increment: str | None = None,
    all_versions: bool = False,
    sort: Sort = "name",
) -> Outcome[tuple[VersionView, ...]]:
    """The versions that matter: those in production and staging, and the latest of each model.

    `all_versions` lists every one. Filters narrow; an unknown increment is an error.
    """
    registry = project.registry(at)
    homes = [pick_increment(increment, registry.catalogs)] if increment else None
    found = [
        one
        for one in _all(registry, all_versions or stage is not None or tag is not None)
        if (stage is None or one.stage is stage)
        and (tag is None or tag in one.entry.tags)
        and (homes is None or _of_increment(one, homes[0]))
    ]
    rows = _sorted([view(one) for one in found], sort)
    warnings = () if at else project.drift_warnings()
    return read_outcome("registry-list", rows, *warnings, *_two_homes(registry))


def _of_increment(found: Found, home: str) -> bool:
    return found.home == home or found.entry.registered.increment == home_name(home)


def _two_homes(registry: Registry) -> list[str]:
    names = [model.name for _, model in registry.models()]
    twice = (
        sorted({name for name in names if names.count(name) > 1})
        if len(set(names)) < len(names)
        else []
    )
    return [f"{name} stands in several catalogs; run swreg resolve" for name in twice]


def _all(registry: Registry, every: bool) -> Iterable[Found]:
    for home, model in registry.models():
        for version in model.versions if every else _shown(model):
            yield Found(home, model, version)


def _shown(model: Model) -> list[Version]:
    latest = [model.latest] if model.latest is not None else []
    return list(dict.fromkeys([*(model.stages[s] for s in POINTED if s in model.stages), *latest]))


def _sorted(rows: list[VersionView], sort: Sort) -> tuple[VersionView, ...]:
    """By name, or the newest first by version, registration or deployment; names break ties."""
    rows = sorted(rows, key=lambda row: row.version, reverse=True)
    rows = sorted(rows, key=lambda row: row.model)
    if sort == "version":
        rows = sorted(rows, key=lambda row: row.version, reverse=True)
    elif sort == "registered":
        rows = sorted(rows, key=lambda row: row.registered_at, reverse=True)
    elif sort == "deployed":
        rows = sorted(rows, key=lambda row: row.deployed_at or "", reverse=True)
    elif sort != "name":
        raise UsageError(f"cannot sort by {sort!r}", "use name, version, registered or deployed")
    return tuple(rows)


def info(project: Project, reference: Reference, *, at: str | None = None) -> Outcome[Info]:
    """One version with its model and its recorded facts.

    Where only the model is named: the one in production, else the latest.
    """
    found = project.find(_default(project, reference, at), at)
    commit = project.commit_at(at)
    source = Revision(project.git, commit)
    folder = folder_of(project, commit, found)
    model = found.model
    data = Info(
        version=view(found),
        stages={str(stage): model.stages[stage] for stage in POINTED if stage in model.stages},
        latest=max(model.versions),
        versions=tuple(
            view(Found(found.home, model, one)) for one in sorted(model.versions, reverse=True)
        ),
        folder=folder,
        files=tuple(item.path[len(folder) + 1 :] for item in source.files(folder)),
        metadata=as_mapping(facts_of_version(project, source, found).metadata),
    )
    return read_outcome("registry-info", data, *(() if at else project.drift_warnings()))


def _default(project: Project, reference: Reference, at: str | None) -> Reference:
    if reference.version is not None or reference.stage is not None or reference.latest:
        return reference
    latest = Reference(reference.text, reference.names, latest=True)
    live = project.find(latest, at).model.production
    return latest if live is None else Reference(reference.text, reference.names, version=live)


def history(
    project: Project, name: str | None = None, *, at: str | None = None, limit: int | None = None
) -> Outcome[tuple[HistoryLine, ...]]:
    """The events of the commit log, newest first, in commit order."""
    project.require_layout()
    if name is not None:
        name = parse_name(name)
        project.find(Reference(name, (name,), latest=True), at)
    commit = project.commit_at(at)
    lines = []
    for line in events(project, commit):
        if name is None or line.model == name:
            lines.append(line)
            if limit is not None and len(lines) >= limit:
                break
    notes = (
        ["this clone is shallow: the history begins later than the registry"]
        if project.git.is_shallow
        else []
    )
    return read_outcome("registry-history", tuple(lines), *notes)


def events(project: Project, commit: str | None) -> Iterable[HistoryLine]:
    """Every record in the log of a commit, newest first; broken ones as such."""
    if commit is None:
        return
    layout = project.layout
    folders = (
        [layout.environment_home]
        if layout.environment
        else [layout.increments, layout.policy, layout.policy_history]
    )
    log = project.git.log("--topo-order", "--format=%H%x1f%ct%x1f%B", commit, "--", *folders)
    for oid, _, message in log:
        found = list(parse(message))
        for one in reversed(found):
            yield _line(one, oid)


def _line(one: Record | BadRecord, commit: str) -> HistoryLine:
    if isinstance(one, BadRecord):
        return HistoryLine(
            at=Timestamp(""), commit=commit, kind="broken", summary=one.text, fault=one.what
        )
    event: Event = one.event
    return HistoryLine(
        at=event.at,
        commit=commit,
        kind=event.kind,
        summary=event.summary(),
        model=event.model,
        version=str(getattr(event, "version", "")),
        actor=event.actor,
        reason=event.reason,
        forced=event.forced,
        record=one.id,
    )


def compare_versions(
    project: Project, a: Reference, b: Reference, *, at: str | None = None
) -> Outcome[Comparison]:
    """Hold version `b` against version `a`."""
    commit = project.commit_at(at)
    source = Revision(project.git, commit)
    facts = []
    for reference in (a, b):
        found = project.find(reference, at)
        facts.append(facts_of_version(project, source, found))
    if not facts[0].version:
        raise NotFound("nothing to compare", "name two versions")
    directions = load_policy(source, project.layout).metrics.directions
    comparison = compare(facts[0], facts[1], directions=directions)
    return read_outcome("registry-compare", comparison, *(() if at else project.drift_warnings()))

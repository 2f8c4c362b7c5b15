"""Everything recorded of one version, as of HEAD or of any revision or date."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from swreg.domain.catalog import Found
from swreg.domain.metadata import as_mapping, read_metadata
from swreg.domain.names import Reference
from swreg.domain.stage import POINTED
from swreg.domain.version import Version
from swreg.operations.evidence import facts_of, file_names, folder_of
from swreg.operations.outcome import Outcome, read_outcome
from swreg.operations.project import Project
from swreg.operations.unsent import marked
from swreg.operations.views import VersionView, two_homes, view
from swreg.storage.layout import METADATA
from swreg.storage.source import Revision


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


def info(project: Project, reference: Reference, *, at: str | None = None) -> Outcome[Info]:
    """One version with its model and its recorded facts.

    Where only the model is named: the one in production, else the latest.
    """
    found = project.find(live_or_latest(project, reference, at), at)
    commit = project.commit_at(at)
    source = Revision(project.git, commit)
    folder = folder_of(project, commit, found)
    model = found.model
    (facts,) = facts_of(project, source, found)
    views = [view(Found(found.home, model, one)) for one in sorted(model.versions, reverse=True)]
    views = marked(project, views) if at is None else views
    data = Info(
        version=next(one for one in views if one.version == found.version),
        stages={str(stage): model.stages[stage] for stage in POINTED if stage in model.stages},
        latest=max(model.versions),
        versions=tuple(views),
        folder=folder,
        files=file_names(source, folder, found, facts),
        metadata=as_mapping(read_metadata(facts, f"{folder}/{METADATA}")) if facts else {},
    )
    warnings = project.warnings(at)
    twice = project.registry(at, [model.name], lenient=True).in_two_homes()
    return read_outcome("registry-info", data, *warnings, *two_homes(twice))


def live_or_latest(project: Project, reference: Reference, at: str | None) -> Reference:
    """The version that is meant: where only the model is named, that in production or the latest."""
    if reference.version is not None or reference.stage is not None or reference.latest:
        return reference
    latest = Reference(reference.text, reference.names, latest=True)
    live = project.find(latest, at).model.production
    return latest if live is None else Reference(reference.text, reference.names, version=live)

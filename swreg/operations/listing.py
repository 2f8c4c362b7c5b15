"""List versions, as of HEAD or of any revision or date; nothing but catalogs is read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from swreg.domain.catalog import Found, Model, Registry
from swreg.domain.stage import POINTED, Stage
from swreg.domain.version import Version
from swreg.errors import UsageError
from swreg.operations.outcome import Outcome, read_outcome
from swreg.operations.project import Project
from swreg.operations.views import VersionView, view
from swreg.storage.layout import home_name, pick_increment

Sort = Literal["name", "version", "registered", "deployed"]


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

"""List versions, as of HEAD or of any revision or date; nothing but catalogs is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Literal

from swreg.domain.stage import Stage
from swreg.errors import UsageError
from swreg.operations.outcome import Outcome, read_outcome
from swreg.operations.project import Project
from swreg.operations.unsent import marked
from swreg.operations.views import INCREMENT, VersionView, two_homes, view_of
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
    committed = project.committed(project.commit_at(at))
    models = committed.rows(every=all_versions or stage is not None or tag is not None)
    if not models:
        project.require_layout()
    known = models if at else project.increments()
    home = pick_increment(increment, known) if increment else None
    found = [
        view_of(at_home, row)
        for at_home, of_home in models.items()
        for rows in of_home.values()
        for row in rows
        if home is None or home == at_home or row[INCREMENT] == home_name(home)
    ]
    shown = [
        one
        for one in found
        if (stage is None or one.stage is stage) and (tag is None or tag in one.tags)
    ]
    if at is None:
        shown = marked(project, shown)
    warnings = project.warnings(at)
    return read_outcome(
        "registry-list", sorted_views(shown, sort), *warnings, *two_homes(_twice(models))
    )


def _twice(models: Mapping[str, Iterable[str]]) -> list[str]:
    """The models that stand in more than one catalog."""
    names = Counter(name for of_home in models.values() for name in of_home)
    return sorted(name for name, homes in names.items() if homes > 1)


def sorted_views(rows: list[VersionView], sort: Sort) -> tuple[VersionView, ...]:
    """By name, or the newest first by version, registration or deployment; names break ties."""
    rows = sorted(rows, key=lambda row: row.version.key, reverse=True)
    rows = sorted(rows, key=lambda row: row.model)
    if sort == "version":
        rows = sorted(rows, key=lambda row: row.version.key, reverse=True)
    elif sort == "registered":
        rows = sorted(rows, key=lambda row: row.registered_at, reverse=True)
    elif sort == "deployed":
        rows = sorted(rows, key=lambda row: row.deployed_at or "", reverse=True)
    elif sort != "name":
        raise UsageError(f"cannot sort by {sort!r}", "use name, version, registered or deployed")
    return tuple(rows)

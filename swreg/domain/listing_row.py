"""What a listing shows of a version, as plain data that a cache can keep.

A row is flat: the fields of a view in order, but for the home, which is not the catalog's to know.
"""

from __future__ import annotations

from typing import Any

from swreg.domain.catalog import Model
from swreg.domain.stage import POINTED
from swreg.domain.version import Version

Row = list[Any]


def shown(model: Model) -> list[Version]:
    """The versions that matter: those in production and staging, and the latest."""
    latest = [model.latest] if model.latest is not None else []
    return list(dict.fromkeys([*(model.stages[s] for s in POINTED if s in model.stages), *latest]))


def row(model: Model, version: Version) -> Row:
    """One version with everything its catalog says, in the order of a view's fields."""
    entry = model.versions[version]
    archived, request, hold, deprecated = (
        entry.archived, entry.request, entry.hold, entry.deprecated
    )  # fmt: skip
    return [
        model.name,
        str(version),
        str(model.stage_of(version)),
        entry.registered.increment,
        entry.registered.at,
        entry.registered.by,
        entry.artifact.digest,
        entry.artifact.size,
        entry.artifact.store,
        entry.deployed_at,
        _text(entry.previous),
        _text(archived.replaced_by) if archived else None,
        archived.at if archived else None,
        entry.traffic,
        entry.tags,
        list(dict.fromkeys(one.approver for one in entry.approvals)),
        str(request.to) if request else None,
        hold.reason if hold else None,
        deprecated.reason if deprecated else None,
        _text(deprecated.end_of_life) if deprecated else None,
    ]


def _text(value: object) -> str | None:
    return None if value is None else str(value)

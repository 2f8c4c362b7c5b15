"""What a reader is shown of a version: flat, frozen, and the same in text and JSON."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from swreg.domain.catalog import Found
from swreg.domain.shape import Timestamp
from swreg.domain.stage import Stage
from swreg.domain.version import Version
from swreg.storage.layout import home_name


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionView:
    """One version with everything its catalog says."""

    model: str
    version: Version
    stage: Stage
    home: str
    increment: str
    registered_at: Timestamp
    registered_by: str
    digest: str
    size: int
    store: str | None = None
    deployed_at: Timestamp | None = None
    previous: Version | None = None
    replaced_by: Version | None = None
    archived_at: Timestamp | None = None
    traffic: int | None = None
    tags: tuple[str, ...] = ()
    approved_by: tuple[str, ...] = ()
    pending: str | None = None
    held: str | None = None
    deprecated: str | None = None
    end_of_life: date | None = None


def view(found: Found) -> VersionView:
    """The view of a version that was found."""
    entry = found.entry
    return VersionView(
        model=found.model.name,
        version=found.version,
        stage=found.stage,
        home=home_name(found.home),
        increment=entry.registered.increment,
        registered_at=entry.registered.at,
        registered_by=entry.registered.by,
        digest=entry.artifact.digest,
        size=entry.artifact.size,
        store=entry.artifact.store,
        deployed_at=entry.deployed_at,
        previous=entry.previous,
        replaced_by=entry.archived.replaced_by if entry.archived else None,
        archived_at=entry.archived.at if entry.archived else None,
        traffic=entry.traffic,
        tags=entry.tags,
        approved_by=tuple(dict.fromkeys(one.approver for one in entry.approvals)),
        pending=str(entry.request.to) if entry.request else None,
        held=entry.hold.reason if entry.hold else None,
        deprecated=entry.deprecated.reason if entry.deprecated else None,
        end_of_life=entry.deprecated.end_of_life if entry.deprecated else None,
    )

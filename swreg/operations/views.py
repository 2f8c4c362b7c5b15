"""What a reader is shown of a version: flat, frozen, and the same in text and JSON."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from swreg.domain.shape import Timestamp
from swreg.domain.stage import Stage
from swreg.domain.version import Version
from swreg.storage.layout import home_name

if TYPE_CHECKING:
    from swreg.domain.catalog import Found
    from swreg.domain.listing_row import Row


INCREMENT = 3
"""Where a row of a listing has the increment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionView:
    """One version with everything its catalog says.

    `repository` is where it is, in an answer about several; `unpushed` marks what the branch's
    remote does not know yet.
    """

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
    repository: str | None = None
    unpushed: bool = False


def view(found: Found) -> VersionView:
    """The view of a version that was found."""
    from swreg.domain.listing_row import row

    return view_of(found.home, row(found.model, found.version))


_STAGES = {str(stage): stage for stage in Stage}
# A listing has thousands of versions, and mostly the same few.
_version = lru_cache(maxsize=1024)(Version.parse)


def view_of(home: str, row: Row) -> VersionView:
    """The view that a row of a listing stands for."""
    (model, version, stage, increment, at, by, digest, size, store, deployed, previous, replaced,
     archived, traffic, tags, approved, pending, held, deprecated, end) = row  # fmt: skip
    return VersionView(
        model=model,
        version=_version(version),
        stage=_STAGES[stage],
        home=home_name(home),
        increment=increment,
        registered_at=Timestamp(at),
        registered_by=by,
        digest=digest,
        size=size,
        store=store,
        deployed_at=Timestamp(deployed) if deployed else None,
        previous=_version(previous) if previous else None,
        replaced_by=_version(replaced) if replaced else None,
        archived_at=Timestamp(archived) if archived else None,
        traffic=traffic,
        tags=tuple(tags),
        approved_by=tuple(approved),
        pending=pending,
        held=held,
        deprecated=deprecated,
        end_of_life=date.fromisoformat(end) if end else None,
    )


def two_homes(names: Iterable[str]) -> list[str]:
    """A warning for each model that stands in several catalogs."""
    return [f"{name} stands in several catalogs; run swreg resolve" for name in names]

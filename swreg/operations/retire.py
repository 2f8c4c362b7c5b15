"""Take versions out of use: archive, deprecate; and the tags that people sort them by."""

from __future__ import annotations

from datetime import date

from swreg.domain import moves
from swreg.domain.events import DeprecatedEvent
from swreg.domain.names import Reference, plain_text
from swreg.operations.outcome import Outcome
from swreg.operations.project import Project
from swreg.operations.transaction import Transaction, WriteOptions, write
from swreg.operations.views import VersionView, view


def archive(
    project: Project,
    reference: Reference,
    *,
    reason: str = "",
    force: bool = False,
    options: WriteOptions = WriteOptions(),
) -> Outcome[VersionView]:
    """Archive a version; it stays in the catalog and the history."""
    reason = plain_text(reason, kind="reason") if reason else ""

    def decide(tx: Transaction) -> VersionView:
        found = tx.find(reference)
        event = moves.archival(found, actor=tx.actor, at=tx.now, reason=reason, force=force)
        return view(tx.apply_to(found, event))

    return write(project, "registry-archive", decide, options)


def deprecate(
    project: Project,
    reference: Reference,
    *,
    reason: str,
    end_of_life: date | None = None,
    options: WriteOptions = WriteOptions(),
) -> Outcome[VersionView]:
    """Mark a version as one not to use, from a day on even forbidden in production."""
    reason = plain_text(reason, kind="reason")

    def decide(tx: Transaction) -> VersionView:
        found = tx.find(reference)
        if end_of_life is not None and end_of_life < tx.today:
            tx.warnings.append(f"the end of life {end_of_life} is past already")
        event = DeprecatedEvent(
            model=found.model.name,
            version=found.version,
            end_of_life=end_of_life,
            actor=tx.actor,
            at=tx.now,
            reason=reason,
        )
        return view(tx.apply_to(found, event))

    return write(project, "registry-deprecate", decide, options)


def tag(
    project: Project,
    reference: Reference,
    *,
    add: tuple[str, ...] = (),
    remove: tuple[str, ...] = (),
    reason: str = "",
    options: WriteOptions = WriteOptions(),
) -> Outcome[VersionView]:
    """Put tags on a version or take them off."""
    add = tuple(plain_text(one, kind="tag") for one in add)
    remove = tuple(plain_text(one, kind="tag") for one in remove)
    reason = plain_text(reason, kind="reason") if reason else ""

    def decide(tx: Transaction) -> VersionView:
        found = tx.find(reference)
        event = moves.tagging(
            found, add=add, remove=remove, actor=tx.actor, at=tx.now, reason=reason
        )
        return view(tx.apply_to(found, event))

    return write(project, "registry-tag", decide, options)

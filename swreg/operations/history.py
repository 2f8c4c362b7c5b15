"""The history of the registry: the records in the commit log, in commit order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from swreg.domain.events import Event
from swreg.domain.names import parse_name
from swreg.domain.record import BadRecord, Record, parse
from swreg.domain.shape import Timestamp
from swreg.errors import NotFound
from swreg.operations.outcome import Outcome, read_outcome
from swreg.operations.project import Project


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


def history(
    project: Project, name: str | None = None, *, at: str | None = None, limit: int | None = None
) -> Outcome[tuple[HistoryLine, ...]]:
    """The events of the commit log, newest first, in commit order.

    Raises `NotFound` in a shallow clone that reaches back to none.
    """
    project.require_layout()
    if name is not None:
        name = parse_name(name)
        project.require_model(name, at)
    commit = project.commit_at(at)
    lines = []
    for line in events(project, commit):
        if name is None or line.model == name:
            lines.append(line)
            if limit is not None and len(lines) >= limit:
                break
    notes = [*project.date_warnings(at), *project.broken_warnings()]
    if project.git.is_shallow:
        what = "this clone is shallow"
        if not lines:
            raise NotFound(f"{what} and reaches back to no record", "run: git fetch --unshallow")
        notes.append(f"{what}: older records are left out; run: git fetch --unshallow")
    return read_outcome("registry-history", tuple(lines), *notes)


def events(project: Project, commit: str | None) -> Iterable[HistoryLine]:
    """Every record in the log of a commit, newest first; broken ones as such."""
    for oid, one in _recorded(project, commit):
        yield _line(one, oid)


def events_of(project: Project, lines: Iterable[HistoryLine], *, at: str | None) -> list[Event]:
    """The events that lines of the history tell of, in the same order."""
    wanted = {line.record for line in lines}
    found = (one for _, one in _recorded(project, project.commit_at(at)) if isinstance(one, Record))
    return [one.event for one in found if one.id in wanted]


def _recorded(project: Project, commit: str | None) -> Iterator[tuple[str, Record | BadRecord]]:
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
            yield oid, one


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

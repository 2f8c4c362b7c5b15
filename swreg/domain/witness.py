"""Three witnesses of what happened, held against each other: commit log, history file, catalogs.

Each can be incomplete or wrong by itself: a squash drops commits, a shallow clone the log, a
hand edit the truth. What disagrees is listed, never smoothed over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from swreg.domain.catalog import Model
from swreg.domain.events import Event, fold
from swreg.domain.record import BadRecord, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """A commit that touched the registry: when, its signature as git judges it, its records.

    `committed` is in seconds since 1970. `parents` are commits of the log that it builds on, the
    latest of each line at least; None means the one before it in the log. `signature` is git's letter (`G` good, `N` none, …).
    """

    commit: str
    committed: int
    records: tuple[Record | BadRecord, ...]
    parents: tuple[str, ...] | None = None
    signature: str = ""
    signer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrepancy:
    """One thing on which the witnesses disagree: which rule, what, and where to look."""

    id: str
    what: str
    where: str


DISCREPANCIES: Mapping[str, str] = {
    "SWR301": "A record in the commit log cannot be believed.",
    "SWR302": "A line of the history file cannot be believed.",
    "SWR303": "An event of the commit log is missing in the history file.",
    "SWR304": "An event of the history file is in no commit.",
    "SWR305": "The catalog is not what the events lead to.",
    "SWR306": "One event stands in several commits.",
    "SWR307": "The clock ran backwards between two commits.",
    "SWR308": "A commit is not signed by whom the policy trusts.",
    "SWR309": "A commit changed the registry without saying what it did.",
    "SWR310": "This clone does not hold the whole commit log.",
    "SWR311": "The files of a version are not the bytes that the catalog names.",
    "SWR312": "A catalog cannot be read.",
    "SWR313": "The signature of a model does not count.",
}
"""What can disagree; the ids are stable."""


def reconcile(
    log: Sequence[Logged],
    rows: Mapping[str, Sequence[Record | BadRecord]],
    models: Mapping[str, Model],
    *,
    complete: bool,
    signatures: bool,
) -> tuple[Discrepancy, ...]:
    """Everything on which the witnesses disagree.

    `log` is oldest first, `rows` the lines of each history file, `models` the state. Without a
    complete log what it lacks is no finding, but the gap itself is one.
    """
    return (
        *_unbelievable(log, rows),
        *(_gap() if not complete else ()),
        *_missing(log, rows, complete=complete),
        *_twice(log),
        *_backwards(log),
        *(_unsigned(log) if signatures else ()),
        *_silent(log),
        *_state(log, rows, models, complete=complete),
    )


def events_of(log: Iterable[Logged]) -> list[Event]:
    """The events of the log, each once, in its order."""
    seen: dict[str, Event] = {}
    for entry in log:
        for one in entry.records:
            if isinstance(one, Record):
                seen.setdefault(one.id, one.event)
    return list(seen.values())


def _unbelievable(
    log: Sequence[Logged], rows: Mapping[str, Sequence[Record | BadRecord]]
) -> Iterator[Discrepancy]:
    for entry in log:
        for one in entry.records:
            if isinstance(one, BadRecord):
                what = f"{one.what} ({one.text[:80]})"
                yield Discrepancy(id="SWR301", what=what, where=entry.commit)
    for path, lines in rows.items():
        for one in lines:
            if isinstance(one, BadRecord):
                yield Discrepancy(id="SWR302", what=f"{one.what} ({one.text[:80]})", where=path)


def _gap() -> Iterator[Discrepancy]:
    what = "the clone is shallow; events before its first commit are known from files only"
    yield Discrepancy(id="SWR310", what=what, where="git fetch --unshallow")


def _missing(
    log: Sequence[Logged], rows: Mapping[str, Sequence[Record | BadRecord]], *, complete: bool
) -> Iterator[Discrepancy]:
    written = {one.id for lines in rows.values() for one in lines if isinstance(one, Record)}
    logged = {one.id: e.commit for e in log for one in e.records if isinstance(one, Record)}
    for entry in log:
        for one in entry.records:
            if isinstance(one, Record) and one.id not in written:
                yield Discrepancy(id="SWR303", what=one.event.summary(), where=entry.commit)
    if not complete:
        return
    for path, lines in rows.items():
        for one in lines:
            if isinstance(one, Record) and one.id not in logged:
                yield Discrepancy(id="SWR304", what=one.event.summary(), where=path)


def _twice(log: Sequence[Logged]) -> Iterator[Discrepancy]:
    counts = Counter(one.id for e in log for one in e.records if isinstance(one, Record))
    for entry in log:
        for one in entry.records:
            if isinstance(one, Record) and counts.pop(one.id, 1) > 1:
                yield Discrepancy(id="SWR306", what=one.event.summary(), where=entry.commit)


def _backwards(log: Sequence[Logged]) -> Iterator[Discrepancy]:
    """Commits dated before one that they build on; lines that were merged need no common clock."""
    latest: dict[str, int] = {}
    last = ""
    for entry in log:
        parents = (last,) if entry.parents is None else entry.parents
        before = max((latest.get(parent, 0) for parent in parents), default=0)
        if entry.committed < before:
            what = f"committed {before - entry.committed} s before an earlier commit"
            yield Discrepancy(id="SWR307", what=what, where=entry.commit)
        latest[entry.commit] = max(before, entry.committed)
        last = entry.commit


def _unsigned(log: Sequence[Logged]) -> Iterator[Discrepancy]:
    for entry in log:
        if entry.signature != "G":
            what = f"git judges the signature {entry.signature or 'N'!r}"
            yield Discrepancy(id="SWR308", what=what, where=entry.commit)


def _silent(log: Sequence[Logged]) -> Iterator[Discrepancy]:
    for entry in log:
        if not entry.records:
            what = "changed files of the registry and has no record"
            yield Discrepancy(id="SWR309", what=what, where=entry.commit)


def _state(
    log: Sequence[Logged],
    rows: Mapping[str, Sequence[Record | BadRecord]],
    models: Mapping[str, Model],
    *,
    complete: bool,
) -> Iterator[Discrepancy]:
    """Fold the events, from the log or where that is cut from the files, and compare."""
    written = [one.event for lines in rows.values() for one in lines if isinstance(one, Record)]
    events = events_of(log) if complete else written
    by_model: dict[str, list[Event]] = {}
    for event in events:
        by_model.setdefault(event.model, []).append(event)
    for name, model in sorted(models.items()):
        told = _fold(name, by_model.get(name, []))
        for what in differences(told, model) if told is not None else ["its events do not follow"]:
            yield Discrepancy(id="SWR305", what=f"{name}: {what}", where="model_catalog.yaml")


def _fold(name: str, events: list[Event]) -> Model | None:
    from swreg.errors import SwregError

    try:
        return fold(Model(name), events)
    except SwregError:
        return None


def differences(told: Model, kept: Model) -> Iterator[str]:
    """Where a model differs from what its events lead to, in words."""
    for stage in sorted({*told.stages, *kept.stages}):
        was, now = told.stages.get(stage), kept.stages.get(stage)
        if was != now:
            yield f"{stage} is {now or 'empty'}, the events say {was or 'empty'}"
    for version in sorted({*told.versions, *kept.versions}):
        if version not in kept.versions:
            yield f"{version} is missing, the events registered it"
        elif version not in told.versions:
            yield f"{version} is there, no event registered it"
        elif told.versions[version] != kept.versions[version]:
            yield f"{version} differs in {', '.join(_fields(told, kept, version))}"


def _fields(told: Model, kept: Model, version: object) -> list[str]:
    from swreg.domain.shape import write

    was, now = write(told.versions[version]), write(kept.versions[version])  # type: ignore[index]
    return [key for key in {**was, **now} if was.get(key) != now.get(key)]

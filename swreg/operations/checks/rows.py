"""History files of a change: append-only, and one line for each record of the message."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from swreg.domain.events import ApprovedEvent
from swreg.domain.finding import Finding
from swreg.domain.history_row import parse_rows, row
from swreg.domain.record import BadRecord, Record
from swreg.operations.checks.contents import Contents
from swreg.operations.checks.places import Home
from swreg.operations.checks.step import Step, Touched


@dataclass(frozen=True)
class Rows:
    """The lines that a change appended: which home each record's line went to, and findings."""

    homes: dict[str, Home] = field(default_factory=dict)
    added: dict[Home, list[Record]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def read_rows(step: Step, touched: Touched, contents: Contents) -> Rows:
    """Judge the history files of a change with one parent."""
    rows = Rows()
    before, after, paths = _files(touched)
    for home, path in paths.items():
        old = contents.data(before.get(home, ""))
        new = contents.data(after.get(home, ""))
        rows.findings.extend(_appended(step, rows, contents, home, path, old, new))
    rows.findings.extend(_against_records(step, rows, paths))
    return rows


def _files(touched: Touched) -> tuple[dict[Home, str], dict[Home, str], dict[Home, str]]:
    """By home: the blob before, the blob after, and the path."""
    before: dict[Home, str] = {}
    after: dict[Home, str] = {}
    paths: dict[Home, str] = {}
    for place, change in touched.kind("history", "policy-history"):
        if change.before:
            before[place.home] = change.before
        if change.after:
            after[place.home] = change.after
        if change.after or place.home not in paths:
            paths[place.home] = change.path
    return before, after, paths


def _appended(
    step: Step, rows: Rows, contents: Contents, home: Home, path: str, old: bytes, new: bytes
) -> Iterator[Finding]:
    start = len(old)
    if not new.startswith(old):
        yield from _rewritten(step, path, old, new)
        known = set(old.splitlines())
        tail = b"\n".join(line for line in new.splitlines() if line not in known)
    else:
        tail = new[start:]
    first = old.count(b"\n") + 1
    # Most lines are those of the message's records: written anew they are the same text.
    told = {row(one.event, one.id): one for one in step.events}
    contents.know(told)
    for number, line in enumerate(tail.decode("utf-8", "replace").splitlines(), first):
        if not line.startswith("| ") or line.startswith("| When |"):
            continue
        record = told.get(line) or contents.row(line)
        if isinstance(record, BadRecord):
            yield step.finding("SWR204", record.what, path, line=number)
        elif _used(old, record):
            yield step.finding(
                "SWR209",
                f"the record {record.id} stands in the history already",
                path, event=record.event, line=number,
            )  # fmt: skip
        else:
            rows.homes[record.id] = home
            rows.added.setdefault(home, []).append(record)


def _used(old: bytes, record: Record) -> bool:
    """Whether the record, or the signature in it, is in the history before."""
    if f"| {record.id} |".encode() in old:
        return True
    signature = record.event.signature if isinstance(record.event, ApprovedEvent) else None
    return signature is not None and signature.encode() in old


def _rewritten(step: Step, path: str, old: bytes, new: bytes) -> Iterator[Finding]:
    kept = set(new.splitlines())
    for number, line in enumerate(old.splitlines(), 1):
        if line not in kept:
            text = line.decode("utf-8", "replace")[:80]
            yield step.finding(
                "SWR207", f"line {number} was changed or taken out: {text}", path, line=number
            )
            return
    yield step.finding("SWR207", "the lines of the history file changed places", path, line=1)


def _against_records(step: Step, rows: Rows, paths: dict[Home, str]) -> Iterator[Finding]:
    told: set[str] = set()
    for record in step.events:
        if record.id in told:
            yield step.finding(
                "SWR209", f"the record {record.id} stands twice in the message", event=record.event
            )
        told.add(record.id)
        if record.id not in rows.homes:
            yield step.finding(
                "SWR206",
                f"no history line was added for the record '{record.event.summary()}'",
                event=record.event,
            )
    for home, added in rows.added.items():
        for record in added:
            if record.id not in told:
                yield step.finding(
                    "SWR206",
                    f"the commit message has no record of '{record.event.summary()}'",
                    paths[home],
                    event=record.event,
                )


def row_ids(data: bytes) -> set[str]:
    """The ids of every line of a history file that can be read."""
    rows = parse_rows(data.decode("utf-8", "replace"))
    return {one.id for one in rows if isinstance(one, Record)}

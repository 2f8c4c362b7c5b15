"""The audit report: deployments and decisions, and whether three witnesses agree on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from swreg.domain import shape
from swreg.domain.audit import AuditReport, VersionFacts, deployments, within
from swreg.domain.catalog import Found
from swreg.domain.events import Event
from swreg.domain.history_row import parse_row, parse_rows, row
from swreg.domain.metadata import metrics
from swreg.domain.names import parse_name
from swreg.domain.record import BadRecord, Record
from swreg.domain.shape import Timestamp
from swreg.domain.version import Version
from swreg.domain.witness import Logged, events_of, reconcile
from swreg.errors import UsageError
from swreg.operations.audit_state import audited, model_signatures, unsealed, wrong_bytes
from swreg.operations.evidence import fact_files, facts_of_version
from swreg.operations.log import registry_log
from swreg.operations.outcome import Outcome, read_outcome
from swreg.operations.project import Project, State, end_of, timestamp
from swreg.storage.clock import git_time
from swreg.storage.layout import HISTORY


def audit(
    project: Project,
    name: str | None = None,
    *,
    start: str | None = None,
    end: str | None = None,
    at: str | None = None,
) -> Outcome[AuditReport]:
    """Everything that happened to a model (or all) from `start` to `end`, and its evidence.

    Dates are days or UTC times as text. Raises `NotFound` for an unknown model and `UsageError`
    for dates that are none or the wrong way round.
    """
    _require_order(start, end)
    read = audited(project, at)
    state = read.state
    if name is not None:
        name = parse_name(name)
        state.registry.model(name)
    signed = state.policy.signing.allowed_signers is not None
    homes = list(read.homes)
    log = list(registry_log(project, state.commit, signatures=signed))
    rows = _rows(project, state, homes, log)
    complete = not project.git.is_shallow
    models = {model.name: model for _, model in state.registry.models()}
    found = reconcile(log, rows, models, complete=complete, signatures=signed)
    events = [one for one in _events(log, rows, complete) if name in (None, one.model)]
    sealed = model_signatures(project, state, name)
    last = Timestamp(end_of(end).strftime("%Y-%m-%dT%H:%M:%SZ")) if end else _now(project)
    report = AuditReport(
        model=name,
        start=start,
        end=end,
        commit=state.commit or "",
        deployments=tuple(
            one
            for one in deployments([e for e in events if e.at <= last], end=last)
            if start is None or one.until is None or one.until >= start
        ),
        versions=_facts(
            project, state, name, last, {(one.model, one.version): one.key for one in sealed}
        ),
        events=within(events, start, end),
        policy=shape.write(state.policy),
        integrity=(
            *read.broken,
            *found,
            *wrong_bytes(project, state.commit, name),
            *unsealed(sealed),
        ),
        signed="checked against the allowed signers" if signed else "not asked for by the policy",
    )
    notes = (*_bounds(start, end, log, now=_now(project)), *project.date_warnings(at))
    return read_outcome("registry-audit", report, *notes)


def _require_order(start: str | None, end: str | None) -> None:
    moments = [end_of(text) for text in (start, end) if text is not None]
    if len(moments) == 2 and moments[0] > moments[1]:
        raise UsageError(f"{start} is after {end}", "swap the two dates")


def _bounds(
    start: str | None, end: str | None, log: Sequence[Logged], *, now: Timestamp
) -> Iterator[str]:
    """What is odd about the time that an audit is asked for."""
    moment = end_of(now)
    if start is not None and end_of(start).date() > moment.date():
        yield f"{start} is still to come, so nothing has happened since"
    elif end is not None and end_of(end).date() > moment.date():
        yield f"{end} is still to come; the report tells what has happened until now"
    times = [one.event.at for entry in log for one in entry.records if isinstance(one, Record)]
    if times and end is not None and end_of(end) < end_of(min(times)):
        yield f"the history begins on {min(times)}, so nothing is known of the time to {end}"


def _rows(
    project: Project, state: State, homes: list[str], log: Sequence[Logged]
) -> dict[str, list[Record | BadRecord]]:
    paths = [*(f"{home}/{HISTORY}" for home in homes), project.layout.policy_history]
    contents = state.source.read_many(paths)
    # Most lines are those of the log's records: written anew they are the same text.
    told = {
        row(one.event, one.id): one
        for entry in log
        for one in entry.records
        if isinstance(one, Record)
    }
    return {
        path: parse_rows(
            (data or b"").decode("utf-8", "replace"), lambda line: told.get(line) or parse_row(line)
        )
        for path, data in zip(paths, contents, strict=True)
    }


def _events(
    log: Sequence[Logged], rows: dict[str, list[Record | BadRecord]], complete: bool
) -> list[Event]:
    """The log's events; where it is cut, first what only the files still know."""
    logged = events_of(log)
    if complete:
        return logged
    known = {id(one): one for one in logged}
    ids = {one.id for entry in log for one in entry.records if isinstance(one, Record)}
    older = [
        one.event
        for lines in rows.values()
        for one in lines
        if isinstance(one, Record) and one.id not in ids
    ]
    return [*older, *known.values()]


def _now(project: Project) -> Timestamp:
    return timestamp(git_time(project.git))


def _facts(
    project: Project,
    state: State,
    name: str | None,
    last: Timestamp,
    keys: Mapping[tuple[str, Version], str],
) -> tuple[VersionFacts, ...]:
    versions = [
        Found(home, model, version)
        for home, model in state.registry.models()
        if name in (None, model.name)
        for version in sorted(model.versions)
        if model.versions[version].registered.at <= last
    ]
    state.source.fetch(*fact_files(project, state.source, *versions))
    return tuple(_facts_of(project, state, found, keys) for found in versions)


def _facts_of(
    project: Project, state: State, found: Found, keys: Mapping[tuple[str, Version], str]
) -> VersionFacts:
    known = facts_of_version(project, state.source, found).metadata
    return VersionFacts(
        model=found.model.name,
        version=found.version,
        registered_at=found.entry.registered.at,
        registered_by=found.entry.registered.by,
        digest=found.entry.artifact.digest,
        metrics=metrics(known),
        data=known.training_data_version,
        features=known.feature_engineering_version,
        experiment=known.experiment,
        framework=known.framework,
        signed_by=keys.get((found.model.name, found.version)) or None,
    )

"""An audit report as Markdown, and as the sections that other formats show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from swreg.domain.audit import AuditReport, Deployment, VersionFacts
from swreg.domain.events import Event, VersionEvent
from swreg.domain.markdown import code
from swreg.domain.witness import DISCREPANCIES

ANNEX_IV = (
    ("General description of the system and its versions", "versions"),
    ("Elements and process of development, data and training", "data"),
    ("Monitoring, functioning and control", "metrics"),
    ("Appropriateness of the performance metrics", "metrics"),
    ("Risk management system", None),
    ("Changes made through the lifecycle", "events"),
    ("Standards applied", None),
    ("EU declaration of conformity", None),
    ("Post-market monitoring plan", None),
)
"""Headings of EU AI Act Annex IV, and what this registry records under each; no legal claim."""


def duration(seconds: int) -> str:
    """A time span for people.

    >>> duration(93_600)
    '1 d 2 h'
    """
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3_600)
    parts = [(days, "d"), (hours, "h"), (rest // 60, "min")]
    shown = [f"{count} {unit}" for count, unit in parts if count][:2]
    return " ".join(shown) or f"{seconds} s"


def annex(report: AuditReport) -> list[tuple[str, str]]:
    """Each heading of Annex IV with `recorded` or `not recorded`."""
    known = {
        "versions": bool(report.versions),
        "data": any(one.data for one in report.versions),
        "metrics": any(one.metrics for one in report.versions),
        "events": bool(report.events),
        None: False,
    }
    return [(title, "recorded" if known[key] else "not recorded") for title, key in ANNEX_IV]


def period(report: AuditReport) -> str:
    """The time that a report covers."""
    return f"{report.start or 'the beginning'} to {report.end or 'now'}"


def markdown(report: AuditReport) -> str:
    """The whole report."""
    lines = [
        f"# Audit of {report.model or 'all models'}",
        "",
        f"Period: {period(report)}. State judged: commit {code(report.commit[:12])}.",
        "",
        *_section("Deployments", _deployments(report.deployments)),
        *_section("Versions, metrics and data", _versions(report.versions)),
        *_section("Decisions", _events(report.events)),
        *_section("Rules overridden by force", _events(report.forced)),
        *_section("Changes of the policy", _events(report.policy_changes)),
        *_section("Policy in force", _policy(report)),
        *_section("Integrity", _integrity(report)),
        *_section("Headings of EU AI Act Annex IV (no legal claim)", _annex(report)),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _section(title: str, lines: Iterator[str]) -> list[str]:
    return [f"## {title}", "", *(list(lines) or ["none"]), ""]


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    if not rows:
        return
    yield "| " + " | ".join(heads) + " |"
    yield "|" + "|".join("---" for _ in heads) + "|"
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def _deployments(stays: Sequence[Deployment]) -> Iterator[str]:
    heads = ("Version", "From", "To", "For", "Requested", "Approved", "Deployed", "Why", "Ended")
    yield from _table(
        heads,
        [
            (
                code(f"{one.model} {one.version}"),
                one.since,
                one.until or "live",
                duration(one.seconds),
                code(one.requested_by or ""),
                ", ".join(code(who) for who in one.approved_by) or "no approval recorded",
                code(one.deployed_by),
                code(one.reason) + (" (forced)" if one.forced else ""),
                code(one.ended),
            )
            for one in stays
        ],
    )


def _versions(versions: Sequence[VersionFacts]) -> Iterator[str]:
    heads = (
        "Version",
        "Registered",
        "By",
        "Metrics",
        "Data",
        "Features",
        "Experiment",
        "Digest",
        "Signed",
    )
    yield from _table(
        heads,
        [
            (
                code(f"{one.model} {one.version}"),
                one.registered_at,
                code(one.registered_by),
                code(", ".join(f"{key} {value:g}" for key, value in one.metrics.items())),
                code(one.data or "not recorded"),
                code(one.features or "not recorded"),
                code(one.experiment or "not recorded"),
                code(one.digest[:19]),
                code(one.signed_by or "not signed"),
            )
            for one in versions
        ],
    )


def _events(events: Sequence[Event]) -> Iterator[str]:
    yield from _table(
        ("When", "What", "Who", "Why"),
        [
            (
                one.at,
                code(one.summary()) + (" (forced)" if one.forced else ""),
                code(_who(one)),
                code(one.reason),
            )
            for one in events
        ],
    )


def _who(event: Event) -> str:
    other = getattr(event, "on_behalf_of", None) if isinstance(event, VersionEvent) else None
    return f"{event.actor} on behalf of {other}" if other else event.actor


def _policy(report: AuditReport) -> Iterator[str]:
    import json

    yield "```json"
    text = json.dumps(report.policy, indent=2, ensure_ascii=True)
    yield text.replace("`", "\\u0060").replace("<", "\\u003c")
    yield "```"


def _integrity(report: AuditReport) -> Iterator[str]:
    yield f"Witnesses: the commit log, the history files, the catalogs. Signatures: {report.signed}."
    yield ""
    if not report.integrity:
        yield "They agree on everything."
        return
    yield from _table(
        ("Rule", "What", "Where"),
        [
            (f"{one.id} {DISCREPANCIES[one.id]}", code(one.what), code(one.where[:60]))
            for one in report.integrity
        ],
    )


def _annex(report: AuditReport) -> Iterator[str]:
    yield from _table(("Heading", "Here"), annex(report))

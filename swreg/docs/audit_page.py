"""An audit report as one HTML file: no script, no address outside itself, fit for print.

The timeline is a drawing of positions worked out here, because a template should not calculate.
Escaping is jinja2's own for HTML; nothing in the template is marked safe.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from swreg.docs.packaged import packaged
from swreg.domain.audit import AuditReport, Deployment
from swreg.domain.audit_text import annex, duration, period
from swreg.domain.names import visible
from swreg.domain.witness import DISCREPANCIES

if TYPE_CHECKING:
    from jinja2 import Template

WIDTH, LEFT, ROW = 960, 220, 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One stay in production on the timeline, in the drawing's own units."""

    x: float
    y: int
    width: float
    label: str
    title: str
    live: bool
    forced: bool


def render_audit(report: AuditReport) -> str:
    """The report as a whole HTML document."""
    stays = report.deployments
    return _template().render(
        report=report,
        title=f"Audit of {report.model or 'all models'}",
        period=period(report),
        bars=list(bars(stays)),
        rows=len({(one.model, one.version) for one in stays}),
        ticks=list(_ticks(stays)),
        annex=annex(report),
        duration=duration,
        rules=DISCREPANCIES,
        sizes={"width": WIDTH, "left": LEFT, "row": ROW},
    )


@cache
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        undefined=StrictUndefined,
        autoescape=True,
        finalize=lambda value: visible(value) if isinstance(value, str) else value,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.from_string(packaged("audit.html.j2"))


def bars(stays: Sequence[Deployment]) -> Iterator[Bar]:
    """The timeline: a line for each version, its stays to scale."""
    if not stays:
        return
    start, scale = _scale(stays)
    lines: dict[Any, int] = {}
    for one in stays:
        line = lines.setdefault((one.model, one.version), len(lines))
        yield Bar(
            x=round(LEFT + (_seconds(one.since) - start) * scale, 1),
            y=ROW + line * ROW,
            width=round(max(2.0, one.seconds * scale), 1),
            label=f"{one.model} {one.version}",
            title=f"{one.since} to {one.until or 'now'}: {one.reason or one.how}",
            live=one.until is None,
            forced=one.forced,
        )


def _scale(stays: Sequence[Deployment]) -> tuple[float, float]:
    start = min(_seconds(one.since) for one in stays)
    end = max(_seconds(one.since) + one.seconds for one in stays)
    return start, (WIDTH - LEFT - 10) / max(1.0, end - start)


def _ticks(stays: Sequence[Deployment]) -> Iterator[tuple[float, str, str]]:
    if not stays:
        return
    start, scale = _scale(stays)
    span = (WIDTH - LEFT - 10) / scale
    for part in range(5):
        moment = start + span * part / 4
        day = datetime.fromtimestamp(moment, tz=UTC).strftime("%Y-%m-%d")
        anchor = "end" if part == 4 else "middle"
        yield round(LEFT + (moment - start) * scale, 1), day, anchor


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()

"""The audit report in a real browser: it draws its timeline, and hostile texts do nothing."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from swreg.docs.audit_page import render_audit
from swreg.domain.audit import AuditReport, VersionFacts, deployments
from swreg.domain.events import Event, PromotedEvent, RolledBackEvent
from swreg.domain.shape import Timestamp
from swreg.domain.stage import Stage
from swreg.domain.version import Version
from swreg.domain.witness import Discrepancy

V1, V2 = Version.parse("v1.0.0"), Version.parse("v2.0.0")
HOSTILE = (
    "</title></td><script>document.title='pwned'</script>"
    "<img src=x onerror=\"document.title='pwned'\"> **bold** \x1b[31m \u202e"
)


def live(version: Version, day: int) -> PromotedEvent:
    return PromotedEvent(
        model="m", version=version, from_=Stage.STAGING, to=Stage.PRODUCTION,
        actor=f"Ada {HOSTILE} <ada@example.org>", at=Timestamp(f"2024-01-{day:02}T12:00:00Z"),
        reason=HOSTILE,
    )  # fmt: skip


def report() -> AuditReport:
    back = RolledBackEvent(
        model="m", version=V1, from_=Stage.ARCHIVED, replaces=V2, actor="Ada <a@b>",
        at=Timestamp("2024-01-09T12:00:00Z"), reason=HOSTILE,
    )  # fmt: skip
    events: list[Event] = [live(V1, 2), live(V2, 7), back]
    facts = VersionFacts(
        model="m", version=V1, registered_at=Timestamp("2024-01-01T12:00:00Z"),
        registered_by=HOSTILE, digest="sha256:" + "0" * 64, metrics={HOSTILE: 0.5}, data=HOSTILE,
    )  # fmt: skip
    return AuditReport(
        model="m", start=None, end=None, commit="c" * 40,
        deployments=deployments(events, end=Timestamp("2024-01-10T12:00:00Z")), versions=(facts,),
        events=tuple(events), policy={"notifications": [{"url": HOSTILE}]},
        integrity=(Discrepancy(id="SWR309", what=HOSTILE, where=HOSTILE),), signed="not asked for",
    )  # fmt: skip


def test_the_document_asks_for_nothing_and_runs_nothing() -> None:
    page = render_audit(report())
    assert "<script" not in page
    assert "http://" not in page
    assert "https://" not in page
    assert "\x1b" not in page


@pytest.mark.browser
def test_a_browser_shows_the_timeline_and_runs_no_script(tmp_path: Path) -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no Chromium: install the package chromium")
    page = tmp_path / "audit.html"
    page.write_text(render_audit(report()), encoding="utf-8")
    options = (
        "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync "
        "--disable-background-networking --disable-component-update --dump-dom"
    )
    run = subprocess.run(
        [chromium, *options.split(), f"--user-data-dir={tmp_path / 'profile'}", page.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-500:]
    assert "<title>Audit of m</title>" in run.stdout
    assert run.stdout.count('<rect class="bar') == 3
    assert "<script>" not in run.stdout
    assert "<img" not in run.stdout

"""How answers look on a terminal: in 80 and 160 columns, on dark and on light ground.

The pictures in `looks/` are references for people and for this test. After a wanted change:

    SWREG_TEST_REGENERATE=1 python -m pytest tests/cli/test_look.py
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path
from xml.sax.saxutils import unescape

import pytest
from rich import terminal_theme
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from swreg.cli.commands import registry_history, registry_info, registry_list
from swreg.cli.output import Block, Table
from swreg.cli.pretty import age, lines_of
from swreg.domain import stage_graph
from swreg.domain.events import Event, PromotedEvent, RegisteredEvent, RolledBackEvent
from swreg.domain.shape import Timestamp
from swreg.domain.stage import Stage
from swreg.domain.version import Version
from swreg.operations.describing import Info
from swreg.operations.history import HistoryLine
from swreg.operations.views import VersionView

LOOKS = Path(__file__).parent / "looks"
NOW = datetime(2024, 1, 22, 9, 30, tzinfo=UTC)
GROUNDS = {
    "dark": terminal_theme.MONOKAI,
    "light": terminal_theme.DEFAULT_TERMINAL_THEME,
}
MODEL, HOME = "fraud-detection-model", "0042-fraud-detection"
ADA = "Ada Lovelace <ada@example.org>"
REASON = "causes a high false positive rate among customers who travel"
V25, V30, V31 = map(Version.parse, ("v2.5.0", "v3.0.0", "v3.1.0"))


def view(version: Version, stage: Stage, day: str, **more: object) -> VersionView:
    return VersionView(
        model=MODEL, version=version, stage=stage, home=HOME, increment=HOME,
        registered_at=Timestamp(f"{day}T09:12:44Z"), registered_by=ADA,
        digest=f"sha256:{'9f2c77ab' * 8}", size=12582912, **more,  # type: ignore[arg-type]
    )  # fmt: skip


VIEWS = (
    view(V31, Stage.ARCHIVED, "2024-01-18", deployed_at=Timestamp("2024-01-20T14:00:00Z"),
         tags=("fraud", "production-candidate"), held=REASON, replaced_by=V30),
    view(V30, Stage.PRODUCTION, "2024-01-10", deployed_at=Timestamp("2024-01-22T08:50:00Z"),
         tags=("fraud", "high-precision"), traffic=100, previous=V31),
    view(V25, Stage.STAGING, "2023-11-28", deprecated="superseded by v3",
         end_of_life=date(2024, 6, 1)),
    VersionView(model="churn-model", version=Version.parse("v1"), stage=Stage.DEV, home=HOME,
                increment=HOME, registered_at=Timestamp("2024-01-21T10:00:00Z"),
                registered_by=ADA, digest="", size=1, pending="staging"),
)  # fmt: skip
INFO = Info(
    version=VIEWS[1], stages={"production": V30}, latest=V31, versions=VIEWS[:3],
    folder=f".specweave/increments/{HOME}/models/fraud-detection-v3.0.0",
    files=("model.pkl", "metadata.json", "requirements.txt", "features.yaml"),
    metadata={"algorithm": "XGBoost", "accuracy": 0.85, "inference_latency_p50": "40ms",
              "features": ["amount_vs_user_average", "days_since_last_purchase",
                           "merchant_risk_score", "country", "hour"],
              "hyperparameters": {"n_estimators": 673, "max_depth": 6}},
)  # fmt: skip


def event(kind: type[Event], version: Version, at: str, **more: object) -> Event:
    return kind(model=MODEL, version=version, actor=ADA, at=Timestamp(at), **more)  # type: ignore[call-arg, arg-type]


EVENTS = (
    event(RolledBackEvent, V30, "2024-01-22T08:50:00Z", from_=Stage.ARCHIVED, replaces=V31,
          reason=REASON),
    event(PromotedEvent, V31, "2024-01-20T14:00:00Z", from_=Stage.STAGING, to=Stage.PRODUCTION,
          replaces=V30),
    event(PromotedEvent, V31, "2024-01-19T11:00:00Z", from_=Stage.DEV, to=Stage.STAGING),
    event(RegisteredEvent, V31, "2024-01-18T09:12:44Z", increment=HOME, path="", digest="",
          content="", size=1),
)  # fmt: skip
HISTORY = tuple(
    HistoryLine(at=one.at, commit="4f1c9d2e7a30" * 3, kind=one.kind, summary=one.summary(),
                actor=one.actor, reason=one.reason) for one in EVENTS
)  # fmt: skip
PAGES: dict[str, list[Block]] = {
    "list": list(registry_list._text(VIEWS)),
    "info": list(registry_info._text(INFO)),
    "history": list(registry_history._text(HISTORY)),
    "graph": [MODEL, Table((stage_graph.HEADING, "at", "version", "why"),
                           list(stage_graph.rows(EVENTS)))],
}  # fmt: skip


def lines(blocks: Iterable[Block], width: int) -> list[Text]:
    return [line for block in blocks for line in lines_of(block, width, NOW)]


def picture(name: str, width: int, ground: str) -> str:
    console = Console(record=True, width=width, file=StringIO(), force_terminal=True,
                      color_system="standard", legacy_windows=False)  # fmt: skip
    for line in lines(PAGES[name], width):
        console.print(line, soft_wrap=True)
    title = f"swreg registry-{name}"
    svg = console.export_svg(title=title, theme=GROUNDS[ground], unique_id="swreg")
    # The fonts of the machine will do: a picture loads nothing from elsewhere.
    return re.sub(r"@font-face \{.*?\}\s*|<!--.*?-->\s*", "", svg, flags=re.DOTALL)


def words(svg: str) -> list[str]:
    found = re.findall(r"<text [^>]*>(.*?)</text>", svg)
    return [unescape(text).replace("&#160;", " ").strip() for text in found]


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("width", [80, 160])
@pytest.mark.parametrize("name", PAGES)
def test_it_looks_as_in_its_picture(name: str, width: int, ground: str) -> None:
    path = LOOKS / f"{name}-{width}-{ground}.svg"
    svg = picture(name, width, ground)
    if os.environ.get("SWREG_TEST_REGENERATE"):
        LOOKS.mkdir(exist_ok=True)
        path.write_text(svg, encoding="utf-8", newline="\n")
    # Another release of rich may draw otherwise; what is said, and in which colours, is ours.
    known = path.read_text(encoding="utf-8")
    assert words(svg) == words(known)
    assert re.findall(r"fill: (#\w+)", svg) == re.findall(r"fill: (#\w+)", known)


@pytest.mark.parametrize("width", [40, 60, 80, 100, 160, 300])
@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_cut_and_only_what_is_copied_whole_is_longer_than_a_line(
    name: str, width: int
) -> None:
    found = lines(PAGES[name], width)
    text = re.sub(r"\s+", "", "".join(line.plain for line in found))
    for word in ("v3.1.0", "fraud-detection-model" if name != "info" else "merchant_risk_score"):
        assert word in text
    if name in ("list", "history", "graph"):
        wanted = re.sub(r"\s+", "", REASON)
        assert wanted in text or width < 100
    for line in found:
        longest = max(map(cell_len, line.plain.split()), default=0)
        assert line.cell_len <= max(width, longest + 27), line.plain


def test_stages_have_signs_that_survive_without_colours() -> None:
    text = "\n".join(line.plain for line in lines(PAGES["list"], 160))
    assert [sign for sign in "●◐○◌" if sign not in text] == []


def test_times_are_told_with_their_age() -> None:
    info = "\n".join(line.plain for line in lines(PAGES["info"], 80))
    assert "deployed    2024-01-22 08:50 (40 min ago)" in " ".join(info.split("\n"))
    listed = "\n".join(line.plain for line in lines(PAGES["list"], 160))
    assert "2024-01-20 (2 d)" in listed
    assert "2024-01-22 (today)" in listed


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("2024-01-22T09:29:40+00:00", "just now"), ("2024-01-22T08:20:00+00:00", "1 h ago"),
        ("2023-11-01T00:00:00+00:00", "3 mo ago"), ("2020-01-01T00:00:00+00:00", "4 y ago"),
        ("2024-02-22T09:30:00+00:00", "in 1 mo"),
    ],
)  # fmt: skip
def test_ages(at: str, said: str) -> None:
    assert age(datetime.fromisoformat(at), NOW) == said


def test_a_time_that_there_is_not_stays_as_it_is() -> None:
    table = Table(("model", "deployed", "at"), [("m", "2024-13-01", "2024-13-01T00:00:00Z")])
    assert "2024-13-01  2024-13-01T00:00:00Z" in lines([table], 80)[-2].plain

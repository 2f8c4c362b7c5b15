"""The drawing of moves between stages: one row for each version that moved, whatever it was."""

from __future__ import annotations

import pytest

from swreg.domain.events import (
    ArchivedEvent,
    CopiedEvent,
    Event,
    ImportedEvent,
    PromotedEvent,
    RegisteredEvent,
    ResolvedEvent,
    RolledBackEvent,
    TaggedEvent,
)
from swreg.domain.shape import Timestamp
from swreg.domain.stage import TRANSITIONS, Stage
from swreg.domain.stage_graph import ASCII, HEADING, LINES, Signs, rows
from swreg.domain.version import Version

V1, V2 = Version.parse("v1"), Version.parse("v2")
AT = Timestamp("2024-01-20T14:00:00Z")


@pytest.mark.parametrize("signs", [LINES, ASCII])
@pytest.mark.parametrize(("start", "end"), TRANSITIONS)
def test_every_arrow_there_is_leads_from_its_lane_to_the_other(
    start: Stage, end: Stage, signs: Signs
) -> None:
    event = PromotedEvent(model="m", version=V1, from_=start, to=end, actor="A", at=AT)
    (row,) = rows([event], signs)
    (head,) = [at for at, sign in enumerate(row.lanes) if sign in (signs.right, signs.left)]
    joints = "├┤" if signs is LINES else signs.cross
    tails = [at for at, sign in enumerate(row.lanes) if sign in joints]
    tail = min(tails) if signs.right in row.lanes else max(tails)
    for stage, column in ((start, tail), (end, head)):
        begin = HEADING.index(stage)
        assert begin <= column < begin + len(stage)


def test_who_is_displaced_from_staging_goes_back_to_dev() -> None:
    event = PromotedEvent(model="m", version=V2, from_=Stage.DEV, to=Stage.STAGING, replaces=V1,
                          actor="A", at=AT, forced=True, reason="why")  # fmt: skip
    found = [(row.lanes, row.version, row.why) for row in rows([event])]
    assert found == [
        (" ├──────▶          │          │", "v2.0.0", "promoted (forced): why"),
        (" ◀──────┤          │          │", "v1.0.0", "replaced by v2.0.0"),
    ]


def test_what_skips_a_stage_crosses_its_lane() -> None:
    event = ArchivedEvent(model="m", version=V1, from_=Stage.DEV, actor="A", at=AT)
    assert [row.lanes for row in rows([event])] == [" ├──────┼──────────┼──────────▶"]


def test_a_way_back_to_an_empty_production_holds_nobody() -> None:
    event = RolledBackEvent(model="m", version=V1, from_=Stage.ARCHIVED, actor="A", at=AT,
                            reason="again")  # fmt: skip
    assert [(row.version, row.why) for row in rows([event])] == [("v1.0.0", "back: again")]


def test_a_merge_that_was_decided_sets_pointers_and_a_tag_moves_nothing() -> None:
    merged: Event = ResolvedEvent(model="m", decided=("production",), production=V2, staging=V1,
                                  actor="A", at=AT)  # fmt: skip
    tagged = TaggedEvent(model="m", version=V1, added=("x",), actor="A", at=AT)
    found = [(row.lanes, row.version) for row in rows([merged, tagged])]
    assert found == [
        (" │      │          ●          │", "v2.0.0"),
        (" │      ●          │          │", "v1.0.0"),
    ]


def test_a_new_version_enters_dev_from_where_it_came() -> None:
    facts = {"increment": "0001-a", "path": "models/m-v1.0.0", "digest": "sha256:1",
             "content": "sha256:2", "size": 1, "model": "m", "version": V1, "actor": "A",
             "at": AT}  # fmt: skip
    events: list[Event] = [
        RegisteredEvent(**facts),  # type: ignore[arg-type]
        CopiedEvent(**facts, source="staging", source_commit="c"),  # type: ignore[arg-type]
        ImportedEvent(**facts, origin="gto:m@v1.0.0"),  # type: ignore[arg-type]
    ]
    assert [row.why for row in rows(events)] == [
        "registered", "from staging", "from gto:m@v1.0.0",
    ]  # fmt: skip


def test_a_merge_that_empties_a_stage_draws_no_move_for_it() -> None:
    merged = ResolvedEvent(model="m", decided=("staging",), production=V2, actor="A", at=AT)
    assert [row.version for row in rows([merged])] == ["v2.0.0"]

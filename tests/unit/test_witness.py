"""Three witnesses: what each kind of disagreement looks like, and that agreement is silent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from swreg.domain.catalog import Model
from swreg.domain.events import Event, PromotedEvent, RegisteredEvent, TaggedEvent, fold
from swreg.domain.record import BadRecord, Record, record_id
from swreg.domain.shape import Timestamp
from swreg.domain.stage import Stage
from swreg.domain.version import Version
from swreg.domain.witness import DISCREPANCIES, Logged, differences, reconcile

V1, V2 = Version.parse("v1.0.0"), Version.parse("v2.0.0")
ADA = "Ada <ada@example.org>"
FILE = "registry/deployment_history.md"


def at(minute: int) -> Timestamp:
    return Timestamp(f"2024-01-20T14:{minute:02}:00Z")


def registered(version: Version, minute: int) -> RegisteredEvent:
    return RegisteredEvent(
        model="m",
        version=version,
        increment="0001-m",
        path=f"models/m-{version}",
        digest="sha256:1",
        content="sha256:2",
        size=1,
        actor=ADA,
        at=at(minute),
    )


STORY: list[Event] = [
    registered(V1, 0),
    PromotedEvent(model="m", version=V1, from_=Stage.DEV, to=Stage.STAGING, actor=ADA, at=at(1)),
    registered(V2, 2),
]


def record(event: Event) -> Record:
    return Record(event, record_id(event))


def log(events: list[Event]) -> list[Logged]:
    return [
        Logged(commit=f"c{n}", committed=100 + n, records=(record(event),), signature="G")
        for n, event in enumerate(events)
    ]


def judged(
    logged: list[Logged] | None = None,
    rows: list[Record | BadRecord] | None = None,
    model: Model | None = None,
    *,
    complete: bool = True,
    signatures: bool = False,
) -> list[str]:
    found = reconcile(
        log(STORY) if logged is None else logged,
        {FILE: [record(event) for event in STORY] if rows is None else rows},
        {"m": fold(Model("m"), STORY) if model is None else model},
        complete=complete,
        signatures=signatures,
    )
    assert all(one.id in DISCREPANCIES for one in found)
    return [one.id for one in found]


def test_witnesses_that_agree_are_silent() -> None:
    assert judged(signatures=True) == []


def test_a_broken_record_in_the_log_breaks_only_itself() -> None:
    logged = [*log(STORY), Logged(commit="c9", committed=200, records=(BadRecord("edited", "x"),))]
    assert judged(logged) == ["SWR301"]


def test_a_broken_line_of_the_history() -> None:
    rows: list[Record | BadRecord] = [*map(record, STORY), BadRecord("not seven cells", "| x |")]
    assert judged(rows=rows) == ["SWR302"]


def test_an_event_the_history_file_lacks() -> None:
    assert judged(rows=[record(event) for event in STORY[:-1]]) == ["SWR303"]


def test_an_event_no_commit_has() -> None:
    model = fold(Model("m"), STORY[:-1])
    assert judged(log(STORY[:-1]), model=model) == ["SWR304"]


def test_a_shallow_clone_says_so_and_trusts_the_files_for_the_rest() -> None:
    assert judged(log(STORY)[-1:], complete=False) == ["SWR310"]


def test_a_catalog_edited_by_hand() -> None:
    edited = fold(Model("m"), STORY).with_stage(Stage.PRODUCTION, V2)
    assert judged(model=edited) == ["SWR305"]


def test_events_that_do_not_follow_from_each_other() -> None:
    stray = TaggedEvent(model="m", version=Version.parse("v9"), added=("x",), actor=ADA, at=at(9))
    told: list[Event] = [stray, *STORY]
    assert judged(log(told), rows=[record(event) for event in told]) == ["SWR305"]


def test_one_event_in_two_commits() -> None:
    logged = [*log(STORY), Logged(commit="again", committed=300, records=(record(STORY[0]),))]
    assert judged(logged) == ["SWR306"]


def test_a_clock_that_ran_backwards() -> None:
    logged = log(STORY)
    logged[1] = replace(logged[1], committed=5)
    assert judged(logged) == ["SWR307"]


def test_lines_that_were_merged_need_no_common_clock() -> None:
    logged = log(STORY)
    logged[2] = replace(logged[2], committed=5, parents=())
    assert judged(logged) == []
    logged[2] = replace(logged[2], parents=(logged[1].commit,))
    assert judged(logged) == ["SWR307"]


@pytest.mark.parametrize("letter", ["N", "B", "U", ""])
def test_only_good_signatures_count(letter: str) -> None:
    logged = log(STORY)
    logged[2] = replace(logged[2], signature=letter)
    assert judged(logged, signatures=True) == ["SWR308"]
    assert judged(logged) == []


def test_a_commit_that_does_not_say_what_it_did() -> None:
    assert judged([*log(STORY), Logged(commit="hand", committed=300, records=())]) == ["SWR309"]


def test_differences_are_said_in_words() -> None:
    told = fold(Model("m"), STORY)
    tagged = replace(told.versions[V1], tags=("x",))
    kept = told.with_entry(V1, tagged).with_stage(Stage.STAGING, None)
    assert list(differences(told, kept)) == [
        "staging is empty, the events say v1.0.0",
        "v1.0.0 differs in tags",
    ]
    missing = replace(told, versions={V1: told.versions[V1]})
    assert list(differences(told, missing)) == ["v2.0.0 is missing, the events registered it"]
    assert list(differences(missing, told)) == ["v2.0.0 is there, no event registered it"]

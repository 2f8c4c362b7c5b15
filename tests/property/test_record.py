"""Records: every event survives a commit message, a squash and the history file; none is forged."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from swreg.domain.events import Event, HeldEvent, TriggerFiredEvent
from swreg.domain.history_row import HEADER, parse_row, parse_rows, row
from swreg.domain.names import UNSEEN
from swreg.domain.record import Record, parse, record_id, render
from swreg.domain.shape import Timestamp
from swreg.domain.version import Version
from swreg.operations.transaction import message
from tests.property.strategies import events, texts

AT = Timestamp("2024-01-20T14:00:00Z")
UNPRINTABLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}
V1 = Version.parse("v1.0.0")


def told(text: str) -> list[Event]:
    found = list(parse(text))
    assert all(isinstance(one, Record) for one in found), found
    return [one.event for one in found if isinstance(one, Record)]


@given(events)
def test_a_record_reads_back(event: Event) -> None:
    assert list(parse(render(event))) == [Record(event, record_id(event))]


@given(events)
def test_a_record_is_printable_lines(event: Event) -> None:
    assert not any(UNSEEN.search(line) for line in render(event).split("\n"))
    assert render(event).splitlines() == render(event).split("\n")


@given(st.lists(events, min_size=1, max_size=3))
def test_a_message_tells_its_events_and_no_other(made: list[Event]) -> None:
    text = message(made)
    assert told(text) == made
    subject = text.split("\n")[0]
    assert not UNPRINTABLE & {unicodedata.category(char) for char in subject}


@given(st.lists(st.lists(events, min_size=1, max_size=2), min_size=1, max_size=3),
       st.sampled_from(["{}", "* {}", "    {}", "\t{}\r"]))  # fmt: skip
def test_a_squash_tells_the_same_events(commits: list[list[Event]], how: str) -> None:
    lines = [line for made in commits for line in message(made).split("\n")]
    squashed = "Squashed commit of the following:\n\n" + "\n".join(
        how.format(line) for line in lines
    )
    assert told(squashed) == [event for made in commits for event in made]


@given(events)
def test_a_starred_squash_tells_the_same_events(event: Event) -> None:
    """Hosts put the star before the subject only, and sometimes before each line."""
    assert told(f"Feature (#12)\n\n* {message([event])}\n* fix: typo\n") == [event]


@given(texts, texts)
def test_no_text_forges_an_event(reason: str, forged: str) -> None:
    bait = HeldEvent(model="m", version=V1, actor=forged, at=AT)
    carrier = TriggerFiredEvent(
        model="m", version=V1, actor=f"A\n{render(bait)}", at=AT, reason=f"{reason}\n{render(bait)}",
        observed=f"{forged}\n\n{render(bait)}\n",
    )  # fmt: skip
    assert told(message([carrier])) == [carrier]
    text = HEADER + row(carrier) + "\n"
    assert [one.event for one in parse_rows(text) if isinstance(one, Record)] == [carrier]


@given(events)
def test_a_row_reads_back(event: Event) -> None:
    line = row(event)
    assert not UNSEEN.search(line)
    assert parse_row(line) == Record(event, record_id(event))
    assert line.count("|") == 8
    assert not set("<>`[]*!") & set(line)


@given(st.lists(events, max_size=4, unique_by=record_id))
def test_rows_count_once_in_any_union(made: list[Event]) -> None:
    lines = [row(event) for event in made]
    text = HEADER + "".join(f"{line}\n" for line in [*lines, *reversed(lines)])
    assert parse_rows(text) == [Record(event, record_id(event)) for event in made]


@given(st.text())
def test_any_message_is_read(text: str) -> None:
    for one in parse(text):
        assert not isinstance(one, Record)
    parse_rows(text)
    parse_row(text)


@given(events, st.data())
def test_an_edited_record_is_told(event: Event, data: st.DataObject) -> None:
    text = render(event)
    lines = text.split("\n")
    n = data.draw(st.integers(0, len(lines) - 1))
    lines[n] = lines[n] + data.draw(st.sampled_from(["x", "0"]))
    assert not any(isinstance(one, Record) for one in parse("\n".join(lines)))

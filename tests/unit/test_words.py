"""Names, references and texts as people write them, and how refused ones are shown."""

from __future__ import annotations

import hashlib
from datetime import date

import pytest

from swreg.domain.history_row import HEADER, parse_row, parse_rows, row
from swreg.domain.names import parse_name, parse_reference, plain_text, slug, visible
from swreg.domain.policy import Approval, Policy
from swreg.domain.record import BadRecord, Record, parse, render
from swreg.domain.shape import ShapeError, read
from swreg.domain.stage import Stage
from swreg.domain.version import Version
from swreg.errors import UsageError
from tests.unit.story import live, registered


@pytest.mark.parametrize(
    "text",
    ["../x", "/x", "-x", ".git", "x.lock", "a..b", "con", "con.txt", "COM1", "a\0b", "a:b",
     "x" * 101, "", "Fraud", "fr\u0430ud", "a/b", "x-", "nul.bin", "a b"],
)  # fmt: skip
def test_names_that_are_none(text: str) -> None:
    with pytest.raises(UsageError, match="is no model name"):
        parse_name(text)


def test_names_slugs_and_what_is_shown() -> None:
    assert parse_name("a.b_c-1") == "a.b_c-1"
    assert slug("-model") == "-model"
    assert visible("a\x1b\u202e\u2028b") == "a\\x1b\\u202e\\u2028b"
    assert visible("café ✅") == "café ✅"


def test_text_for_a_record_is_one_plain_line() -> None:
    assert plain_text("  cafe\u0301 ", kind="reason") == "caf\u00e9"
    with pytest.raises(UsageError, match="control characters"):
        plain_text("a\nb", kind="reason")
    with pytest.raises(UsageError, match="the reason is empty"):
        plain_text(" ", kind="reason")


def test_references_that_are_only_names() -> None:
    plain = parse_reference("churn-v")
    assert plain.names == ("churn-v",)
    assert parse_reference("a-model-v2").names == ("a-model",)
    assert parse_reference("churn@latest").latest
    assert parse_reference("churn@staging").stage is Stage.STAGING


def test_versions_show_themselves() -> None:
    assert repr(Version.parse("3")) == "Version('v3.0.0')"
    assert Version.parse("v1.0.0-rc.1").is_prerelease


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"approvers": (" ",)}, "an approver is empty"),
        ({"min_approvals": 0}, "must be at least 1"),
        ({"approvers": ("a@x", "A@X"), "min_approvals": 2}, "only 1 distinct approvers"),
    ],
)
def test_approval_rules_that_cannot_be_met(values: dict[str, object], text: str) -> None:
    with pytest.raises(UsageError, match=text):
        Approval(**values)  # type: ignore[arg-type]


def test_a_policy_changes_by_copy() -> None:
    rule = Approval(required=True, approvers=("a@x", "A@x"))
    policy = Policy().with_approval(Stage.PRODUCTION, rule)
    assert policy.rule(Stage.PRODUCTION).approval.approvers == ("A@x",)
    assert Policy().rule(Stage.PRODUCTION).approval.required is False
    assert policy.traffic(Stage.STAGING) == 10
    assert policy.traffic(Stage.DEV) is None


def test_a_history_file_reads_back_and_forgives_a_line_taken_twice() -> None:
    events = live("v1.0.0")
    lines = [row(event) for event in events]
    text = HEADER + "\n".join([*lines, lines[0], "| broken | line |"]) + "\n"
    found = parse_rows(text)
    assert [one.event for one in found if isinstance(one, Record)] == events
    assert [type(one) for one in found][-1] is BadRecord


def test_history_lines_that_were_edited() -> None:
    line = row(registered("v1.0.0"))
    for edited, what in [
        (line.replace("Size: 12", "Size: 13"), "was edited"),
        (line.replace("registered", "invented"), "unknown event"),
        (line.replace("Size: 12", "Size: many"), "whole number"),
        (line.replace("; ", " "), ""),
    ]:
        bad = parse_row(edited)
        assert isinstance(bad, BadRecord)
        assert what in bad.what


def test_blocks_that_are_no_records() -> None:
    good = render(registered("v1.0.0"))
    body, _, end = good.rpartition("\n")
    cut = list(parse(f"{body}\n\nSwreg-Event: held\n"))
    assert [one.what for one in cut if isinstance(one, BadRecord)] == ["the record has no end"] * 2
    (stray,) = parse(end)
    assert isinstance(stray, BadRecord)
    assert "without its beginning" in stray.what
    (interrupted,) = parse(f"{body}\nsome other text\n")
    assert isinstance(interrupted, BadRecord)
    (edited,) = parse(good.replace("Swreg-Size: 12", "Swreg-Size: 13"))
    assert isinstance(edited, BadRecord)
    assert "was edited" in edited.what
    long = "\n".join(["Swreg-Event: x", *(f"Swreg-Key-{'a' * n}: 1" for n in range(1, 300))])
    assert all(isinstance(one, BadRecord) for one in parse(long))


def sealed(*lines: str) -> str:
    """A block with a true id, whatever it says."""
    body = "\n".join(lines)
    return f"{body}\nSwreg-End: {hashlib.sha256(body.encode()).hexdigest()[:16]}"


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        (["Swreg-Event: invented"], "unknown event"),
        (["Swreg-Event: held", "Swreg-Model: m"], "is missing"),
        (
            [
                "Swreg-Event: held", "Swreg-Version: 1", "Swreg-Model: m",
                "Swreg-Actor: a", "Swreg-At: 2024-01-20T14:00:00Z",
            ],
            "not written as swreg writes it",
        ),
    ],
)  # fmt: skip
def test_sealed_blocks_that_are_no_events(lines: list[str], what: str) -> None:
    (bad,) = parse(sealed(*lines))
    assert isinstance(bad, BadRecord)
    assert what in bad.what


def test_days_that_are_none() -> None:
    assert read(date, "2024-02-29") == date(2024, 2, 29)
    for raw in ("2023-02-29", "29.2.2024", 20240229):
        with pytest.raises(ShapeError, match="a date like"):
            read(date, raw)


def test_a_reason_has_an_end() -> None:
    assert plain_text("x" * 2000, kind="reason")
    with pytest.raises(UsageError, match="the reason has 2,001 characters, at most 2,000"):
        plain_text("x" * 2001, kind="reason")

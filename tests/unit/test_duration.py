from __future__ import annotations

import pytest

from swreg.domain.duration import DAY, LONGEST, duration_text, parse_duration
from swreg.errors import UsageError


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90.0),
        ("0.5s", 0.5),
        ("15m", 900.0),
        ("15min", 900.0),
        ("24h", DAY),
        ("24 h", DAY),
        (" 7d ", 7 * DAY),
        ("2w", 14 * DAY),
        ("400d", LONGEST),
    ],
)
def test_reads_a_number_with_its_unit(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text",
    ["24", "", "h", "-1h", "1e3s", "1h30m", "24H", "1 y", "٣h", "nan", 24, None, "0h", "401d"],
)
def test_refuses_what_it_would_have_to_guess(text: object) -> None:
    with pytest.raises(UsageError, match="window"):
        parse_duration(text)


def test_nothing_is_a_length_only_where_the_caller_says_so() -> None:
    assert parse_duration("0s", zero=True) == 0
    with pytest.raises(UsageError, match="the for '0s' is empty; use more than nothing"):
        parse_duration("0s", kind="for")


@pytest.mark.parametrize(
    ("seconds", "text"), [(86400.0, "24h"), (172800.0, "2d"), (90.0, "90s"), (0.25, "0.25s")]
)
def test_writes_the_shortest_text(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text

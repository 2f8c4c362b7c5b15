"""What people write to decide a conflict."""

from __future__ import annotations

import pytest

from swreg.domain.deciding import parse_decisions, parse_place
from swreg.errors import UsageError

NAME = "fraud-detection-model"


def test_a_place_is_a_stage_a_version_or_the_model_as_a_whole() -> None:
    assert parse_place(f"{NAME}:prod") == (NAME, "production")
    assert parse_place(f"{NAME}:3.1") == (NAME, "v3.1.0")
    assert parse_place(NAME) == parse_place(f"{NAME}:") == (NAME, "")


@pytest.mark.parametrize("word", [f"{NAME}:dev", f"{NAME}:moon", f"{NAME}:v1:v2"])
def test_what_names_no_conflict(word: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_place(word)
    assert str(caught.value) == (
        f"{word!r} names no conflict; write it like fraud-detection-model:production"
    )


def test_one_place_has_one_winner() -> None:
    twice = [f"{NAME}:prod", f"{NAME}:production"]
    assert parse_decisions(theirs=twice) == {(NAME, "production"): "theirs"}
    with pytest.raises(UsageError, match="is decided for both sides; name one side"):
        parse_decisions(ours=twice[:1], theirs=twice[1:])

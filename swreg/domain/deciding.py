"""What people write to decide a conflict: `MODEL:STAGE` or `MODEL:VERSION`, for one side."""

from __future__ import annotations

from collections.abc import Iterable

from swreg.domain.merging import Side
from swreg.domain.names import parse_name, visible
from swreg.domain.stage import POINTED, stage_word
from swreg.domain.version import Version
from swreg.errors import UsageError

Decided = dict[tuple[str, str], Side]


def parse_decisions(*, ours: Iterable[str] = (), theirs: Iterable[str] = ()) -> Decided:
    """Who wins where. Raises `UsageError` for a place that is decided both ways.

    >>> parse_decisions(ours=["fraud-detection-model:prod"], theirs=["churn-model:v3"])
    {('fraud-detection-model', 'production'): 'ours', ('churn-model', 'v3.0.0'): 'theirs'}
    """
    decided: Decided = {}
    for side, words in (("ours", ours), ("theirs", theirs)):
        for word in words:
            place = parse_place(word)
            if decided.get(place, side) != side:
                raise UsageError(f"{visible(word)} is decided for both sides", "name one side")
            decided[place] = "ours" if side == "ours" else "theirs"
    return decided


def parse_place(text: str) -> tuple[str, str]:
    """A model with one of its stages or versions, or the model alone."""
    name, _, word = text.partition(":")
    stage = stage_word(word)
    if stage in POINTED:
        return parse_name(name), str(stage)
    version = Version.try_parse(word)
    if word and version is None:
        raise UsageError(
            f"{text!r} names no conflict", "write it like fraud-detection-model:production"
        )
    return parse_name(name), str(version or "")

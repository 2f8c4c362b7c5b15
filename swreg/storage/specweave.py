"""What SpecWeave's own files say of an increment. They are only ever read here.

SpecWeave and the agents around it have written a status in many words over its versions; each
word that is known to occur means one of its seven states.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from swreg.storage.layout import Layout, home_name
from swreg.storage.source import Source

_LARGEST = 4 << 20


class IncrementStatus(StrEnum):
    """Where an increment stands, in SpecWeave's own words; `unknown` is ours."""

    PLANNING = "planning"
    ACTIVE = "active"
    BACKLOG = "backlog"
    PAUSED = "paused"
    READY_FOR_REVIEW = "ready_for_review"
    COMPLETED = "completed"
    ABANDONED = "abandoned"
    UNKNOWN = "unknown"


_ALSO = {
    "planned": IncrementStatus.PLANNING,
    "in_progress": IncrementStatus.ACTIVE,
    "resumed": IncrementStatus.ACTIVE,
    "complete": IncrementStatus.COMPLETED,
    "closed": IncrementStatus.COMPLETED,
    "done": IncrementStatus.COMPLETED,
    "cancelled": IncrementStatus.ABANDONED,
}
_WORDS = {str(one): one for one in IncrementStatus if one is not IncrementStatus.UNKNOWN} | _ALSO


@dataclass(frozen=True, slots=True, kw_only=True)
class IncrementFacts:
    """One increment: its folder, its status, and why the status is unknown."""

    home: str
    status: IncrementStatus
    fault: str | None = None

    @property
    def name(self) -> str:
        return home_name(self.home)


def status_word(text: str) -> IncrementStatus:
    """The status that a word means, in any case, with `-`, `_` or a space in it.

    >>> status_word("In-Progress"), status_word("closed")
    (<IncrementStatus.ACTIVE: 'active'>, <IncrementStatus.COMPLETED: 'completed'>)
    >>> status_word("frobnicated")
    <IncrementStatus.UNKNOWN: 'unknown'>
    """
    word = text.strip().casefold().replace("-", "_").replace(" ", "_")
    return _WORDS.get(word, IncrementStatus.UNKNOWN)


def increment_facts(source: Source, homes: Iterable[str]) -> list[IncrementFacts]:
    """What the `metadata.json` of each increment says; a file that says nothing is a fault."""
    listed = list(homes)
    contents = source.read_many([f"{home}/metadata.json" for home in listed])
    return [_facts(home, data) for home, data in zip(listed, contents, strict=True)]


def _facts(home: str, data: bytes | None) -> IncrementFacts:
    if data is None:
        return _unknown(home, "it has no metadata.json")
    raw = _json(data)
    if not isinstance(raw, dict):
        return _unknown(home, "its metadata.json is no JSON object")
    word = raw.get("status")
    if not isinstance(word, str):
        return _unknown(home, "its metadata.json has no status")
    status = status_word(word)
    if status is IncrementStatus.UNKNOWN:
        return _unknown(home, f"its status is {word[:40]!r}")
    return IncrementFacts(home=home, status=status)


def _unknown(home: str, fault: str) -> IncrementFacts:
    return IncrementFacts(home=home, status=IncrementStatus.UNKNOWN, fault=fault)


def active_homes(source: Source, layout: Layout, homes: Iterable[str]) -> list[str]:
    """The increments that are being worked on, among those given.

    Those that `active-increment.json` lists; where it names none that is there (it is a cache of
    SpecWeave's, which another clone may lack), those whose own status is active.
    """
    listed = list(homes)
    named = _active_ids(source.read(f"{layout.specweave}/state/active-increment.json"))
    chosen = [home for home in listed if home_name(home) in named]
    if chosen:
        return chosen
    facts = increment_facts(source, listed)
    return [one.home for one in facts if one.status is IncrementStatus.ACTIVE]


def _active_ids(data: bytes | None) -> set[str]:
    """The ids in the file: `{"ids": […]}`, in older versions `{"id": …}`."""
    raw = _json(data) if data is not None else None
    if not isinstance(raw, dict):
        return set()
    ids = raw["ids"] if isinstance(raw.get("ids"), list) else [raw.get("id")]
    return {one for one in ids if isinstance(one, str)}


def _json(data: bytes) -> Any:
    if len(data) > _LARGEST:
        return None
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None

"""What a check says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong and what to do about it; a `note` is worth knowing and nothing to mend."""

    what: str
    fix: str = ""
    note: bool = False

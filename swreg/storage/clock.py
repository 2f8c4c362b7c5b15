"""The clock of the machine, for the few questions that no commit date may answer."""

from __future__ import annotations

from datetime import UTC, date, datetime


def today() -> date:
    """The day it is, in UTC, whatever git's date variables say."""
    return datetime.now(UTC).date()

"""What happened to one model, as its history file has it: there in a shallow clone too."""

from __future__ import annotations

from collections.abc import Iterator

from swreg.domain.events import Event
from swreg.domain.history_row import parse_rows
from swreg.domain.record import Record
from swreg.storage.layout import HISTORY
from swreg.storage.source import Revision


def model_events(source: Revision, home: str, name: str) -> Iterator[Event]:
    """The events of a model at a commit, oldest first; lines that are broken are left to checks."""
    return (event for event in home_events(source, home) if event.model == name)


def home_events(source: Revision, home: str) -> Iterator[Event]:
    """The events of every model that one history file has, oldest first."""
    data = source.read(f"{home}/{HISTORY}") or b""
    for record in parse_rows(data.decode("utf-8", "replace")):
        if isinstance(record, Record):
            yield record.event

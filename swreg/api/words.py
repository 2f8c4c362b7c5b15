"""How loosely callers may write: what each word of a call means to the operations."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import TypeVar

from swreg.domain.names import Reference, parse_reference
from swreg.domain.stage import Stage, parse_stage
from swreg.errors import ApprovalPending, UsageError
from swreg.operations.outcome import Outcome
from swreg.operations.project import Project

T = TypeVar("T")

_INCREMENT_VERSION = re.compile(r"(\d{4}[A-Za-z]?)-(v\d.*)")


def open_project(path: Path | str | None, environment: str | None = None) -> Project:
    """The project of a folder, or of the current one."""
    return Project.open(Path(path) if path is not None else Path.cwd(), environment=environment)


def stage_or_none(word: str | Stage | None) -> Stage | None:
    """A stage in any spelling; None stays None."""
    return parse_stage(word) if word is not None else None


def day(word: date | str | None) -> date | None:
    """A day from a date or its text, `2024-06-01`."""
    if word is None or isinstance(word, date):
        return word
    try:
        return date.fromisoformat(word)
    except ValueError:
        raise UsageError(f"{word!r} is no date", "write it like 2024-06-01") from None


def reference_to(
    name: str, *, version: str | None = None, stage: str | Stage | None = None
) -> Reference:
    """The reference that a name with a version or a stage means."""
    if version is not None and stage is not None:
        raise UsageError("version and stage are both given", "say one of them")
    if version is not None:
        return parse_reference(name, str(version))
    reference = parse_reference(name)
    wanted = stage_or_none(stage)
    if wanted is None:
        return reference
    return Reference(reference.text, reference.names, stage=wanted)


def increment_version(word: str) -> tuple[str | None, str]:
    """The increment and the version of a word like `0042-v3`.

    >>> increment_version("0042-v3")
    ('0042', 'v3')
    """
    found = _INCREMENT_VERSION.fullmatch(word)
    return (found[1], found[2]) if found else (None, word)


def value_of(outcome: Outcome[T]) -> T:
    """The value of an outcome; what was refused after the change is raised.

    A request that waits for approvals is no error in Python: it is what the caller asked for.
    """
    if outcome.refusal is not None and not isinstance(outcome.refusal, ApprovalPending):
        raise outcome.refusal
    return outcome.data

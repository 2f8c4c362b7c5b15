"""The one JSON shape that every command speaks on `--json`, also where it fails."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from functools import cache
from typing import Any

from swreg.domain import shape
from swreg.domain.record import Record
from swreg.domain.version import Version
from swreg.errors import SwregError
from swreg.operations.outcome import Outcome


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What went wrong, by a stable code, and what to do about it."""

    code: str
    message: str
    hint: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """The answer of one command. `data` differs by command; all keys are always there.

    `events` are what happened, with their record's id; `commit` is the id of the commit made.
    `ok` is true where the exit code is 0, `truncated` where rows were left out of `data`.
    """

    schema: int = 1
    command: str | None
    ok: bool
    data: Any = None
    truncated: bool = False
    events: tuple[Mapping[str, Any], ...] = ()
    commit: str | None = None
    warnings: tuple[str, ...] = ()
    error: Fault | None = None


def envelope_of(outcome: Outcome[Any]) -> Envelope:
    """The envelope of something that was done or looked at."""
    refusal = outcome.refusal
    return Envelope(
        command=outcome.command,
        ok=outcome.exit_code == 0 and refusal is None,
        data=outcome.data,
        truncated=outcome.truncated,
        events=tuple(map(_event, outcome.records)),
        commit=outcome.commit,
        warnings=outcome.warnings,
        error=fault_of(refusal) if refusal else None,
    )


def envelope_of_error(command: str | None, error: SwregError) -> Envelope:
    """The envelope of a failure; a change that landed before it keeps its commit."""
    commit = getattr(error, "commit", None)
    return Envelope(command=command, ok=False, commit=commit, error=fault_of(error))


def fault_of(error: SwregError) -> Fault:
    """The error as plain text."""
    return Fault(code=error.code, message=error.what, hint=error.hint)


def text_of(envelope: Envelope, *, indent: bool = False) -> str:
    """The envelope as JSON in ASCII, so that no terminal or encoding can stumble over it."""
    separators = None if indent else (",", ":")
    return json.dumps(
        plain(envelope), indent=2 if indent else None, separators=separators, allow_nan=False
    )


def compact(value: Any) -> str:
    """Any value of ours as one line of JSON."""
    return json.dumps(plain(value), separators=(",", ":"), allow_nan=False)


def _event(record: Record) -> dict[str, Any]:
    event = record.event
    facts: dict[str, Any] = shape.write(event)
    return {"event": event.kind, "id": record.id, "summary": event.summary(), **facts}


def plain(value: Any) -> Any:
    """Plain data of a value, with every field there, None and defaults too.

    A value that has an `as_data()` is asked for it; what JSON does not know is written as text.
    """
    if value is None or isinstance(value, (bool, int)) or type(value) is str:
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, (tuple, list, set, frozenset)):
        return [plain(part) for part in value]
    if hasattr(value, "as_data"):
        return plain(value.as_data())
    if dataclasses.is_dataclass(value) and not isinstance(value, Version):
        return {key: plain(getattr(value, name)) for key, name in _keys(value.__class__)}
    return str(value)


@cache
def _keys(cls: type) -> tuple[tuple[str, str], ...]:
    return tuple((field.name.rstrip("_"), field.name) for field in dataclasses.fields(cls))

"""Samples as other programs write them: JSON lines or CSV, read into batches of one series each.

A JSON line is an object, a CSV file has a header; the names are `model`, `version`, `metric`,
`value`, `at` (seconds since the epoch, or a UTC time like 2024-01-20T14:00:00Z), `id` and
`labels`, which in CSV are columns such as `labels.region`.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from swreg.domain.names import visible
from swreg.domain.shape import ShapeError, read
from swreg.errors import UsageError
from swreg.monitoring.batch import Series

_Line = tuple[int, Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One sample as it was written; what is not there comes from the reader's `given` words."""

    metric: str
    value: float
    model: str
    version: str
    at: float | None = None
    id: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Batch:
    """Samples of one series, ready for `SampleStore.add`; `ids` only where every sample has one."""

    series: Series
    times: list[float] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)


def json_lines(text: Iterable[str]) -> Iterator[_Line]:
    """Objects with their line numbers; empty lines are skipped, NaN and Infinity refused."""
    for number, line in enumerate(text, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line, parse_constant=_no_number)
        except (ValueError, RecursionError) as error:
            raise UsageError(f"line {number} is no JSON: {visible(str(error))[:80]}") from error
        if not isinstance(row, dict):
            raise UsageError(f"line {number} is no JSON object", 'write {"metric": …, "value": …}')
        yield number, row


def csv_lines(text: Iterable[str]) -> Iterator[_Line]:
    """Rows with their line numbers; an empty cell is a word that was not said."""
    reader = csv.DictReader(text, strict=True)
    try:
        for row in reader:
            if None in row or None in row.values():
                raise UsageError(f"line {reader.line_num} has not as many cells as the header")
            said = {name: cell for name, cell in row.items() if cell}
            labels = {
                name.removeprefix("labels."): said.pop(name)
                for name in list(said)
                if name.startswith("labels.")
            }
            yield reader.line_num, {**said, **({"labels": labels} if labels else {})}
    except csv.Error as error:
        raise UsageError(f"line {reader.reader.line_num} is no CSV: {error}") from error


def batches(lines: Iterable[_Line], *, given: Mapping[str, Any], now: float) -> list[Batch]:
    """All samples by series, in the order they came; one without a time is of `now`.

    `given` are words for all of them, for instance the model. Raises `UsageError` with the line
    of the first row that is wrong.
    """
    found: dict[object, Batch] = {}
    for number, line in lines:
        row = _row(number, {**given, **line})
        key = (row.model, row.version, row.metric, frozenset(row.labels.items()), row.id is None)
        series = Series(model=row.model, version=row.version, metric=row.metric, labels=row.labels)
        batch = found.setdefault(key, Batch(series=series))
        batch.times.append(now if row.at is None else row.at)
        batch.values.append(row.value)
        if row.id is not None:
            batch.ids.append(row.id)
    return list(found.values())


def _row(number: int, words: dict[str, Any]) -> Row:
    try:
        return read(Row, {**words, "at": _seconds(words.get("at"))})
    except ShapeError as error:
        raise UsageError(f"line {number}: {visible(str(error))[:200]}") from error


def _seconds(at: object) -> object:
    """Seconds from an ISO time that says its zone; anything else is left to the schema."""
    try:
        moment = datetime.fromisoformat(at) if isinstance(at, str) else None
    except ValueError:
        return at
    return at if moment is None or moment.tzinfo is None else moment.timestamp()


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no number")

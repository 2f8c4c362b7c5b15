"""`metadata.json`: the facts of a version that never change. No stage, no status, no approval.

Callers give one flat mapping, as in the specification of a model; metrics may stand in it or in
`metrics: {}`. Keys that we know are typed, further keys are kept as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from swreg.domain.document import SCHEMA, unframe
from swreg.domain.measures import PERFORMANCE, is_metric
from swreg.domain.metadata_keys import REFUSED, FileFact, GitFact, Metadata, Versioning
from swreg.domain.plain import plain
from swreg.domain.quantity import Quantity, parse_quantity
from swreg.domain.shape import ShapeError, read, write
from swreg.errors import BrokenFile, UsageError

__all__ = [
    "FileFact",
    "GitFact",
    "Metadata",
    "Versioning",
    "as_mapping",
    "make_metadata",
    "metrics",
    "performance",
    "read_metadata",
    "write_metadata",
]

_KEYS = frozenset(one.name for one in fields(Metadata)) - {"further"}
_QUANTITIES = frozenset(PERFORMANCE) | {"training_duration", "training_data_size"}


def make_metadata(given: Mapping[str, Any]) -> Metadata:
    """The facts from a caller's flat mapping; `UsageError` names every key that is wrong.

    >>> facts = make_metadata({"accuracy": 0.87, "inference_latency_p50": "35ms", "team": "risk"})
    >>> facts.accuracy, facts.further, metrics(facts)
    (0.87, {'team': 'risk'}, {'accuracy': 0.87})
    >>> make_metadata({"stage": "production"})
    Traceback (most recent call last):
    swreg.errors.UsageError: metadata.stage is not kept there; the stage is the catalog's; use \
stage= or swreg registry-promote
    """
    if not isinstance(given, Mapping):
        raise UsageError("metadata must be a mapping", 'write {"accuracy": 0.87, …}')
    for key, reason in REFUSED.items():
        if key in given:
            raise UsageError(f"metadata.{key} is not kept there", reason)
    if isinstance(given.get("features"), (list, tuple)) and not given["features"]:
        raise UsageError("metadata.features is an empty list", "name the features or leave it out")
    try:
        return _read(given)
    except ShapeError as error:
        raise UsageError(
            "; ".join(f"metadata.{fault}" for fault in error.faults),
            "correct the value or leave out the key (numbers as 0.87, versions as text)",
        ) from None


def _read(given: Mapping[str, Any]) -> Metadata:
    faults: list[str] = []
    data = plain(given, "", faults)
    if faults:
        raise ShapeError(faults)
    known = {key: data[key] for key in data if key in _KEYS}
    further = {key: data[key] for key in data if key not in _KEYS}
    flat = {key: data[key] for key in further if is_metric(key) and data[key] is not None}
    try:
        further.update(read(Mapping[str, float], flat))  # type: ignore[type-abstract]
    except ShapeError as error:
        faults.extend(error.faults)
    faults.extend(_quantity_faults(data))
    try:
        metadata = read(Metadata, {**known, "further": further})
    except ShapeError as error:
        raise ShapeError([*faults, *error.faults]) from None
    faults.extend(
        f"{key}: is {value} here and {metadata.metrics[key]} in metrics"
        for key, value in _flat_metrics(metadata).items()
        if metadata.metrics.get(key, value) != value
    )
    if faults:
        raise ShapeError(faults)
    return metadata


def _quantity_faults(data: Mapping[str, Any]) -> list[str]:
    """A key that holds a quantity takes text or a number, and nothing else."""
    return [
        f"{key}: must be a quantity like '35ms', '12MB' or 0.2"
        for key in data
        if key in _QUANTITIES
        and data[key] is not None
        and (isinstance(data[key], bool) or not isinstance(data[key], (str, int, float)))
    ]


def as_mapping(metadata: Metadata) -> dict[str, Any]:
    """The flat plain data. The law: `make_metadata(as_mapping(m)) == m`.

    >>> as_mapping(make_metadata({"team": "risk", "recall": 1}))
    {'recall': 1.0, 'team': 'risk'}
    """
    data: dict[str, Any] = write(metadata)
    further = data.pop("further", {})
    return {**data, **further}


def read_metadata(raw: object, where: str = "metadata.json") -> Metadata:
    """The facts in the plain data of a file; raises `BrokenFile` with every fault."""
    data = unframe(raw, where)
    faults = [f"{key}: {REFUSED[key]}" for key in data if key in REFUSED]
    try:
        if not faults:
            return _read(data)
    except ShapeError as error:
        faults = error.faults
    raise BrokenFile(f"{where}: {'; '.join(faults)}", "restore the file from git")


def write_metadata(metadata: Metadata) -> dict[str, Any]:
    """The plain data of `metadata.json`; `read_metadata(write_metadata(m)) == m`."""
    return {"schema": SCHEMA, **as_mapping(metadata)}


def _flat_metrics(metadata: Metadata) -> dict[str, float]:
    flat = {key: value for key, value in as_mapping(metadata).items() if is_metric(key)}
    return {key: value for key, value in flat.items() if value is not None}


def metrics(metadata: Metadata) -> dict[str, float]:
    """Every metric: the known ones at the top, and all of the nested `metrics`.

    >>> metrics(make_metadata({"recall": 0.62, "val_rmse": 3, "metrics": {"uplift": 0.1}}))
    {'recall': 0.62, 'val_rmse': 3.0, 'uplift': 0.1}
    """
    return {**_flat_metrics(metadata), **metadata.metrics}


def performance(metadata: Metadata) -> dict[str, Quantity]:
    """What running the model costs: latencies, sizes, usage, each a quantity as written.

    >>> performance(make_metadata({"model_size": "12MB"}))
    {'model_size': Quantity(text='12MB', value=12000000.0, dimension='size')}
    """
    data = as_mapping(metadata)
    return {key: parse_quantity(data[key]) for key in PERFORMANCE if data.get(key) is not None}

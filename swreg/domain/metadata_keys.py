"""The keys of `metadata.json` that we know, with their types, and those it never has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from swreg.domain.shape import Timestamp
from swreg.domain.version import Bump, Version

REFUSED = {
    "stage": "the stage is the catalog's; use stage= or swreg registry-promote",
    "status": "SpecWeave's hooks take a metadata.json with a status for an increment's own",
    "schema": "the file's own; leave it out",
    "updated_at": "these facts never change; history says what happened and when",
    "tags": "tags are the catalog's; use tags= or swreg registry-tag",
    "approver": "approvals are the catalog's; use approve_model",
    "approvals": "approvals are the catalog's; use approve_model",
}
"""Keys that metadata never has, and where each belongs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFact:
    """One file of the version: path below its folder, sha256 in hex, size in bytes."""

    path: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GitFact:
    """Where the training code stood: a commit, and whether it had changes beside it."""

    commit: str
    dirty: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Versioning:
    """Why the version has its number; `forced` is the reason given against a refusal."""

    bump: Bump | None = None
    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    forced: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """The facts, typed. Quantities (`Any`) are text such as `35ms`, or a number, as written.

    `metrics` are those given in the nested form; `metrics(metadata)` has all. `metrics_from` is
    the version they were measured on, where the same bytes were released again. `further` has
    the keys that we do not know, metrics such as `rmse` among them.
    """

    name: str | None = None
    version: Version | None = None
    created_at: Timestamp | None = None
    algorithm: str | None = None
    framework: str | None = None
    python_version: str | None = None
    training_date: str | None = None
    training_duration: Any = None
    training_data_size: Any = None
    hyperparameters: Mapping[str, Any] = field(default_factory=dict)
    accuracy: float | None = None
    precision: float | None = None
    recall: float | None = None
    roc_auc: float | None = None
    f1_score: float | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    metrics_from: Version | None = None
    inference_latency_p50: Any = None
    inference_latency_p95: Any = None
    model_size: Any = None
    cpu_usage: Any = None
    memory_usage: Any = None
    increment: str | None = None
    experiment: str | None = None
    training_data_version: str | None = None
    feature_engineering_version: str | None = None
    parent_model: str | None = None
    features: tuple[str, ...] = ()
    num_features: int | None = None
    owner: str | None = None
    git: GitFact | None = None
    files: tuple[FileFact, ...] = ()
    versioning: Versioning | None = None
    further: Mapping[str, Any] = field(default_factory=dict)

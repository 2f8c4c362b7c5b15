from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pandas as pd
import pytest

from swreg.domain.metadata import (
    FileFact,
    GitFact,
    Versioning,
    as_mapping,
    make_metadata,
    metrics,
    performance,
    read_metadata,
    write_metadata,
)
from swreg.domain.version import Version
from swreg.errors import BrokenFile, UsageError

REGISTERED: dict[str, Any] = {
    "algorithm": "XGBoost",
    "accuracy": 0.87,
    "precision": 0.85,
    "recall": 0.62,
    "training_date": "2024-01-15",
    "training_data_version": "v2024-01",
    "hyperparameters": {"n_estimators": 673, "max_depth": 6, "learning_rate": 0.094},
    "features": ["amount_vs_user_average", "days_since_last_purchase"],
    "framework": "xgboost==1.7.0",
    "python_version": "3.10",
    "increment": "0042",
}
TRACKED: dict[str, Any] = {
    "name": "fraud-detection-model",
    "version": "v3.1.0",
    "created_at": "2024-01-15T10:30:00Z",
    "algorithm": "XGBoost",
    "framework": "xgboost==1.7.0",
    "python_version": "3.10",
    "training_duration": "45min",
    "training_data_size": "100k rows",
    "accuracy": 0.87,
    "precision": 0.85,
    "recall": 0.62,
    "roc_auc": 0.92,
    "f1_score": 0.72,
    "inference_latency_p50": "35ms",
    "inference_latency_p95": "80ms",
    "model_size": "12MB",
    "cpu_usage": "0.2 cores",
    "memory_usage": "256MB",
    "increment": "0042-fraud-detection",
    "experiment": "exp-003-xgboost",
    "training_data_version": "v2024-01",
    "feature_engineering_version": "v1",
    "parent_model": "fraud-detection-v3.0.0",
    "features": ["amount_vs_user_average", "days_since_last_purchase", "merchant_risk_score"],
    "num_features": 35,
    "owner": "ada@example.org",
}


def refused(given: object) -> str:
    with pytest.raises(UsageError) as caught:
        make_metadata(given)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("block", [REGISTERED, TRACKED])
def test_the_blocks_of_the_specification_come_back_as_given(block: dict[str, Any]) -> None:
    assert as_mapping(make_metadata(block)) == block
    assert write_metadata(make_metadata(block)) == {"schema": 1, **block}


def test_metrics_and_performance_of_the_specification() -> None:
    facts = make_metadata(TRACKED)
    assert metrics(facts) == {
        "accuracy": 0.87, "precision": 0.85, "recall": 0.62, "roc_auc": 0.92, "f1_score": 0.72,
    }  # fmt: skip
    shown = {key: (one.value, one.dimension) for key, one in performance(facts).items()}
    assert shown == {
        "inference_latency_p50": (0.035, "time"),
        "inference_latency_p95": (0.08, "time"),
        "model_size": (12e6, "size"),
        "cpu_usage": (0.2, "cores"),
        "memory_usage": (256e6, "size"),
    }


def test_nested_and_flat_metrics_are_one_set() -> None:
    facts = make_metadata({"recall": 0.5, "val_rmse": "3", "metrics": {"uplift": 1, "recall": 0.5}})
    assert metrics(facts) == {"recall": 0.5, "val_rmse": 3.0, "uplift": 1.0}
    assert facts.further == {"val_rmse": 3.0}


def test_what_was_not_measured_is_no_metric() -> None:
    facts = make_metadata({"recall": None, "rmse": None, "model_size": None})
    assert metrics(facts) == {}
    assert performance(facts) == {}


def test_a_metric_said_twice_differently_is_refused() -> None:
    line = refused({"recall": 0.5, "metrics": {"recall": 0.6}})
    assert line.startswith("metadata.recall: is 0.5 here and 0.6 in metrics; ")


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("stage", "the stage is the catalog's"),
        ("status", "SpecWeave's hooks"),
        ("tags", "tags are the catalog's"),
        ("approver", "approvals are the catalog's"),
        ("updated_at", "these facts never change"),
    ],
)
def test_what_changes_is_refused_by_name(key: str, reason: str) -> None:
    assert refused({key: "x"}).startswith(f"metadata.{key} is not kept there; {reason}")
    with pytest.raises(BrokenFile, match=f"metadata.json: {key}: {reason}"):
        read_metadata({"schema": 1, key: "x"})


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"accuracy": "high"}, "metadata.accuracy: must be a finite number"),
        ({"accuracy": True}, "metadata.accuracy: must be a finite number"),
        ({"accuracy": float("nan")}, "metadata.accuracy: nan is no finite number"),
        ({"rmse": np.float64("inf")}, "metadata.rmse: inf is no finite number"),
        ({"rmse": "low"}, "metadata.rmse: must be a finite number"),
        ({"metrics": {"uplift": float("-inf")}}, "metadata.metrics.uplift: -inf is no finite"),
        ({"metrics": {"uplift": "x"}}, "metadata.metrics.uplift: must be a finite number"),
        ({"metrics": 3}, "metadata.metrics: must be a mapping"),
        ({"hyperparameters": {"missing": np.nan}}, "metadata.hyperparameters.missing: nan is no"),
        ({"hyperparameters": {"base": object()}}, "hyperparameters.base: a object cannot be kept"),
        ({"python_version": 3.1}, "metadata.python_version: must be text"),
        ({"increment": 42}, "metadata.increment: must be text"),
        ({"version": "new"}, "metadata.version: must be a version like v3.1.0"),
        ({"created_at": "yesterday"}, "metadata.created_at: must be a UTC time"),
        ({"created_at": datetime(2024, 1, 1)}, "metadata.created_at: must be a UTC time"),  # noqa: DTZ001
        ({"features": "amount"}, "metadata.features: must be a list"),
        ({"num_features": 1.5}, "metadata.num_features: must be a whole number"),
        ({"model_size": ["12MB"]}, "metadata.model_size: must be a quantity like '35ms'"),
        ({"cpu_usage": True}, "metadata.cpu_usage: must be a quantity like '35ms'"),
        ({"git": {"dirty": True}}, "metadata.git.commit: is missing"),
        ({"versioning": {"bump": "huge"}}, "metadata.versioning.bump: must be one of"),
        ({"blob": b"x"}, "metadata.blob: a bytes cannot be kept"),
        ({"seed": 2**63}, "metadata.seed: is too large a whole number; write it as text"),
        ({"note": "\ud800"}, "metadata.note: is text that cannot be written as UTF-8"),
        ({3: "x"}, "metadata.metadata: 3 is no key"),
        ({"a": {"b\n": 1}}, "metadata.a: 'b\\n' is no key"),
        ({" ": 1}, "metadata.metadata: ' ' is no key"),
        ([("accuracy", 1)], "metadata must be a mapping"),
    ],
)
def test_wrong_values_are_named_in_one_line(given: object, fault: str) -> None:
    assert fault in refused(given)


def test_all_faults_are_named_at_once() -> None:
    line = refused({"rmse": "x", "recall": "x", "cpu_usage": [], "owner": "ada"})
    assert line.startswith(
        "metadata.rmse: must be a finite number; metadata.cpu_usage: must be a quantity"
    )
    assert "metadata.recall: must be a finite number" in line


def test_endless_nesting_is_refused() -> None:
    deep: dict[str, Any] = {}
    deep["again"] = deep
    assert "is nested more than 16 deep" in refused(deep)


def test_numpy_pandas_and_dates_are_taken_for_what_they_are() -> None:
    facts = make_metadata(
        {
            "accuracy": np.float32(0.5),
            "num_features": np.int64(2),
            "features": pd.Index(["a", "b"]),
            "hyperparameters": {"classes": np.array([1, 2]), "shuffle": np.bool_(True)},  # noqa: FBT003
            "training_date": date(2024, 1, 15),
            "created_at": datetime(2024, 1, 15, 11, 30, tzinfo=timezone(timedelta(hours=1))),
        }
    )
    assert as_mapping(facts) == {
        "accuracy": 0.5,
        "num_features": 2,
        "features": ["a", "b"],
        "hyperparameters": {"classes": [1, 2], "shuffle": True},
        "training_date": "2024-01-15",
        "created_at": "2024-01-15T10:30:00Z",
    }


def test_further_keys_are_kept_even_one_called_further() -> None:
    given = {"further": {"a": None}, "metadata": [1, [2.5, False]], "größe": "ü"}
    assert as_mapping(make_metadata(given)) == given


def test_the_registry_s_own_facts_are_typed() -> None:
    given: Mapping[str, Any] = {
        "files": [{"path": "model.pkl", "sha256": "9f2c", "size": 3}],
        "git": {"commit": "abc", "dirty": True},
        "versioning": {"bump": "minor", "reasons": ["features added: a"], "forced": "agreed"},
        "metrics_from": "3",
    }
    facts = read_metadata({"schema": 1, **given})
    assert facts.files == (FileFact(path="model.pkl", sha256="9f2c", size=3),)
    assert facts.git == GitFact(commit="abc", dirty=True)
    assert facts.versioning == Versioning(
        bump="minor", reasons=("features added: a",), forced="agreed"
    )
    assert facts.metrics_from == Version.parse("v3.0.0")


def test_a_broken_file_is_named_with_its_fault() -> None:
    with pytest.raises(BrokenFile) as caught:
        read_metadata({"schema": 1, "accuracy": "x"}, "m/metadata.json")
    line = "m/metadata.json: accuracy: must be a finite number; restore the file from git"
    assert str(caught.value) == line


def test_an_aware_time_is_kept_to_the_microsecond() -> None:
    facts = make_metadata({"created_at": datetime(2024, 1, 1, 0, 0, 0, 5, tzinfo=UTC)})
    assert facts.created_at == "2024-01-01T00:00:00.000005Z"

"""What may be said of a run, and what is told of it."""

from __future__ import annotations

from typing import Any

import pytest

from swreg.domain.experiment import (
    Logged,
    Note,
    RegisteredAs,
    Run,
    clean_tags,
    facts_for_version,
    folds_of,
    foreign_run,
    metrics_of,
    one_line,
    params_of,
    parse_experiment_name,
    parse_file_name,
    parse_status,
)
from swreg.domain.experiment_text import report
from swreg.domain.metadata_keys import GitFact
from swreg.domain.shape import Timestamp
from swreg.errors import UsageError

AT = Timestamp("2024-01-15T10:30:00Z")
RUN = Run(name="xgb", run="xgb-2", status="completed", increment="0042-fraud")


@pytest.mark.parametrize("name", ["../x", "", ".hidden", "a b", "ü", "a/b", "a" * 101, None, 7])
def test_what_is_no_experiment_name(name: object) -> None:
    with pytest.raises(UsageError, match="is no experiment name; use letters"):
        parse_experiment_name(name)


def test_an_experiment_name_may_have_capitals() -> None:
    assert parse_experiment_name("XGBoost-v1.2_b") == "XGBoost-v1.2_b"


@pytest.mark.parametrize(
    "name", ["", " ", "..", ".hidden", "a/b", "a\\b", "a:b", "a\nb", "a" * 201, None, b"a"]
)
def test_what_is_no_file_name(name: object) -> None:
    with pytest.raises(UsageError, match=r"is no file name; use one name like roc_curve\.png"):
        parse_file_name(name)


def test_a_file_name_is_kept_in_one_form_and_takes_none_of_ours() -> None:
    assert parse_file_name("ku\u0308rzel.txt") == "kürzel.txt"
    with pytest.raises(UsageError, match=r"Metrics\.JSON is a name of swreg's own"):
        parse_file_name("Metrics.JSON")


def test_a_status_is_one_of_four() -> None:
    assert parse_status("failed") == "failed"
    for word in ("Failed", "done", None):
        with pytest.raises(UsageError, match="is no status; use running, completed, failed, canc"):
            parse_status(word)


def raised(call: Any, *arguments: Any) -> str:
    with pytest.raises(UsageError) as caught:
        call(*arguments)
    return str(caught.value)


def test_what_cannot_be_logged_is_named_with_its_key() -> None:
    assert raised(metrics_of, {"a": True, "b": "high", "c": 1}) == (
        "metrics.a: must be a number; metrics.b: must be a number; log numbers such as 0.87"
    )
    assert raised(metrics_of, [1]).startswith("metrics must be a mapping; write")
    assert "params.model" in raised(params_of, {"model": object()})
    assert raised(params_of, {str(n): object() for n in range(9)}).count("params.") == 5


def test_folds_are_two_numbers_or_more() -> None:
    assert folds_of("accuracy", (n / 2 for n in (1, 2))) == (0.5, 1.0)
    assert raised(folds_of, "accuracy", [0.8]) == (
        "accuracy has 1 folds; give one value for each fold"
    )
    assert "metrics.accuracy[1]: must be a number" in raised(folds_of, "accuracy", [0.8, "high"])


def test_an_error_is_one_line_of_bounded_length() -> None:
    assert one_line(KeyError()) == "KeyError"
    assert one_line(ValueError("a\x1b[31m\n  b")) == "ValueError: a\\x1b[31m b"
    assert len(one_line(ValueError("x" * 9999))) == 500


def test_tags_are_lines_each_once() -> None:
    assert clean_tags("fraud") == ("fraud",)
    assert clean_tags(["b", "a", "b"]) == ("b", "a")
    assert "tag" in raised(clean_tags, ["a\nb"])


def test_a_record_of_others_is_read_as_far_as_it_means_one_thing() -> None:
    raw = {"name": "exp", "status": "whatever", "git_commit": "abc", "author": 7, "model": " "}
    run = foreign_run({**raw, "data_version": "v1"}, "exp-1", "0042-fraud")
    assert run == Run(
        name="exp", run="exp-1", status="completed", increment="0042-fraud",
        git=GitFact(commit="abc"), data_version="v1",
    )  # fmt: skip


def test_what_a_run_says_of_a_version_registered_from_it() -> None:
    """Metrics that everybody knows stand at the top, all others below `metrics`."""
    logged = Logged(
        params={"max_depth": 6},
        metrics={"accuracy": 0.87, "inference_latency_p50": 35.0, "rows": 7.0},
        folds={"accuracy": (0.86, 0.88)},
    )
    full = Run(
        name="xgb", run="xgb-2", status="completed", increment="0042-fraud", started_at=AT,
        data_version="v2024-01", git=GitFact(commit="abc"), framework="xgboost==1.7.0",
        python_version="3.10",
    )  # fmt: skip
    assert facts_for_version(full, logged) == {
        "experiment": "xgb-2",
        "training_date": "2024-01-15",
        "training_data_version": "v2024-01",
        "hyperparameters": {"max_depth": 6},
        "metrics": {"rows": 7.0},
        "metrics_folds": {"accuracy": [0.86, 0.88]},
        "git": {"commit": "abc"},
        "framework": "xgboost==1.7.0",
        "python_version": "3.10",
        "accuracy": 0.87,
        "inference_latency_p50": 35.0,
    }
    assert facts_for_version(RUN, Logged()) == {"experiment": "xgb-2"}


def test_the_page_of_a_run_tells_all_of_it() -> None:
    full = Run(
        name="xgb", run="xgb-2", status="failed", increment="0042-fraud", started_at=AT,
        finished_at=AT, error="ValueError: a | b", description="the second", tags=("a", "b"),
        author="Ada", data_version="v2024-01", git=GitFact(commit="abc"),
        model_files=("model.pkl",), artifacts=("roc.png",), notes=(Note(at=AT, text="slow\n"),),
        registered=(RegisteredAs(model="fraud-model", version="v1.0.0"),),
    )  # fmt: skip
    page = report(full, Logged(params={"depth": 6, "kind": "tree", "layers": [1, 2]}))
    lines = page.splitlines()
    for line in (
        "| Status | failed |",
        "| Tags | `a, b` |",
        "| Code | `abc` |",
        "| Registered | `fraud-model v1.0.0` |",
        "| `depth` | `6` |",
        "| `kind` | `tree` |",
        "| `layers` | `[1, 2]` |",
        "`model.pkl`, `roc.png`",
    ):
        assert line in lines
    assert "## Metrics" not in page
    assert "## Notes\n\n- 2024-01-15T10:30:00Z: " in page
    assert all(line.count("|") == 3 or "\\|" in line for line in lines if line.startswith("| "))


def test_the_page_of_a_run_that_only_left_files_behind() -> None:
    left = Run(name="x", run="x", status="running", increment="0042", artifacts=("roc.png",))
    assert report(left, Logged()).endswith("## Files\n\n`roc.png`\n")

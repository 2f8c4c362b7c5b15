"""The runs of an increment side by side, and the page that shows them."""

from __future__ import annotations

from typing import Any

from swreg.domain.experiment import Logged, Run, Status
from swreg.domain.experiment_comparison import ComparedRun, compare_runs

INCREMENT = "0042-fraud"


def run(
    name: str,
    metrics: dict[str, float] | None = None,
    params: dict[str, Any] | None = None,
    status: Status = "completed",
) -> tuple[Run, Logged]:
    record = Run(name=name, run=name, status=status, increment=INCREMENT)
    return record, Logged(metrics=metrics or {}, params=params or {})


def test_a_page_without_runs_says_so() -> None:
    page = str(compare_runs(INCREMENT, []))
    assert page == "# Experiments of `0042-fraud`\n\nThere is no run yet.\n"


def test_a_page_has_a_row_for_each_run_and_marks_the_best() -> None:
    found = [
        run("a", {"recall": 0.6, "rmse": 2.0}, {"depth": 3, "kind": "tree", "seed": 1}),
        run("b", {"recall": 0.7}, {"depth": 5, "kind": "tree", "seed": 1, "note": "x|y"}),
        run("c", {"recall": 0.9}, {"kind": "tree", "seed": 1}, "failed"),
    ]
    assert str(compare_runs(INCREMENT, found)).splitlines() == [
        "# Experiments of `0042-fraud`",
        "",
        "| Run | Status | `recall` | `rmse` | `depth` | `note` |",
        "| --- | --- | --- | --- | --- | --- |",
        "| `a` | completed | `0.6` | **`2.0`** | `3` | - |",
        "| `b` | completed | **`0.7`** | - | `5` | `x\\|y` |",
        "| `c` | failed | `0.9` | - | - | - |",
        "",
        "The best completed run of each metric is in bold.",
    ]


def test_the_best_is_known_only_where_the_better_side_is() -> None:
    found = [run("a", {"zeal": 1.0, "rmse": 2.0}), run("b", {"zeal": 2.0, "rmse": 1.0})]
    assert compare_runs(INCREMENT, found).best == {"rmse": "b"}
    told = compare_runs(INCREMENT, found, directions={"zeal": "higher", "rmse": "higher"})
    assert told.best == {"zeal": "b", "rmse": "a"}


def test_what_no_completed_run_measured_has_no_best() -> None:
    found = [run("a", {"recall": 0.9}, status="cancelled"), run("b", {"rmse": 1.0})]
    assert compare_runs(INCREMENT, found).best == {"rmse": "b"}


def test_of_equals_the_first_is_best() -> None:
    assert compare_runs(INCREMENT, [run(one, {"recall": 0.5}) for one in "ab"]).best == {
        "recall": "a"
    }


def test_what_was_logged_is_kept_as_it_was() -> None:
    found = compare_runs(INCREMENT, [run("a", {"recall": 0.5}, {"layers": [8, 8]})])
    assert found.runs == (
        ComparedRun(
            run="a", status="completed", params={"layers": [8, 8]}, metrics={"recall": 0.5}
        ),
    )
    assert found.params == ()

"""`compare_experiments`: the runs of an increment side by side."""

from __future__ import annotations

from pathlib import Path

from swreg.api.words import open_project
from swreg.domain.experiment_comparison import ExperimentComparison
from swreg.operations.comparing_runs import compare_increment


def compare_experiments(
    increment: str | None = None, path: str | Path | None = None
) -> ExperimentComparison:
    """What each run of an increment set and measured, and which is best by what.

    Without `increment` the active one is meant, in the project of the current folder or of
    `path`. The page is kept in `experiments/comparison.md`; `str()` of the result is its text.
    Raises `NotFound` or `Ambiguous` for the increment, `BrokenFile` for a run that cannot be read.
    """
    return compare_increment(open_project(path), increment)

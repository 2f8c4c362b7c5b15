"""The measuring itself: it counts what it says, and a command that fails is no result."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bench.measure import Case, Figures, Sample, fixed, measure, raw_git, table
from tests.conftest import Repo


def sample(wall: float) -> Sample:
    return Sample(wall=wall, cpu=wall, memory=1)


def test_ratios_are_of_medians_and_one_slow_round_changes_nothing() -> None:
    figures = Figures({"P": [sample(1), sample(1), sample(9)], "x": [sample(3), sample(3)]})
    assert figures.ratio("x", "P") == 3


def test_rounds_are_interleaved_and_the_first_does_not_count(tmp_path: Path) -> None:
    seen: list[str] = []
    cases = [
        Case(
            name=name,
            command=fixed(sys.executable, "-c", "pass"),
            cwd=tmp_path,
            prepare=lambda turn, name=name: seen.append(f"{name}{turn}"),  # type: ignore[misc]
        )
        for name in "ab"
    ]
    figures = measure(cases, rounds=2)
    assert seen == ["a0", "b0", "a1", "b1", "a2", "b2"]
    assert [len(figures.samples[name]) for name in "ab"] == [2, 2]
    assert figures.memory("a") > 1_000_000


def test_a_command_that_fails_ends_the_measurement_with_what_it_said(tmp_path: Path) -> None:
    broken = Case(
        name="broken",
        command=fixed(sys.executable, "-c", "raise SystemExit('no good')"),
        cwd=tmp_path,
    )
    with pytest.raises(SystemExit, match=r"(?s)broken: exit 1.*no good"):
        measure([broken], rounds=1)


def test_the_git_baseline_makes_one_commit_a_round(repo: Repo) -> None:
    repo.git("config", "user.name", "Bench")
    repo.git("config", "user.email", "bench@example.org")
    measure([raw_git(repo.path)], rounds=2)
    assert len(repo.git("rev-list", "HEAD").splitlines()) == 1 + 3


def test_a_table_is_markdown_with_figures_to_the_right() -> None:
    assert table([["", "ms"], ["P", "12"]]) == "|  | ms |\n| --- | ---: |\n| P | 12 |"

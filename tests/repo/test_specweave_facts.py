"""What is read from SpecWeave's own files: the status of increments, and which one is active."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from swreg.errors import UsageError
from swreg.operations.project import Project
from swreg.storage.source import Worktree
from swreg.storage.specweave import IncrementStatus, increment_facts, status_word
from tests.conftest import INCREMENT, Repo

TOP = ".specweave/increments"


def add(repo: Repo, name: str, status: str) -> None:
    repo.write(f"{TOP}/{name}/metadata.json", json.dumps({"id": name, "status": status}))


def active(repo: Repo, state: object) -> str:
    repo.write(".specweave/state/active-increment.json", json.dumps(state))
    return Project.open(repo.path).increment(None)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("planning", "planning"), ("planned", "planning"), ("active", "active"),
        ("in-progress", "active"), ("in_progress", "active"), ("resumed", "active"),
        ("backlog", "backlog"), ("paused", "paused"), ("ready_for_review", "ready_for_review"),
        ("ready-for-review", "ready_for_review"), ("completed", "completed"),
        (" COMPLETED ", "completed"), ("closed", "completed"), ("abandoned", "abandoned"),
        ("", "unknown"), ("unknown", "unknown"), ("complet", "unknown"),
    ],
)  # fmt: skip
def test_every_wild_spelling_means_one_of_seven(word: str, status: str) -> None:
    assert status_word(word) is IncrementStatus(status)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (None, "no metadata.json"),
        ("", "no JSON object"),
        ("[" * 100_000, "no JSON object"),
        ('"completed"', "no JSON object"),
        ("{}", "no status"),
        ('{"status": ["completed"]}', "no status"),
        ('{"status": "\\u001b[31m"}', "\\x1b"),
    ],
)
def test_a_file_that_says_nothing_is_a_fault_and_never_a_guess(
    tmp_path: Path, text: str | None, fault: str
) -> None:
    if text is not None:
        (tmp_path / "metadata.json").write_text(text)
    (facts,) = increment_facts(Worktree(tmp_path.parent), [tmp_path.name])
    assert facts.status is IncrementStatus.UNKNOWN
    assert fault in str(facts.fault)


def test_the_active_increment_is_the_one_that_specweave_names(repo: Repo) -> None:
    add(repo, "0043-churn", "active")
    assert active(repo, {"ids": ["0043-churn"]}) == f"{TOP}/0043-churn"
    assert active(repo, {"id": INCREMENT}) == f"{TOP}/{INCREMENT}"


def test_a_cache_that_names_nothing_gives_way_to_the_status(repo: Repo) -> None:
    add(repo, "0043-churn", "completed")
    states: list[object] = [{"ids": []}, {"ids": ["0099-gone"]}, {"ids": "x"}, [], {"id": 7}]
    for state in states:
        assert active(repo, state) == f"{TOP}/{INCREMENT}"
    repo.write(".specweave/state/active-increment.json", "{")
    assert Project.open(repo.path).increment(None) == f"{TOP}/{INCREMENT}"


def test_several_active_increments_are_named_and_not_guessed(repo: Repo) -> None:
    add(repo, "0043-churn", "active")
    add(repo, "0044-old", "completed")
    with pytest.raises(UsageError, match=f"one of: {INCREMENT}, 0043-churn$"):
        active(repo, {"ids": [INCREMENT, "0043-churn"]})


def test_the_only_increment_is_meant_whatever_its_status(repo: Repo) -> None:
    add(repo, INCREMENT, "completed")
    assert Project.open(repo.path).increment(None) == f"{TOP}/{INCREMENT}"


def test_a_bare_repository_has_its_state_in_the_commit(repo: Repo, tmp_path: Path) -> None:
    add(repo, "0043-churn", "active")
    repo.write(".specweave/state/active-increment.json", '{"ids": ["0043-churn"]}')
    repo.commit("feat: churn")
    repo.git("clone", "--quiet", "--bare", str(repo.path), str(tmp_path / "bare.git"))
    assert Project.open(tmp_path / "bare.git").increment(None) == f"{TOP}/0043-churn"


@pytest.mark.specweave
def test_a_project_of_specweave_itself(specweave_repo: Repo) -> None:
    project = Project.open(specweave_repo.path)
    (facts,) = increment_facts(project.files, project.increments())
    assert (facts.name, facts.status) == (INCREMENT, IncrementStatus.PLANNING)
    assert project.increment(None) == facts.home

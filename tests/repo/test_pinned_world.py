"""The tests' own ground: fixtures are what they say, and nothing reaches the person's HOME."""

from __future__ import annotations

import os
from pathlib import Path

from tests.conftest import REAL_HOME, Repo


def test_the_repository_is_clean_committed_and_on_main(repo: Repo) -> None:
    assert repo.status() == ""
    assert repo.git("branch", "--show-current") == "main"
    assert (
        repo.git("log", "--format=%an <%ae>|%cn") == "Ada Lovelace <ada@example.org>|Ada Lovelace"
    )
    assert (repo.increment / "metadata.json").is_file()


def test_one_test_may_change_it(repo: Repo) -> None:
    repo.write("note.txt", "mine\n")
    repo.commit("docs: a note", "note.txt")
    assert len(repo.git("rev-list", "HEAD").splitlines()) == 2


def test_and_the_next_sees_nothing_of_that(repo: Repo) -> None:
    assert len(repo.git("rev-list", "HEAD").splitlines()) == 1


def test_home_and_git_configuration_are_the_tests_own(repo: Repo) -> None:
    assert Path.home() != REAL_HOME
    assert Path(os.environ["GIT_CONFIG_GLOBAL"]).parent == Path.home()
    origins = repo.git("config", "--list", "--show-origin", "--name-only").splitlines()
    assert {line.split("\t")[0] for line in origins} == {
        f"file:{os.environ['GIT_CONFIG_GLOBAL']}",
        "file:.git/config",
    }

"""Pushing a change where others pushed first, and what a person is told where it cannot be."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from swreg.operations.outcome import Outcome
from swreg.operations.transaction import WriteOptions
from tests.acts import bring, enter, opened, require_consistent
from tests.conftest import Repo

PUSH = WriteOptions(push=True)


@pytest.fixture
def two(repo: Repo, tmp_path: Path) -> tuple[Repo, Repo]:
    """Two clones of one remote, each with two versions in dev."""
    project = opened(repo.path)
    enter(project, "v1.0.0")
    enter(project, "v1.1.0")
    bare, other = tmp_path / "remote.git", tmp_path / "other"
    repo.git("clone", "--quiet", "--bare", ".", str(bare))
    repo.git("remote", "add", "origin", str(bare))
    repo.git("fetch", "--quiet", "origin")
    repo.git("clone", "--quiet", str(bare), str(other))
    return repo, Repo(other)


def said(outcome: Outcome[object]) -> str:
    assert outcome.exit_code == 7
    return str(outcome.refusal)


def test_the_decision_is_made_anew_on_what_others_pushed(two: tuple[Repo, Repo]) -> None:
    here, there = two
    bring(opened(there.path), "v1.0.0", "staging", options=PUSH)
    outcome = bring(opened(here.path), "v1.1.0", "staging", options=PUSH)
    assert (outcome.exit_code, outcome.commit) == (0, here.head)
    assert here.git("ls-remote", "origin", "main").split()[0] == here.head
    require_consistent(here.path)


def test_the_very_same_commit_of_another_is_ours_arrived(
    two: tuple[Repo, Repo], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One person, two clones, one second: both commits are one, and more came after it."""
    monkeypatch.setenv("GIT_COMMITTER_DATE", "1705759200 +0000")
    monkeypatch.setenv("GIT_AUTHOR_DATE", "1705759200 +0000")
    here, there = two
    bring(opened(there.path), "v1.0.0", "staging", options=PUSH)
    bring(opened(there.path), "v1.0.0", "production", options=PUSH)
    outcome = bring(opened(here.path), "v1.0.0", "staging", options=PUSH)
    assert (outcome.exit_code, outcome.commit) == (0, there.git("rev-parse", "HEAD^"))


def test_a_hooks_refusal_is_told_in_its_own_words(two: tuple[Repo, Repo], tmp_path: Path) -> None:
    hook = tmp_path / "remote.git" / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho no pushes on Fridays >&2\nexit 1\n", encoding="utf-8")
    hook.chmod(0o755)
    here, _ = two
    words = said(bring(opened(here.path), "v1.0.0", "staging", options=PUSH))
    assert words == (
        f"committed as {here.head[:12]}, but not pushed: pre-receive hook declined / "
        "remote: no pushes on Fridays; mend the cause, then run git push"
    )


@pytest.mark.parametrize("branch", [None, "registry/it's"])
def test_the_way_back_after_a_refusal_keeps_the_users_staging(
    two: tuple[Repo, Repo], branch: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both promote the same version, so ours has nothing left to promote from."""
    here, there = two
    options = WriteOptions(push=True, branch=branch)
    bring(opened(there.path), "v1.0.0", "staging", options=options)
    bring(opened(there.path), "v1.0.0", "production", options=options)
    monkeypatch.setenv("GIT_COMMITTER_NAME", "Grace Hopper")
    here.write("README.md", "staged\n")
    here.write("new.txt", "staged\n")
    here.git("add", ".")
    here.write("README.md", "staged, then edited\n")
    before = here.status()
    words = said(bring(opened(here.path), "v1.0.0", "staging", options=options))
    assert "the remote moved on" in words
    command = words.split("; ", 1)[1].partition(" takes the local commit back")[0]
    assert here.status() == before
    here.git(*shlex.split(command)[1:])
    name = branch or "main"
    assert here.git("rev-parse", name) == there.git("rev-parse", name)
    assert here.status() == before
    assert here.git("show", ":README.md") == "staged"
    assert (here.path / "README.md").read_text(encoding="utf-8") == "staged, then edited\n"

"""Pushing a change where others pushed first, and what a person is told where it cannot be."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from swreg.domain.version import Version
from swreg.operations.approve import approve
from swreg.operations.describing import info
from swreg.operations.listing import list_versions
from swreg.operations.outcome import Outcome
from swreg.operations.register import register
from swreg.operations.retire import archive, deprecate, tag
from swreg.operations.syncing import sync_docs
from swreg.operations.transaction import WriteOptions
from swreg.operations.verifying import verify
from swreg.storage.git import Git
from tests.acts import MODEL, bring, enter, opened, ref, require_consistent, state
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


def unsent(repo: Repo) -> list[str]:
    return [str(one.version) for one in list_versions(opened(repo.path)).data if one.unpushed]


def test_what_is_not_pushed_is_marked(two: tuple[Repo, Repo]) -> None:
    here, there = two
    enter(opened(here.path), "v2.0.0")
    enter(opened(there.path), "v3.0.0")
    bring(opened(here.path), "v1.0.0", "staging")
    # `here` has only a remote of that name, `there` an upstream that is configured.
    assert unsent(here) == ["v2.0.0", "v1.0.0"]
    assert unsent(there) == ["v3.0.0"]
    about = info(opened(here.path), ref("v2.0.0")).data
    assert about.version.unpushed
    assert [str(one.version) for one in about.versions if not one.unpushed] == ["v1.1.0"]
    there.git("pack-refs", "--all")
    there.git("push", "--quiet")
    here.git("fetch", "--quiet")
    assert unsent(there) == []
    assert unsent(here) == ["v2.0.0", "v1.0.0"]
    here.git("reset", "--quiet", "--hard", "HEAD~2")
    assert unsent(here) == []


def test_without_a_remote_git_is_not_asked_what_is_pushed(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(opened(repo.path), "v1.0.0")
    asked: list[str] = []
    run = Git.run

    def noting(git: Git, *words: str, **more: object) -> object:
        asked.append(words[0])
        return run(git, *words, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Git, "run", noting)
    assert unsent(repo) == []
    assert "merge-base" not in asked


def add(repo: Repo, version: str) -> None:
    """Register a version with everything that belongs to it, from a file outside."""
    artifact = repo.path.parent / "model.bin"
    artifact.write_text(version)
    register(opened(repo.path), MODEL, artifact=artifact, version=version)


def remote_has(repo: Repo) -> bool:
    return repo.git("ls-remote", "origin", "main").split()[0] == repo.head


def test_every_commit_that_was_not_pushed_is_decided_anew(two: tuple[Repo, Repo]) -> None:
    here, there = two
    bring(opened(there.path), "v1.0.0", "staging", options=PUSH)
    project = opened(here.path)
    add(here, "v2.0.0")
    tag(project, ref("v1.1.0"), add=("good",), reason="it is")
    bring(project, "v1.1.0", "staging")
    bring(project, "v1.1.0", "production")
    sync_docs(project)
    archive(project, ref("v1.0.0"), reason="old")
    outcome = deprecate(project, ref("v1.0.0"), reason="old", options=PUSH)
    assert (outcome.exit_code, outcome.commit) == (0, here.head), outcome.refusal
    assert remote_has(here)
    assert here.git("rev-list", "--count", "--first-parent", f"{there.head}..HEAD") == "7"
    require_consistent(here.path)
    assert here.status() == ""
    (model,) = state(here.path).values()
    assert {str(stage): str(version) for stage, version in model.stages.items()} == {
        "production": "v1.1.0"
    }
    assert model.versions[Version.parse("v1.1.0")].tags == ("good",)
    assert verify(opened(here.path), ref("v2.0.0")).exit_code == 0


def test_what_others_did_as_well_is_dropped(
    two: tuple[Repo, Repo], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = two
    bring(opened(there.path), "v1.0.0", "staging", options=PUSH)
    monkeypatch.setenv("GIT_COMMITTER_NAME", "Grace Hopper")
    outcome = bring(opened(here.path), "v1.0.0", "staging", options=PUSH)
    assert (outcome.exit_code, outcome.commit, outcome.records) == (0, None, ())
    assert outcome.warnings == (
        f"others have done it already: promote {MODEL} v1.0.0 dev -> staging",
    )
    assert here.head == there.head
    assert here.status() == ""


def test_what_others_did_as_well_is_dropped_from_among_several(
    two: tuple[Repo, Repo], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = two
    bring(opened(there.path), "v1.0.0", "staging", options=PUSH)
    monkeypatch.setenv("GIT_COMMITTER_NAME", "Grace Hopper")
    bring(opened(here.path), "v1.0.0", "staging")
    outcome = bring(opened(here.path), "v1.0.0", "production", options=PUSH)
    assert (outcome.exit_code, outcome.commit) == (0, here.head)
    assert any("others have done it already" in line for line in outcome.warnings)
    assert here.git("rev-parse", "HEAD^") == there.head
    assert remote_has(here)
    require_consistent(here.path)


def test_the_users_own_commit_between_is_theirs_to_rebase(two: tuple[Repo, Repo]) -> None:
    here, there = two
    bring(opened(there.path), "v1.0.0", "staging", options=PUSH)
    here.write("mine.txt", "mine\n")
    mine = here.commit("feat: mine", "mine.txt")
    words = said(bring(opened(here.path), "v1.1.0", "staging", options=PUSH))
    assert (
        f"your own commit {mine[:12]} feat: mine is not pushed either; run git pull --rebase"
        in words
    )
    assert here.git("rev-parse", "HEAD^") == mine


def test_an_earlier_commit_that_cannot_follow_is_named(two: tuple[Repo, Repo]) -> None:
    here, there = two
    enter(opened(there.path), "v2.0.0", options=PUSH)
    project = opened(here.path)
    enter(project, "v1.2.0")
    before = here.head
    words = said(bring(project, "v1.1.0", "staging", options=PUSH))
    assert "others have registered versions of fraud-detection-model" in words
    assert "takes the 2 local commits back; register it anew" in words
    assert here.git("rev-parse", "HEAD^") == before


def test_acts_that_say_more_than_their_record_are_pushed_by_hand(two: tuple[Repo, Repo]) -> None:
    here, there = two
    bring(opened(there.path), "v1.0.0", "staging", options=PUSH)
    project = opened(here.path)
    approve(project, ref("v1.1.0"), comment="fine")
    words = said(bring(project, "v1.1.0", "staging", options=PUSH))
    assert "approve fraud-detection-model v1.1.0 for production is an act that cannot be" in words
    assert "run git pull --rebase and git push" in words


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


def test_a_sparse_checkout_stays_sparse(two: tuple[Repo, Repo]) -> None:
    here, there = two
    there.write("docs/old.md", "one\n")
    there.commit("docs: a page", "docs/old.md")
    there.git("push", "--quiet")
    here.git("pull", "--quiet", "origin", "main")
    here.git("sparse-checkout", "set", ".specweave")
    there.write("docs/old.md", "two\n")
    there.write("src/new.py", "pass\n")
    there.commit("feat: outside", "docs/old.md", "src/new.py")
    there.git("push", "--quiet")
    outcome = bring(opened(here.path), "v1.0.0", "staging", options=PUSH)
    assert (outcome.exit_code, outcome.commit, outcome.warnings) == (0, here.head, ())
    assert here.status() == ""
    assert not (here.path / "docs").exists()
    assert not (here.path / "src").exists()
    require_consistent(here.path)

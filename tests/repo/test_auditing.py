"""The audit of real repositories: what git moved about, who asks, and what is no change."""

from __future__ import annotations

import pytest

from swreg.domain.audit import AuditReport
from swreg.domain.names import parse_reference
from swreg.domain.stage import Stage
from swreg.operations.auditing import audit
from swreg.operations.project import Project
from swreg.operations.retire import tag
from swreg.operations.setup import init
from tests.conftest import INCREMENT, Repo
from tests.registered import NAME, add

HOME = f".specweave/increments/{INCREMENT}"


def report(repo: Repo, name: str | None = None) -> AuditReport:
    return audit(Project.open(repo.path), name).data


def archive(repo: Repo) -> None:
    """What SpecWeave does with an increment that is done."""
    (repo.path / ".specweave/increments/_archive").mkdir()
    repo.git("mv", HOME, f".specweave/increments/_archive/{INCREMENT}")
    repo.git("commit", "--quiet", "--message", "chore: archive")


@pytest.fixture
def live(repo: Repo) -> Repo:
    init(repo.path)
    add(repo.path, "v1.0.0", Stage.PRODUCTION)
    return repo


def test_an_archived_increment_loses_nothing(live: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2099-01-20T10:00:00Z")
    before = report(live)
    assert [one.model for one in before.deployments] == [NAME]
    assert before.integrity == ()
    archive(live)
    after = report(live)
    assert (after.deployments, after.events) == (before.deployments, before.events)
    assert after.integrity == ()
    add(live.path, "v2.0.0", Stage.PRODUCTION)
    assert [str(one.version) for one in report(live, NAME).deployments] == ["v1.0.0", "v2.0.0"]


@pytest.mark.parametrize("moved", [False, True])
def test_a_silent_change_of_the_registry_is_told_and_others_are_not(
    live: Repo, moved: bool
) -> None:
    live.write(f"{HOME}/spec.md", "# Other words\n")
    live.commit("docs: the specification")
    assert report(live).integrity == ()
    model = f"{HOME}/models/fraud-detection-v1.0.0/model.bin"
    live.write(model, "other bytes")
    hand = live.commit("fix: a typo")
    live.write(".specweave/model-registry.yaml", "schema: 1\n")
    rules = live.commit("chore: no rules")
    if moved:
        archive(live)
    told = report(live).integrity
    assert [(one.id, one.where) for one in told if one.id == "SWR309"] == [
        ("SWR309", hand), ("SWR309", rules),
    ]  # fmt: skip
    # The bytes that were changed by hand are told as well.
    assert {one.id for one in told} == {"SWR309", "SWR311"}


def test_a_move_that_changes_bytes_as_well_is_told(live: Repo) -> None:
    archive(live)
    live.write(f".specweave/increments/_archive/{INCREMENT}/models/more.bin", "more")
    live.git("add", ".")
    live.git("commit", "--quiet", "--amend", "--no-edit")
    assert [(one.id, one.where) for one in report(live).integrity] == [("SWR309", live.head)]


def test_an_auditor_needs_no_identity(live: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL", "GIT_AUTHOR_NAME", "EMAIL"):
        monkeypatch.delenv(name, raising=False)
    live.git("config", "user.useConfigOnly", "true")
    live.git("config", "--global", "--unset", "user.name")
    live.git("config", "--global", "--unset", "user.email")
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2099-01-20T10:00:00Z")
    (stay,) = report(live).deployments
    assert stay.seconds > 70 * 365 * 24 * 3600


def dated(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_DATE", text)


def test_branches_that_were_merged_are_no_clock_that_ran_backwards(
    live: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(live.path, "v1.1.0")
    live.git("switch", "--quiet", "--create", "side")
    dated(monkeypatch, "2037-01-01T10:00:00Z")
    tag(Project.open(live.path), parse_reference(NAME, "v1.0.0"), add=("side",))
    live.git("switch", "--quiet", "main")
    live.write("notes.txt", "work that is none of the registry's")
    dated(monkeypatch, "2037-01-02T10:00:00Z")
    live.commit("docs: notes")
    live.git("switch", "--quiet", "--create", "other")
    dated(monkeypatch, "2037-01-03T10:00:00Z")
    tag(Project.open(live.path), parse_reference(NAME, "v1.1.0"), add=("other",))
    live.git("switch", "--quiet", "main")
    dated(monkeypatch, "2037-01-04T10:00:00Z")
    live.git("merge", "--quiet", "--no-edit", "other")
    live.git("merge", "--quiet", "--no-edit", "side")
    assert "SWR307" not in {one.id for one in report(live).integrity}
    dated(monkeypatch, "2036-01-01T10:00:00Z")
    tag(Project.open(live.path), parse_reference(NAME, "v1.0.0"), add=("back",))
    assert "SWR307" in {one.id for one in report(live).integrity}

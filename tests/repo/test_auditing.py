"""The audit of real repositories: what git moved about, who asks, and what is no change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from swreg.api.registry import ModelRegistry
from swreg.domain.audit import AuditReport
from swreg.domain.names import parse_reference
from swreg.domain.stage import Stage
from swreg.errors import NotFound, UsageError
from swreg.operations.approve import requests
from swreg.operations.auditing import audit
from swreg.operations.comparing import compare_versions
from swreg.operations.describing import info
from swreg.operations.history import history
from swreg.operations.lineage import lineage
from swreg.operations.listing import list_versions
from swreg.operations.outcome import Outcome
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


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("2099-01-01", None, "2099-01-01 is still to come, so nothing has happened since"),
        ("2099-01-01", "2099-02-01", "2099-01-01 is still to come"),
        (None, "2099-01-01", "2099-01-01 is still to come; the report tells"),
        (None, "1999-12-31", "so nothing is known of the time to 1999-12-31"),
        ("1999-01-01", None, None),
        (None, None, None),
    ],
)
def test_a_time_that_no_evidence_is_of_is_told(
    live: Repo, start: str | None, end: str | None, said: str | None
) -> None:
    told = audit(Project.open(live.path), start=start, end=end).warnings
    assert len(told) == (said is not None)
    assert said is None or said in told[0]


@pytest.mark.parametrize("bad", ["2024-13-01", "yesterday", "2024", ""])
def test_a_bound_that_is_no_date_is_refused(live: Repo, bad: str) -> None:
    with pytest.raises(UsageError, match="is no date"):
        audit(Project.open(live.path), start=bad)


def test_answers_as_of_a_day_to_come_say_so_and_before_the_history_there_is_none(
    live: Repo,
) -> None:
    add(live.path, "v1.1.0")
    project, name = Project.open(live.path), parse_reference(NAME)
    old, new = (parse_reference(NAME, version) for version in ("v1.0.0", "v1.1.0"))
    reads: list[Callable[[str], Outcome[Any]]] = [
        lambda at: list_versions(project, at=at),
        lambda at: info(project, name, at=at),
        lambda at: compare_versions(project, old, new, at=at),
        lambda at: lineage(project, name, at=at),
        lambda at: history(project, NAME, at=at),
        lambda at: audit(project, NAME, at=at),
        lambda at: requests(project, at=at),
    ]
    for read in reads:
        assert read("2099-01-01").warnings == (
            "2099-01-01 is still to come; this answer is what HEAD says",
        )
        with pytest.raises(NotFound, match="the history begins after 1999-01-01"):
            read("1999-01-01")


def test_loading_as_of_a_day_to_come_says_so(live: Repo) -> None:
    registry = ModelRegistry(path=live.path)
    registry.register_model("plain-model", model={"a": 1}, stage="dev")
    registry.promote_model("plain-model", "v1.0.0", to_stage="staging")
    registry.promote_model("plain-model", "v1.0.0")
    with pytest.warns(UserWarning, match="2099-01-01 is still to come"):
        assert registry.get_model_by_date("plain-model", "2099-01-01") == {"a": 1}

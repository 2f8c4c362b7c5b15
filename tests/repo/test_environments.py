"""Environments: folders, other branches and other repositories, with copies from one to the next."""

from __future__ import annotations

from pathlib import Path

import pytest

from swreg.domain.events import CopiedEvent
from swreg.domain.stage import Stage
from swreg.domain.version import Version
from swreg.errors import (
    AlreadyExists,
    EnvironmentFault,
    Held,
    IntegrityError,
    NotFound,
    PolicyRefused,
    UsageError,
)
from swreg.operations.copying import copy_to_environment
from swreg.operations.environments import compare_environments, environments, place_of
from swreg.operations.fetching import get
from swreg.operations.listing import list_versions
from swreg.operations.project import Project, reference
from swreg.operations.promote import promote
from swreg.operations.rollback import rollback
from swreg.operations.transaction import WriteOptions
from swreg.storage.mirror import redacted
from tests.conftest import Repo
from tests.repo.branches import NAME, add, bring, git, project, registered

POLICY = ".specweave/model-registry.yaml"
V2 = reference("fraud-detection-v2.0.0")


@pytest.fixture
def prepared(repo: Repo) -> Repo:
    registered(repo)
    return repo


def configure(repo: Repo, text: str) -> None:
    repo.write(POLICY, text)
    repo.commit("chore: environments", POLICY)


def staged(repo: Repo, name: str = "staging") -> Project:
    return place_of(project(repo), name).project


def test_a_version_arrives_in_dev_with_its_files(prepared: Repo, tmp_path: Path) -> None:
    source = prepared.head
    outcome = copy_to_environment(project(prepared), V2, target_env="staging", reason="to test")
    assert prepared.status() == ""
    assert outcome.data.fresh
    (record,) = outcome.records
    event = record.event
    assert isinstance(event, CopiedEvent)
    assert (event.source, event.source_commit, event.reason) == ("increments", source, "to test")
    assert event.increment == "0042-fraud-detection"
    there = project(prepared).in_environment("staging")
    found = there.find(V2)
    assert (found.home, found.stage) == (".specweave/environments/staging", Stage.DEV)
    assert found.entry.artifact.digest == project(prepared).find(V2).entry.artifact.digest
    get(there, V2, output=tmp_path / "out")
    folder = ".specweave/environments/staging/models/fraud-detection-v2.0.0"
    assert (prepared.path / folder / "metadata.json").is_file()
    assert "fraud-detection-v2.0.0" in (
        prepared.path / ".specweave/environments/staging/registry/lineage_graph.json"
    ).read_text(encoding="utf-8")
    # The registry of the increments is as it was, and the new one has a life of its own.
    assert outcome.data.environment == "staging"
    promote(there, V2, to=Stage.STAGING)
    promote(there, V2, to=Stage.PRODUCTION)
    assert str(project(prepared).find(reference(NAME, "production")).version) == "v1.0.0"
    rows = list_versions(staged(prepared)).data
    assert [(str(row.version), row.stage) for row in rows] == [("v2.0.0", Stage.PRODUCTION)]


def test_copying_again_changes_nothing(prepared: Repo) -> None:
    copy_to_environment(project(prepared), V2, target_env="staging")
    before = prepared.head
    outcome = copy_to_environment(project(prepared), V2, target_env="staging")
    assert (outcome.commit, prepared.head, outcome.data.fresh) == (None, before, False)
    assert "already, with the same bytes" in outcome.warnings[0]


def test_from_one_environment_to_the_next_and_back(prepared: Repo) -> None:
    copy_to_environment(project(prepared), V2, target_env="staging")
    there = project(prepared).in_environment("staging")
    copy_to_environment(there, V2, target_env="production")
    outcome = copy_to_environment(
        project(prepared), V2, source_env="production", target_env="increments"
    )
    assert not outcome.data.fresh
    assert environments(project(prepared)) == ["production", "staging"]
    (record,) = copy_to_environment(
        project(prepared), V2, source_env="staging", target_env="third"
    ).records
    assert isinstance(record.event, CopiedEvent)
    assert record.event.source == "staging"
    with pytest.raises(UsageError, match="staging is where it is"):
        copy_to_environment(there, V2, target_env="staging")
    with pytest.raises(UsageError, match="environment name"):
        copy_to_environment(there, V2, target_env="../x")


def test_approvals_are_judged_where_it_is_promoted(prepared: Repo) -> None:
    configure(
        prepared,
        "stages: {production: {approval: {required: true, approvers: [grace@example.org]}}}\n",
    )
    copy_to_environment(project(prepared), V2, target_env="staging")
    there = project(prepared).in_environment("staging")
    promote(there, V2, to=Stage.STAGING)
    outcome = promote(there, V2, to=Stage.PRODUCTION)
    assert isinstance(outcome.refusal, PolicyRefused)
    assert there.in_environment("staging").find(V2).stage is Stage.STAGING


def test_what_may_not_be_copied(prepared: Repo) -> None:
    copy_to_environment(project(prepared), V2, target_env="staging")
    with pytest.raises(NotFound):
        copy_to_environment(project(prepared), reference(NAME, "v9"), target_env="staging")
    bring(prepared, "v3.0.0", Stage.STAGING, Stage.PRODUCTION)
    rollback(project(prepared), reference(NAME), reason="wrong")
    with pytest.raises(Held):
        copy_to_environment(project(prepared), reference(NAME, "v3.0.0"), target_env="staging")


def test_other_bytes_under_the_number_are_refused(prepared: Repo, tmp_path: Path) -> None:
    from swreg.operations.register import register

    file = tmp_path / "other.bin"
    file.write_text("other bytes", encoding="utf-8")
    there = project(prepared).in_environment("staging")
    register(there, NAME, artifact=file, version="v2.0.0")
    before = prepared.head
    with pytest.raises(AlreadyExists, match="registered there with other files"):
        copy_to_environment(project(prepared), V2, target_env="staging")
    assert prepared.head == before
    found = compare_environments(project(prepared), "increments", "staging").data
    (difference,) = found.differences
    assert [str(one) for one in difference.other_bytes] == ["v2.0.0"]


def test_files_that_are_not_the_registered_ones_are_refused(prepared: Repo) -> None:
    folder = prepared.increment / "models" / "fraud-detection-v2.0.0"
    (folder / "fraud-detection-model-v2.0.0.bin").write_text("swapped", encoding="utf-8")
    prepared.commit("feat: innocent")
    before = prepared.head
    with pytest.raises(IntegrityError, match="not the ones that were registered"):
        copy_to_environment(project(prepared), V2, target_env="staging")
    assert (prepared.head, prepared.status()) == (before, "")


def test_two_environments_compared(prepared: Repo) -> None:
    copy_to_environment(project(prepared), reference(NAME, "v1.0.0"), target_env="staging")
    add(prepared, "v1.0.0", name="churn-model")
    data = compare_environments(project(prepared), "increments", "staging").data
    (churn, fraud) = data.differences
    assert (churn.model, fraud.model) == ("churn-model", NAME)
    assert fraud.stages["production"] == (Version.parse("v1"), None)
    assert [str(one) for one in fraud.missing_b] == ["v2.0.0", "v3.0.0"]
    assert fraud.missing_a == ()
    same = compare_environments(project(prepared), "staging", "staging").data
    assert (same.differences, same.same) == ((), (NAME,))
    with pytest.raises(NotFound, match="there are: increments, staging"):
        compare_environments(project(prepared), "staging", "stagin")


def test_an_environment_on_another_branch(prepared: Repo) -> None:
    configure(prepared, "environments: {staging: {branch: env/staging}}\n")
    before = prepared.head
    copy_to_environment(project(prepared), V2, target_env="staging")
    assert (prepared.head, prepared.status()) == (before, "")
    tree = prepared.git("ls-tree", "-r", "--name-only", "env/staging")
    assert ".specweave/environments/staging/registry/model_catalog.yaml" in tree
    rows = list_versions(staged(prepared)).data
    assert [str(row.version) for row in rows] == ["v2.0.0"]
    assert not copy_to_environment(project(prepared), V2, target_env="staging").data.fresh


class Elsewhere:
    """A bare repository of another team, and a project that keeps its environment there."""

    def __init__(self, repo: Repo, path: Path) -> None:
        self.repo, self.path = repo, path
        repo.git("init", "--quiet", "--bare", "--initial-branch=main", str(path))
        configure(repo, f"environments: {{production: {{repository: ../{path.name}}}}}\n")

    def head(self) -> str:
        return git(Repo(self.path), "rev-parse", "main").stdout.strip()

    def copy(self, version: str = "v2.0.0") -> bool:
        outcome = copy_to_environment(
            project(self.repo), reference(NAME, version), target_env="production"
        )
        return outcome.data.fresh


@pytest.fixture
def elsewhere(prepared: Repo) -> Elsewhere:
    return Elsewhere(prepared, prepared.path.parent / "production.git")


def test_into_another_repository(elsewhere: Elsewhere, tmp_path: Path) -> None:
    before = elsewhere.repo.head
    assert elsewhere.copy()
    assert (elsewhere.repo.head, elsewhere.repo.status()) == (before, "")
    there = staged(elsewhere.repo, "production")
    assert there.tip == elsewhere.head()
    get(there, V2, output=tmp_path / "out")
    assert not elsewhere.copy()
    assert elsewhere.copy("v3.0.0")
    assert len(list_versions(staged(elsewhere.repo, "production"), all_versions=True).data) == 2
    message = git(Repo(elsewhere.path), "log", "-1", "--format=%B%an <%ae>", "main").stdout
    assert f"Swreg-Source-Commit: {before}" in message
    assert "Ada Lovelace <ada@example.org>" in message
    compared = compare_environments(project(elsewhere.repo), "increments", "production").data
    assert [str(one) for one in compared.differences[0].missing_b] == ["v1.0.0"]


def test_a_push_that_is_refused_can_be_repeated(elsewhere: Elsewhere) -> None:
    """Half-way: the commit exists in our mirror, and the other repository never got it."""
    elsewhere.copy("v1.0.0")
    before = elsewhere.head()
    hook = elsewhere.path / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho 'frozen for the release' >&2\nexit 1\n", encoding="utf-8")
    hook.chmod(0o755)
    for _ in range(2):
        with pytest.raises(EnvironmentFault, match="run the command again") as caught:
            elsewhere.copy()
        assert "frozen for the release" in str(caught.value)
        assert elsewhere.head() == before
    hook.unlink()
    assert elsewhere.copy()
    assert git(Repo(elsewhere.path), "rev-list", "--count", "main").stdout.strip() == "2"


def test_others_push_there_meanwhile(elsewhere: Elsewhere, tmp_path: Path) -> None:
    elsewhere.copy("v1.0.0")
    other = Repo(tmp_path / "clone")
    git(elsewhere.repo, "clone", "--quiet", str(elsewhere.path), str(other.path))
    other.write("theirs.txt", "x\n")
    other.commit("feat: theirs")
    other.git("push", "--quiet")
    assert elsewhere.copy()
    assert git(Repo(elsewhere.path), "show", "main:theirs.txt").stdout == "x\n"


def test_the_branch_is_the_one_that_the_other_repository_names(elsewhere: Elsewhere) -> None:
    elsewhere.copy("v1.0.0")
    there = Repo(elsewhere.path)
    there.git("branch", "trunk", "main")
    there.git("symbolic-ref", "HEAD", "refs/heads/trunk")
    assert elsewhere.copy()
    counts = [there.git("rev-list", "--count", name) for name in ("main", "trunk")]
    assert counts == ["1", "2"]


def test_a_repository_that_is_not_there(prepared: Repo) -> None:
    configure(prepared, "environments: {production: {repository: 'file:///nowhere/at/all.git'}}\n")
    with pytest.raises(EnvironmentFault, match="cannot be reached"):
        copy_to_environment(project(prepared), V2, target_env="production")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("repository: '--upload-pack=touch x'", UsageError),
        ("repository: 'ext::sh -c true'", EnvironmentFault),
        ('repository: "a\\nb"', UsageError),
        ("repository: ., branch: '--all'", UsageError),
        ("branch: 'a..b'", UsageError),
    ],
)
def test_hostile_addresses(prepared: Repo, text: str, error: type[Exception]) -> None:
    configure(prepared, f"environments: {{production: {{{text}}}}}\n")
    before = prepared.head
    with pytest.raises(error):
        copy_to_environment(project(prepared), V2, target_env="production")
    assert (prepared.head, prepared.status()) == (before, "")


def test_a_dry_run_reaches_nobody(elsewhere: Elsewhere) -> None:
    outcome = copy_to_environment(
        project(elsewhere.repo), V2, target_env="production", options=WriteOptions(dry_run=True)
    )
    assert outcome.data.fresh
    assert git(Repo(elsewhere.path), "for-each-ref").stdout == ""


def test_no_password_is_shown() -> None:
    assert redacted("https://a:b@x.org/y and ssh://git@x.org/z") == (
        "https://x.org/y and ssh://x.org/z"
    )


@pytest.mark.parametrize(
    ("written", "meant"), [("prod", "production"), ("productoin", "production")]
)
def test_a_name_like_a_known_one_makes_no_new_folder(
    prepared: Repo, written: str, meant: str
) -> None:
    configure(prepared, f"environments: {{{meant}: {{}}}}\n")
    before = prepared.head
    with pytest.raises(NotFound, match=f"is it {meant}") as refused:
        copy_to_environment(project(prepared), V2, target_env=written)
    assert "there are: increments, production" in str(refused.value.hint)
    assert (prepared.head, prepared.status()) == (before, "")


def test_a_repository_with_a_work_tree_says_what_to_do(prepared: Repo) -> None:
    there = prepared.path.parent / "other"
    prepared.git("init", "--quiet", "--initial-branch=main", str(there))
    Repo(there).write("README.md", "# Other\n")
    Repo(there).commit("chore: start")
    configure(prepared, "environments: {production: {repository: ../other}}\n")
    with pytest.raises(EnvironmentFault, match="branch is checked out there") as refused:
        copy_to_environment(project(prepared), V2, target_env="production")
    assert "bare repository" in str(refused.value.hint)
    assert "\t" not in str(refused.value)

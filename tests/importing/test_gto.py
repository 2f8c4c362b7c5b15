"""Import of GTO's tags: history as it was, once only, in one commit or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from swreg.domain.events import ImportedEvent, PromotedEvent
from swreg.domain.foreign import Words
from swreg.domain.names import parse_reference
from swreg.domain.stage import Stage
from swreg.domain.version import Version
from swreg.errors import AlreadyExists, BrokenFile, FactError, NotFound, PolicyRefused, UsageError
from swreg.operations.auditing import audit
from swreg.operations.checking import check
from swreg.operations.fetching import get
from swreg.operations.importing.gto import read_gto
from swreg.operations.importing.run import Imported, ImportOptions, run_import
from swreg.operations.outcome import Outcome
from swreg.operations.project import Project
from swreg.operations.promote import promote
from swreg.operations.retire import archive
from swreg.operations.transaction import WriteOptions
from tests.acts import require_consistent, state
from tests.conftest import Repo
from tests.importing.others import Elsewhere, history, program, run

V1, V2 = Version.parse("v1.0.0"), Version.parse("v1.1.0")


def bring(
    repo: Repo, theirs: Elsewhere, *, dry_run: bool = False, **how: object
) -> Outcome[Imported]:
    options = WriteOptions(dry_run=dry_run)
    return run_import(
        Project.open(repo.path),
        read_gto(theirs.repo.path),
        how=ImportOptions(**how),  # type: ignore[arg-type]
        options=options,
    )


def refused(repo: Repo, theirs: Elsewhere, error: type[Exception], **how: Any) -> str:
    """What the refusal says; nothing of the import is left behind."""
    before = repo.head
    with pytest.raises(error) as caught:
        bring(repo, theirs, **how)
    assert (repo.head, repo.status(), state(repo.path)) == (before, "", {})
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.fixture
def theirs(tmp_path: Path) -> Elsewhere:
    return history(tmp_path / "theirs")


def test_history_comes_in_dated_as_it_was(repo: Repo, theirs: Elsewhere, tmp_path: Path) -> None:
    before = repo.head
    outcome = bring(repo, theirs)
    assert repo.git("rev-list", f"{before}..HEAD").count("\n") == 0  # one commit
    assert repo.git("log", "-1", "--format=%s") == (
        "chore(registry): import 2 versions and 6 changes from gto"
    )
    model = state(repo.path)["churn"]
    assert model.production == V1
    assert Stage.STAGING not in model.stages
    assert model.versions[V2].registered.at == "2024-02-02T10:00:00Z"
    assert model.versions[V1].deployed_at == "2024-02-05T10:00:00Z"
    (first,) = [r.event for r in outcome.records if getattr(r.event, "version", None) == V1][:1]
    assert isinstance(first, ImportedEvent)
    assert first.author == "Grace Hopper <grace@example.org>"
    assert first.actor == "Ada Lovelace <ada@example.org>"
    require_consistent(repo.path)
    report = audit(Project.open(repo.path), "churn").data
    stays = [
        (str(one.version), one.since[:10], (one.until or "")[:10]) for one in report.deployments
    ]
    assert stays == [
        ("v1.0.0", "2024-01-04", "2024-02-04"),
        ("v1.1.0", "2024-02-04", "2024-02-05"),
        ("v1.0.0", "2024-02-05", ""),
    ]
    get(Project.open(repo.path), parse_reference("churn", "v1.1.0"), output=tmp_path / "out")
    assert (tmp_path / "out" / "churn.pkl").read_text() == "weights two"


def test_no_check_finds_fault_with_what_was_imported(repo: Repo, theirs: Elsewhere) -> None:
    bring(repo, theirs)
    assert check(Project.open(repo.path)).data.findings == ()


def test_a_second_run_imports_nothing_and_says_so(repo: Repo, theirs: Elsewhere) -> None:
    bring(repo, theirs)
    head = repo.head
    again = bring(repo, theirs)
    assert (again.commit, again.records, repo.head) == (None, (), head)
    assert {row.result for row in again.data.rows} == {"present"}
    theirs.model("weights three")
    theirs.tag("churn@v1.2.0", "2024-03-02T10:00:00Z")
    more = bring(repo, theirs)
    assert [str(row.version) for row in more.data.rows if row.result == "imported"] == ["v1.2.0"]


def test_what_moved_on_here_stays_after_another_import(repo: Repo, theirs: Elsewhere) -> None:
    bring(repo, theirs)
    back = parse_reference("churn", "v1.1.0")
    promote(Project.open(repo.path), back, to=Stage.DEV, reason="another try")
    archive(Project.open(repo.path), parse_reference("churn", "v1.0.0"), reason="bad", force=True)
    bring(repo, theirs)
    assert state(repo.path)["churn"].production is None


def test_a_dry_run_writes_nothing(repo: Repo, theirs: Elsewhere) -> None:
    before = repo.head
    outcome = bring(repo, theirs, dry_run=True)
    assert outcome.data.count("imported", "version") == 2
    assert (repo.head, repo.status(), outcome.commit) == (before, "", None)


def test_everything_arrives_in_dev_without_stages(repo: Repo, theirs: Elsewhere) -> None:
    bring(repo, theirs, stages=False)
    assert state(repo.path)["churn"].stages == {}
    bring(repo, theirs)
    assert state(repo.path)["churn"].production == V1


def test_stages_are_judged_by_the_policy(repo: Repo, tmp_path: Path) -> None:
    theirs = Elsewhere.at(tmp_path / "theirs")
    theirs.model("weights")
    theirs.tag("churn@v1.0.0", "2024-01-02T10:00:00Z")
    theirs.tag("churn#production", "2024-01-03T10:00:00Z")
    assert "[SWR101] churn v1.0.0 has not been in staging" in refused(repo, theirs, PolicyRefused)
    outcome = bring(repo, theirs, force=True, reason="as it was in gto")
    (event,) = [r.event for r in outcome.records if isinstance(r.event, PromotedEvent)]
    assert (event.forced, event.reason) == (True, "as it was in gto")
    assert check(Project.open(repo.path)).data.findings == ()


def test_approvals_are_not_forced_past(repo: Repo, theirs: Elsewhere) -> None:
    rule = "schema: 1\nstages:\n  production:\n    approval:\n      required: true\n"
    repo.write(".specweave/model-registry.yaml", rule)
    repo.commit("chore: approvals")
    said = refused(repo, theirs, PolicyRefused, force=True, reason="old")
    assert "SWR103" in said
    bring(repo, theirs, stages=False)


def test_names_and_stages_without_an_equal_are_told_with_the_words_that_map_them(
    repo: Repo, tmp_path: Path
) -> None:
    theirs = Elsewhere.at(tmp_path / "theirs")
    theirs.model("weights", name="Fraud/X")
    theirs.tag("Fraud/X@v1.0.0", "2024-01-02T10:00:00Z")
    theirs.tag("Fraud/X#canary", "2024-01-03T10:00:00Z")
    outcome = bring(repo, theirs)
    assert (outcome.exit_code, outcome.commit) == (1, None)
    assert {row.reason.partition("; ")[2] for row in outcome.data.rows} == {
        "--rename Fraud/X=fraud-x"
    }
    words = Words.of(["Fraud/X=fraud-x"])
    outcome = bring(repo, theirs, words=words)
    assert [row.reason for row in outcome.data.rows if row.result == "unmapped"] == [
        "'canary' is no stage here; --stage-as canary=staging (or dev, production, archived, none)"
    ]
    mapped = Words.of(["Fraud/X=fraud-x"], ["canary=staging"])
    assert bring(repo, theirs, words=mapped).exit_code == 0
    assert state(repo.path)["fraud-x"].stages == {Stage.STAGING: V1}


def test_two_names_that_become_one_are_refused(repo: Repo, tmp_path: Path) -> None:
    theirs = Elsewhere.at(tmp_path / "theirs")
    theirs.model("weights")
    theirs.tag("churn@v1.0.0", "2024-01-02T10:00:00Z")
    theirs.tag("Churn@v2.0.0", "2024-01-02T10:00:00Z")
    words = Words.of(["Churn=churn"])
    assert "would both be churn" in refused(repo, theirs, UsageError, words=words, pointers=True)
    theirs.tag("churn-model@v2.0.0", "2024-01-02T10:00:00Z")
    said = refused(repo, theirs, UsageError, pointers=True)
    assert "churn-model would share its folders with churn" in said


def test_a_version_without_bytes_is_refused_or_becomes_a_pointer(
    repo: Repo, tmp_path: Path
) -> None:
    theirs = Elsewhere.at(tmp_path / "theirs")
    theirs.repo.write("README.md", "nothing is declared\n")
    commit = theirs.repo.commit("docs: start")
    theirs.tag("churn@v1.0.0", "2024-01-02T10:00:00Z")
    assert "the bytes are not here of churn v1.0.0" in refused(repo, theirs, FactError)
    bring(repo, theirs, pointers=True)
    folder = repo.increment / "models" / "churn-v1.0.0"
    pointer = json.loads((folder / "pointer.json").read_text())
    assert pointer["commit"] == commit
    assert check(Project.open(repo.path)).data.findings == ()


def test_a_number_with_other_bytes_here_is_refused(repo: Repo, theirs: Elsewhere) -> None:
    bring(repo, theirs)
    other = Elsewhere.at(theirs.repo.path.parent / "other")
    other.model("other weights")
    other.tag("churn@v1.0.0", "2024-01-02T10:00:00Z")
    before = repo.head
    with pytest.raises(AlreadyExists, match=r"churn v1\.0\.0 is registered here with other files"):
        bring(repo, other)
    assert repo.head == before


def test_a_tag_whose_commit_is_not_here_is_refused(repo: Repo, theirs: Elsewhere) -> None:
    gone = theirs.model("weights three")
    theirs.tag("churn@v1.2.0", "2024-03-02T10:00:00Z")
    theirs.repo.git("reset", "--quiet", "--hard", "HEAD~")
    (theirs.repo.path / ".git" / "objects" / gone[:2] / gone[2:]).unlink()
    said = refused(repo, theirs, NotFound)
    assert "churn@v1.2.0 points to a commit that is not here" in said


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        ("churn: [", BrokenFile, "artifacts.yaml at"),
        ("churn:\n  path: ../../secret\n", UsageError, "leads out of it"),
        ("churn:\n  path: /etc/passwd\n", UsageError, "leads out of it"),
    ],
)
def test_broken_or_hostile_declarations_are_one_line(
    repo: Repo, tmp_path: Path, text: str, error: type[Exception], said: str
) -> None:
    theirs = Elsewhere.at(tmp_path / "theirs")
    theirs.repo.write("artifacts.yaml", text)
    theirs.repo.commit("feat: broken")
    theirs.tag("churn@v1.0.0", "2024-01-02T10:00:00Z")
    before = repo.head
    with pytest.raises(error, match=said):
        bring(repo, theirs)
    assert repo.head == before


def test_versions_that_are_not_semver_and_lightweight_tags_are_told(
    repo: Repo, theirs: Elsewhere
) -> None:
    theirs.tag("churn@v2", "2024-03-02T10:00:00Z")
    theirs.repo.git("tag", "churn@v3.0.0")
    rows = {row.source: row.reason for row in bring(repo, theirs).data.rows}
    assert "not SemVer" in rows["churn@v2"]
    assert "lightweight" in rows["churn@v3.0.0"]


def test_leaving_a_stage_and_deprecation(repo: Repo, theirs: Elsewhere) -> None:
    theirs.tag("churn#prod!#7", "2024-03-01T10:00:00Z", "HEAD~")
    theirs.tag("churn@v1.1.0!", "2024-03-02T10:00:00Z")
    bring(repo, theirs)
    model = state(repo.path)["churn"]
    assert model.production is None
    assert model.versions[V1].archived is not None
    notice = model.versions[V2].deprecated
    assert notice is not None
    assert notice.reason == "tag churn@v1.1.0!"


def test_one_commit_may_not_be_registered_twice_there_either(repo: Repo, theirs: Elsewhere) -> None:
    """A stage of a commit is of the version on it, whatever else is tagged."""
    theirs.repo.git("commit", "--quiet", "--allow-empty", "--message", "chore: nothing")
    theirs.tag("churn#prod#9", "2024-03-01T10:00:00Z")
    rows = [row for row in bring(repo, theirs).data.rows if row.result == "unmapped"]
    assert [row.source for row in rows] == ["churn#prod#9"]
    assert "no version of churn is registered on its commit" in rows[0].reason


def test_production_that_went_back_and_forth(repo: Repo, theirs: Elsewhere) -> None:
    """A lower version that was live comes back by a rollback; forth again its hold is lifted."""
    theirs.tag("churn#prod#7", "2024-03-01T10:00:00Z")
    theirs.tag("churn#prod#8", "2024-03-02T10:00:00Z", "HEAD~")
    theirs.tag("churn#prod#9", "2024-03-03T10:00:00Z")
    theirs.tag("churn#prod#10", "2024-03-04T10:00:00Z", "HEAD~")
    outcome = bring(repo, theirs, force=True, reason="as it was in gto")
    kinds = [record.event.kind for record in outcome.records]
    assert kinds.count("rolled-back") == 2
    assert kinds.count("hold-lifted") == 1
    model = state(repo.path)["churn"]
    assert model.production == V1
    assert model.versions[V2].hold is not None
    assert check(Project.open(repo.path)).data.findings == ()
    require_consistent(repo.path)


@pytest.mark.real
def test_the_pointers_are_those_that_gto_itself_shows(repo: Repo, tmp_path: Path) -> None:
    gto = program("gto")
    theirs = Elsewhere.at(tmp_path / "theirs")
    for number, text in enumerate(("one", "two", "three"), start=1):
        theirs.model(text)
        run(gto, "register", "churn", "--version", f"v{number}.0.0", cwd=theirs.repo.path)
    tags = theirs.repo.git("tag", "--list").split("\n")
    assert [tag.partition("#")[0] for tag in tags] == [f"churn@v{n}.0.0" for n in (1, 2, 3)]
    run(gto, "assign", "churn", "--version", "v2.0.0", "--stage", "staging", cwd=theirs.repo.path)
    run(gto, "deprecate", "churn", "v3.0.0", cwd=theirs.repo.path)
    shown = json.loads(run(gto, "show", "churn", "--json", cwd=theirs.repo.path))
    bring(repo, theirs)
    model = state(repo.path)["churn"]
    assert model.stages == {Stage.STAGING: Version.parse("v2.0.0")}
    live = {str(one) for one, entry in model.versions.items() if entry.deprecated is None}
    assert live == {one["version"] for one in shown}

"""`check` in the places where it runs: the hook of our own commit, merges, shallow clones, ranges."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from swreg.domain.names import parse_reference
from swreg.domain.stage import Stage
from swreg.errors import NotFound, UsageError
from swreg.operations.approve import approve
from swreg.operations.checking import check
from swreg.operations.checks.seen import ref_of
from swreg.operations.promote import promote
from swreg.operations.register import register
from swreg.operations.retire import archive, deprecate, tag
from swreg.operations.rollback import rollback
from swreg.operations.verifying import verify
from swreg.storage.hooks import HookRefused
from tests.repo.registry_world import (
    CATALOG,
    GRACE,
    HISTORY,
    HOME,
    MODEL,
    POLICY_PATH,
    World,
    acting,
    build,
)

HOOK = f"""\
#!/bin/sh
exec {sys.executable} -c '
import os, sys
from pathlib import Path
from swreg.domain.finding_text import text
from swreg.operations.checking import check
from swreg.operations.project import Project
outcome = check(Project.open(Path(".")), staged=True, index_file=os.environ.get("GIT_INDEX_FILE"))
print(text(outcome.data.findings), outcome.data.commits, file=sys.stderr)
sys.exit(outcome.exit_code)
'
"""


@pytest.fixture(scope="session")
def checked_once(_pinned_session: None, tmp_path_factory: pytest.TempPathFactory) -> World:
    return build(tmp_path_factory.mktemp("checked") / "repo")


@pytest.fixture
def world(checked_once: World, tmp_path: Path) -> World:
    shutil.copytree(checked_once.path, tmp_path / "repo", symlinks=True)
    copy = World(tmp_path / "repo")
    copy.git("update-index", "-q", "--refresh")
    return copy


@pytest.fixture
def hooked(world: World) -> World:
    hook = world.path / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(HOOK)
    hook.chmod(0o755)
    return world


def commit(world: World, *arguments: str) -> subprocess.CompletedProcess[str]:
    """An ordinary git commit, hooks and all."""
    return subprocess.run(
        ["git", "commit", "-m", "words", *arguments],
        cwd=world.path, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_our_own_commits_pass_our_own_hook(hooked: World) -> None:
    world, reference = hooked, parse_reference(MODEL, "v1.1.0")
    artifact = world.path.parent / "new.bin"
    artifact.write_bytes(b"new")
    register(world.project, MODEL, artifact=artifact, increment="0042", metadata={"accuracy": 0.9})
    promote(world.project, reference, to=Stage.PRODUCTION)
    with acting(GRACE):
        approve(world.project, reference)
    rollback(world.project, parse_reference(MODEL), reason="slow")
    archive(world.project, parse_reference(MODEL, "v1.2.0"), reason="unused")
    tag(world.project, reference, add=("slow",))
    assert check(world.project).data.findings == ()
    assert world.git("worktree", "list").count("\n") == 0


def test_the_hook_judges_what_our_own_path_tells(hooked: World) -> None:
    """The records in flight explain the change; they do not excuse it from any other check."""
    world = hooked
    deprecate(world.project, parse_reference(MODEL, "v1.1.0"), reason="leaks")
    world.write(f"{HOME}/models/fraud-detection-v1.2.0/model.bin", "swapped")
    world.git("add", "--all")
    world.git("commit", "--quiet", "--no-verify", "-m", "swap")
    # The swapped folder is not touched by this commit, so it is none of this commit's faults.
    tag(world.project, parse_reference(MODEL, "v1.1.0"), add=("x",))
    world.write(POLICY_PATH, "schema: 2\n")
    world.git("add", "--all")
    world.git("commit", "--quiet", "--no-verify", "-m", "break")
    with pytest.raises(Exception, match="schema"):
        tag(world.project, parse_reference(MODEL, "v1.1.0"), add=("y",))


def test_a_hand_edit_does_not_pass_the_hook(hooked: World) -> None:
    hooked.put_entry("v0.8.0", hold=None)
    hooked.git("add", "--all")
    run = commit(hooked)
    assert run.returncode == 1
    assert "SWR201" in run.stderr


def test_a_partial_commit_is_judged_by_its_own_index(hooked: World) -> None:
    hooked.put_entry("v0.8.0", hold=None)
    hooked.git("add", CATALOG)
    hooked.write("notes.md", "words\n")
    hooked.git("add", "notes.md")
    assert commit(hooked, "--only", "notes.md").returncode == 0
    assert commit(hooked).returncode == 1


def test_nothing_of_ours_staged_is_nothing_to_check(hooked: World) -> None:
    hooked.write("notes.md", "words\n")
    hooked.git("add", "--all")
    hooked.edit(CATALOG, "schema: 1", "schema: broken")
    run = commit(hooked)
    assert run.returncode == 0, run.stderr


def test_a_hook_that_refuses_leaves_nothing(world: World) -> None:
    hook = world.path / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\ngit rev-parse --verify SWREG_DRAFT && exit 1\n")
    hook.chmod(0o755)
    before = world.head
    with pytest.raises(HookRefused):
        tag(world.project, parse_reference(MODEL, "v1.1.0"), add=("x",))
    assert world.head == before
    assert world.git("for-each-ref", "refs/swreg/") == ""
    assert world.git("rev-parse", "--verify", "--quiet", "SWREG_DRAFT", ok=False) == ""


def test_independent_changes_on_two_branches_merge_without_a_finding(world: World) -> None:
    base = world.head
    world.git("switch", "--quiet", "-c", "side")
    tag(world.project, parse_reference(MODEL, "v0.9.0"), add=("old",))
    world.git("switch", "--quiet", "main")
    deprecate(world.project, parse_reference(MODEL, "v1.2.0"), reason="leaks")
    world.write(".gitattributes", "deployment_history.md merge=union\n")
    world.commit("chore: attributes")
    world.git("merge", "--no-edit", "side")
    assert world.check(base).data.findings == ()
    assert check(world.project).data.findings == ()


def test_a_conflict_resolved_for_one_side_is_no_invention(world: World) -> None:
    base = world.head
    world.git("switch", "--quiet", "-c", "side")
    promote(world.project, parse_reference(MODEL, "v1.2.0"), to=Stage.STAGING)
    world.git("switch", "--quiet", "main")
    promote(world.project, parse_reference(MODEL, "v1.1.0"), to=Stage.DEV)
    world.write(".gitattributes", "deployment_history.md merge=union\n")
    world.commit("chore: attributes")
    world.git("merge", "side", ok=False)
    world.git("checkout", "--theirs", CATALOG)
    world.git("add", CATALOG)
    assert check(world.project, staged=True).data.findings == ()
    world.git("commit", "--quiet", "--no-edit")
    assert world.check(base).data.findings == ()


def test_a_cherry_pick_keeps_its_record(world: World) -> None:
    base = world.head
    world.git("switch", "--quiet", "-c", "side")
    tag(world.project, parse_reference(MODEL, "v0.9.0"), add=("old",))
    picked = world.head
    world.git("switch", "--quiet", "main")
    world.git("cherry-pick", picked)
    assert world.check(base).data.findings == ()


def test_a_squash_with_its_records_is_explained(world: World) -> None:
    base = world.head
    world.git("switch", "--quiet", "-c", "side")
    tag(world.project, parse_reference(MODEL, "v0.9.0"), add=("old",))
    deprecate(world.project, parse_reference(MODEL, "v1.2.0"), reason="leaks")
    messages = world.git("log", "--reverse", "--format=* %B", f"{base}..")
    world.git("switch", "--quiet", "main")
    world.git("merge", "--squash", "side")
    world.git("commit", "--quiet", "-m", f"feat: tidy up (#12)\n\n{messages}")
    assert world.check(base).data.findings == ()


def test_an_archived_increment_is_no_change(world: World) -> None:
    base = world.head
    archived = HOME.replace("increments/", "increments/_archive/")
    (world.path / archived).parent.mkdir()
    world.git("mv", HOME, archived)
    world.commit("chore: archive the increment")
    assert world.check(base).data.findings == ()
    assert check(world.project).data.findings == ()


def test_a_shallow_clone_says_what_it_could_not_check(world: World, tmp_path: Path) -> None:
    url = f"file://{world.path}"
    subprocess.run(["git", "clone", "-q", "--depth=3", url, str(tmp_path / "clone")], check=True)
    clone = World(tmp_path / "clone")
    outcome = check(clone.project)
    assert [one.id for one in outcome.data.findings] == ["SWR222"]
    assert (outcome.exit_code, outcome.data.commits) == (0, 2)
    with pytest.raises(NotFound, match="not in this clone"):
        check(
            clone.project, commit_range=f"{world.git('rev-list', '--max-parents=0', 'HEAD')}..HEAD"
        )


def test_a_shallow_clone_still_replays_the_history_file(world: World, tmp_path: Path) -> None:
    world.put_entry("v0.8.0", hold=None)
    world.commit()
    world.commit("docs: words")
    url = f"file://{world.path}"
    subprocess.run(["git", "clone", "-q", "--depth=1", url, str(tmp_path / "clone")], check=True)
    found = check(World(tmp_path / "clone").project).data.findings
    assert [(one.id, one.version) for one in found] == [("SWR208", "v0.8.0"), ("SWR222", "")]


def test_the_past_can_be_checked(world: World) -> None:
    before = world.head
    world.put_entry("v0.8.0", hold=None)
    world.commit()
    assert check(world.project).exit_code == 4
    assert check(world.project, at=before).exit_code == 0
    assert verify(world.project, at=before).exit_code == 0
    with pytest.raises(UsageError):
        check(world.project, at=before, staged=True)


def test_a_broken_record_breaks_only_itself(world: World) -> None:
    base = world.head
    world.commit("docs: words\n\nSwreg-Event: promoted\nSwreg-Model: x\nSwreg-End: 0123\n")
    tag(world.project, parse_reference(MODEL, "v0.9.0"), add=("old",))
    world.put_entry("v0.8.0", hold=None)
    world.commit()
    found = [one.id for one in world.check(base).data.findings]
    assert found == ["SWR204", "SWR201"]


def test_a_catalog_broken_and_mended_is_reported_where_it_broke(world: World) -> None:
    base, good = world.head, (world.path / CATALOG).read_bytes()
    world.edit(CATALOG, "models:\n", "models: &all\n")
    broken = world.commit()
    world.write(CATALOG, good)
    world.commit()
    findings = world.check(base).data.findings
    assert [(one.id, one.commit) for one in findings] == [("SWR221", broken)]


def test_findings_point_at_the_line(world: World) -> None:
    base = world.head
    world.put_entry("v1.1.0", tags=("x",))
    world.commit()
    (one,) = world.check(base).data.findings
    lines = (world.path / CATALOG).read_text().splitlines()
    assert one.path == CATALOG
    assert one.line is not None
    assert lines[one.line - 1].strip() == '"v1.1.0":'


def test_an_environment_has_its_own_registry(world: World) -> None:
    base = world.head
    home = ".specweave/environments/staging"
    shutil.copytree(world.path / HOME / "registry", world.path / home / "registry")
    shutil.copytree(world.path / HOME / "models", world.path / home / "models")
    world.commit()
    found = {one.id for one in world.check(base).data.findings}
    assert "SWR213" not in found
    assert "SWR206" in found


def test_a_range_is_two_revisions(world: World) -> None:
    for text in ("HEAD", "..HEAD", "main...HEAD"):
        with pytest.raises(UsageError):
            check(world.project, commit_range=text)
    with pytest.raises(UsageError):
        check(world.project, staged=True, commit_range="HEAD~1..HEAD")
    with pytest.raises(NotFound):
        check(world.project, commit_range="nowhere..HEAD")


def test_a_new_branch_has_no_base(world: World) -> None:
    """Hosts give an id of zeros as the base of a branch that is new."""
    outcome = check(world.project, commit_range=f"{'0' * 40}..HEAD")
    assert outcome.data.findings == ()
    assert outcome.data.commits > 10


def test_the_tip_is_remembered_only_while_nothing_is_lost(world: World) -> None:
    ref = ref_of("refs/heads/main")
    check(world.project)
    seen = world.head
    assert world.git("rev-parse", ref) == seen
    world.git("commit", "--quiet", "--amend", "--no-edit", "--date=2026-01-01T00:00:00Z")
    assert check(world.project).exit_code == 0, "an amended commit that keeps its record is fine"
    assert world.git("rev-parse", ref) == world.head
    world.git("reset", "--quiet", "--hard", "HEAD~1")
    assert check(world.project).exit_code == 4
    assert check(world.project).exit_code == 4, "the finding stays"
    world.git("update-ref", "-d", ref)
    assert check(world.project).exit_code == 0


def test_verify_hashes_what_the_catalogs_name(world: World) -> None:
    read: list[int] = []
    outcome = verify(world.project, progress=read.append)
    assert (outcome.data.versions, outcome.data.findings, outcome.exit_code) == (5, (), 0)
    assert sum(read) > 100
    world.write(f"{HOME}/models/fraud-detection-v1.0.0/model.bin", "swapped")
    world.commit()
    outcome = verify(world.project, parse_reference(MODEL))
    assert [(one.id, one.version) for one in outcome.data.findings] == [("SWR210", "v1.0.0")]
    assert outcome.exit_code == 4


def test_verify_of_one_model_leaves_the_others(world: World) -> None:
    artifact = world.path.parent / "other.bin"
    artifact.write_bytes(b"other")
    register(world.project, "churn", artifact=artifact, increment="0042")
    world.write(f"{HOME}/models/fraud-detection-v1.0.0/model.bin", "swapped")
    world.commit()
    outcome = verify(world.project, parse_reference("churn"))
    assert (outcome.data.versions, outcome.data.findings) == (1, ())


def test_without_a_commit_there_is_nothing_to_find(tmp_path: Path) -> None:
    world = World(tmp_path / "empty")
    world.path.mkdir()
    world.git("init", "--quiet")
    (world.path / ".specweave").mkdir()
    assert check(world.project).data.findings == ()
    assert check(world.project, staged=True).data.findings == ()


def test_a_first_commit_is_judged_against_nothing(world: World) -> None:
    """A history that begins with a filled catalog has no record of it."""
    world.git("switch", "--quiet", "--orphan", "again")
    world.git("checkout", "main", "--", ".specweave")
    world.commit("chore: start again")
    found = {one.id for one in check(world.project).data.findings}
    assert "SWR206" in found


def test_moving_lines_of_the_history_is_a_rewrite(world: World) -> None:
    base = world.head
    lines = (world.path / HISTORY).read_text().splitlines(keepends=True)
    world.write(HISTORY, "".join([*lines[:-2], lines[-1], lines[-2]]))
    world.commit()
    found = {one.id for one in world.check(base).data.findings}
    assert "SWR207" in found


def test_a_policy_that_only_gets_stricter_is_a_warning(world: World) -> None:
    base = world.head
    world.edit(POLICY_PATH, "minimum: 0.5", "minimum: 0.6")
    world.commit()
    outcome = world.check(base)
    assert [(one.id, one.severity) for one in outcome.data.findings] == [("SWR217", "warning")]
    assert outcome.exit_code == 0
    model = world.model
    assert replace(model, stages=model.stages) == model


def test_who_is_no_approver_and_speaks_for_one_is_shown(world: World) -> None:
    reference = parse_reference(MODEL, "v1.1.0")
    with acting("Eve Moneypenny <eve@example.org>"):
        approve(world.project, reference, stage=Stage.PRODUCTION, approver=GRACE)
    found = check(world.project).data.findings
    assert [(one.id, one.severity) for one in found] == [("SWR205", "warning")]
    assert "who is no approver, approved on behalf of Grace" in found[0].what

"""What doctor finds in real repositories, and what it mends."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from swreg.errors import EnvironmentFault
from swreg.operations.clone_config import driver_command
from swreg.operations.doctor import CHECKS, Check, doctor
from swreg.operations.memories import LEARNINGS
from swreg.operations.project import Project
from swreg.operations.setup import init
from swreg.storage.clock import today
from swreg.storage.hooks import folder
from swreg.storage.journal import Note, note_path, write_note
from swreg.storage.lock import locked
from swreg.storage.stock_hook import mended
from tests.conftest import INCREMENT, Repo
from tests.registered import add

HOOK = """\
#!/bin/sh
# SpecWeave Pre-Commit Hook (User Projects)
  ALL_IDS=$(find .specweave/increments -maxdepth 2 -type d | \\
    grep -oE '/[0-9]{4}-' | \\
    sed 's|/||g' | sed 's|-||g' | \\
    sort)
test -z "$(echo "$ALL_IDS" | uniq -d)" || { echo "Duplicate increment IDs found!"; exit 1; }
"""


def look(repo: Repo, *, fix: bool = False) -> tuple[dict[str, Check], int]:
    outcome = doctor(Project.open(repo.path), fix=fix)
    return {check.id: check for check in outcome.data}, outcome.exit_code


@pytest.fixture
def healthy(repo: Repo) -> Repo:
    init(repo.path)
    look(repo, fix=True)
    return repo


def test_every_check_has_an_id_of_its_own_and_a_sentence() -> None:
    assert len({one.id for one in CHECKS}) == len(CHECKS)
    assert all(one.sentence for one in CHECKS)


def test_a_healthy_repository(healthy: Repo) -> None:
    checks, code = look(healthy)
    assert code == 0
    assert {one.id: one.finding for one in checks.values() if one.state == "finding"} == {}
    assert checks["SWR915"].finding == "there is no remote origin: nothing is pushed"


def test_what_init_did_not_do_is_found_and_mended(repo: Repo) -> None:
    checks, code = look(repo)
    assert code == 4
    assert {one.id for one in checks.values() if one.state == "finding"} == {"SWR911", "SWR912"}
    checks, code = look(repo, fix=True)
    assert (code, checks["SWR911"].state, checks["SWR912"].state) == (0, "fixed", "fixed")
    assert repo.git("config", "merge.swreg-catalog.driver") == driver_command(sys.executable)
    assert repo.status() == ""
    assert look(repo)[1] == 0


@pytest.mark.parametrize("name", ["pre-commit", "pre-commit.legacy", "pre-commit.before-swreg"])
def test_the_stock_hook(healthy: Repo, name: str) -> None:
    hook = folder(Project.open(healthy.path).git) / name
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(HOOK, encoding="utf-8")
    hook.chmod(0o755)
    checks, code = look(healthy)
    assert code == 4
    assert checks["SWR908"].finding == f"SpecWeave's own commit hook is broken ({name})"
    checks, code = look(healthy, fix=True)
    assert (code, checks["SWR908"].state) == (0, "fixed")
    assert hook.read_text(encoding="utf-8") == mended(HOOK)
    add(healthy.path, "v1.0.0")
    add(healthy.path, "v1.1.0")


def test_the_mended_hook_still_finds_duplicates(healthy: Repo) -> None:
    hook = folder(Project.open(healthy.path).git) / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(mended(HOOK), encoding="utf-8")
    hook.chmod(0o755)
    healthy.write("a.txt", "a")
    healthy.commit("chore: fine")
    healthy.write(".specweave/increments/_archive/0042-again/spec.md", "x")
    healthy.git("add", ".")
    head = healthy.head
    healthy.git("commit", "-m", "chore: twice", check=False)
    assert healthy.head == head


def test_an_interrupted_write(healthy: Repo) -> None:
    git = Project.open(healthy.path).git
    note = Note(ref="refs/heads/main", old=healthy.head, new="0" * 40)
    write_note(git, note)
    with locked(git.common_dir / "swreg" / "lock"):
        assert look(healthy)[0]["SWR906"].state == "ok"
    assert look(healthy)[0]["SWR906"].finding == "a write was interrupted"
    checks, code = look(healthy, fix=True)
    assert (code, checks["SWR906"].state) == (0, "fixed")
    assert not note_path(git).exists()


def test_temporary_work_trees_of_the_dead(healthy: Repo) -> None:
    git = Project.open(healthy.path).git
    place = git.common_dir / "swreg" / "hooks-1-abc"
    healthy.git("worktree", "add", "--detach", "--quiet", str(place))
    assert look(healthy)[0]["SWR907"].finding == "1 temporary work trees are left over"
    assert look(healthy, fix=True)[0]["SWR907"].state == "fixed"
    assert not place.exists()
    assert len(healthy.git("worktree", "list").splitlines()) == 1


def test_state_of_head(healthy: Repo, tmp_path: Path) -> None:
    healthy.git("checkout", "--quiet", "--detach")
    checks, code = look(healthy)
    assert (checks["SWR905"].finding, code) == ("HEAD is detached", 0)
    (healthy.path / ".git" / "MERGE_HEAD").write_text(healthy.head, encoding="utf-8")
    checks, code = look(healthy)
    assert (checks["SWR905"].finding, code) == ("a merge is in progress", 4)
    (healthy.path / ".git" / "MERGE_HEAD").unlink()
    healthy.git("checkout", "--quiet", "main")
    healthy.git("clone", "--quiet", "--depth=1", f"file://{healthy.path}", str(tmp_path / "clone"))
    checks, _ = look(Repo(tmp_path / "clone"))
    assert checks["SWR905"].finding == "this clone is shallow: its history ends early"
    assert checks["SWR912"].state == "finding"


def test_the_remote(healthy: Repo, tmp_path: Path) -> None:
    bare = tmp_path / "remote.git"
    healthy.git("init", "--quiet", "--bare", "--initial-branch=main", str(bare))
    healthy.git("remote", "add", "origin", str(bare))
    assert look(healthy)[0]["SWR915"].finding == "origin has no branch main"
    healthy.git("push", "--quiet", "origin", "main")
    assert look(healthy)[0]["SWR915"].state == "ok"
    add(healthy.path, "v1.0.0")
    assert look(healthy)[0]["SWR915"].finding == "1 commits are not pushed"
    healthy.git("push", "--quiet", "origin", "main")
    healthy.git("reset", "--quiet", "--hard", "HEAD^")
    healthy.git("commit", "--quiet", "--allow-empty", "-m", "chore: aside")
    assert "has commits of main that are not here" in look(healthy)[0]["SWR915"].finding
    shutil.rmtree(bare)
    checks, code = look(healthy)
    assert code == 4
    assert checks["SWR915"].finding.startswith("the remote origin does not answer: ")
    healthy.git("remote", "set-url", "origin", "ext::sh -c 'touch /tmp/never'")
    assert "'ext' not allowed" in look(healthy)[0]["SWR915"].finding


def test_ignored_model_files(healthy: Repo) -> None:
    add(healthy.path, "v1.0.0")
    healthy.write(".gitignore", "*.pkl\n*.log\n")
    healthy.commit("chore: ignore")
    checks, code = look(healthy)
    assert (checks["SWR914"].state, code) == ("note", 0)
    assert checks["SWR914"].finding == ".gitignore leaves out models' files: model.pkl"
    lost = f".specweave/increments/{INCREMENT}/models/fraud-detection-v1.0.0/train.log"
    healthy.write(lost, "x")
    checks, code = look(healthy)
    assert (checks["SWR914"].finding, code) == (f".gitignore leaves out {lost}", 4)


def test_filters_that_are_not_there(healthy: Repo) -> None:
    healthy.write(".gitattributes", "*.pkl filter=lfs -text\n*.txt filter=other\n")
    healthy.commit("chore: filters")
    checks, code = look(healthy)
    assert code == 4
    assert checks["SWR913"].finding == (
        "filter lfs is not set up (git config filter.lfs.clean); "
        "other is not set up (git config filter.other.clean)"
    )
    healthy.git("config", "filter.lfs.clean", "no-such-program clean -- %f")
    healthy.git("config", "filter.other.clean", "cat")
    found = look(healthy)[0]["SWR913"].finding
    assert found == "filter lfs needs no-such-program, which is not installed"
    healthy.git("config", "filter.lfs.clean", "cat")
    assert look(healthy)[0]["SWR913"].state == "ok"


def test_edited_and_broken_files(healthy: Repo) -> None:
    add(healthy.path, "v1.0.0")
    catalog = healthy.increment / "registry" / "model_catalog.yaml"
    catalog.write_text(catalog.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    checks, code = look(healthy)
    assert (checks["SWR910"].state, code) == ("finding", 4)
    assert "has uncommitted edits" in checks["SWR910"].finding
    healthy.git("checkout", "--quiet", ".")
    healthy.write(".specweave/model-registry.yaml", "stagez: {}\n")
    assert "stagez: unknown key" in look(healthy)[0]["SWR909"].finding
    healthy.commit("chore: a wrong key")
    checks, code = look(healthy, fix=True)
    assert code == 4
    assert "stagez: unknown key" in checks["SWR915"].finding


def test_nobody_commits(healthy: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"):
        monkeypatch.setenv(name, "")
    checks, code = look(healthy)
    assert (checks["SWR903"].finding, code) == ("git does not know who you are", 4)


def test_a_shadowed_shim(healthy: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(__import__("sys").modules, "specweave", raising=False)
    package = tmp_path / "other" / "specweave"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("", encoding="utf-8")
    monkeypatch.syspath_prepend(str(package.parent))
    checks, code = look(healthy)
    assert code == 0
    assert checks["SWR916"].state == "note"
    assert checks["SWR916"].finding.startswith("another package is imported as specweave")


def test_a_folder_without_a_layout(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "plain")
    repo.path.mkdir()
    repo.git("init", "--quiet", "--initial-branch=main")
    checks, code = look(repo)
    assert code == 4
    assert checks["SWR904"].fix == "run: swreg init --increment 0001-name"
    repo.write(".specweave/config.json", "{}")
    assert look(repo)[0]["SWR904"].finding == "there is no increment"


def test_a_stock_hook_that_ours_calls_is_named_when_it_refuses(healthy: Repo) -> None:
    hooks = folder(Project.open(healthy.path).git)
    hooks.mkdir(exist_ok=True)
    (healthy.increment / "reports").mkdir()
    (healthy.increment / "reports" / "a.md").write_text("x", encoding="utf-8")
    stock = hooks / "pre-commit.before-swreg"
    stock.write_text(HOOK.replace("-maxdepth 2", "-maxdepth 3"), encoding="utf-8")
    ours = hooks / "pre-commit"
    ours.write_text(
        '#!/bin/sh\nexec "$(dirname "$0")/pre-commit.before-swreg" "$@"\n', encoding="utf-8"
    )
    for path in (stock, ours):
        path.chmod(0o755)
    with pytest.raises(EnvironmentFault, match="SpecWeave's own pre-commit hook") as said:
        add(healthy.path, "v1.0.0")
    assert said.value.hint == "run: swreg doctor --fix"


OLD = "- **2024-01-01**: swreg: an old line\n- **2024-01-02**: somebody's own\n"


@pytest.mark.parametrize("text", [OLD, None], ids=["old", "pruned away"])
def test_lines_of_ours_in_specweaves_memories_are_written_anew(
    healthy: Repo, text: str | None
) -> None:
    healthy.write(".specweave/config.json", "{}\n")
    assert look(healthy)[0]["SWR919"].state == "ok"
    memory = healthy.path / ".specweave/skill-memories/done.md"
    if text is not None:
        healthy.write(
            ".specweave/skill-memories/done.md", f"# Done Memory\n\n## Learnings\n\n{text}"
        )
    else:
        healthy.write(".agents/skills/model-registry/SKILL.md", "the skill\n")
    checks, code = look(healthy)
    assert (code, checks["SWR919"].state) == (4, "finding")
    checks, code = look(healthy, fix=True)
    assert (code, checks["SWR919"].state) == (0, "fixed")
    said = memory.read_text(encoding="utf-8")
    assert f"- **{today().isoformat()}**: {LEARNINGS['done']}\n" in said
    assert ("somebody's own" in said) == (text is not None)
    assert "an old line" not in said
    assert look(healthy)[1] == 0

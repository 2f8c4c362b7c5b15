"""What the user has staged, changed or not yet added stays as it is, byte for byte."""

from __future__ import annotations

from pathlib import Path

from tests.acts import (
    CATALOG_PATH,
    HISTORY_PATH,
    HOME,
    back,
    bring,
    enter,
    opened,
    require_consistent,
    state,
)
from tests.conftest import Repo


def at_work(repo: Repo) -> None:
    """A user in the middle of something: staged, then changed again, removed, renamed, new."""
    repo.write("removed.txt", "gone soon\n")
    repo.write("moved.txt", "moves\n")
    repo.write(".gitignore", "*.ignored\n")
    repo.commit("chore: before")
    repo.write("README.md", "# staged\n")
    repo.git("add", "README.md")
    repo.write("README.md", "# staged, then changed\r\nwith odd ends")
    repo.git("rm", "-q", "removed.txt")
    repo.git("mv", "moved.txt", "there.txt")
    repo.write('untracked "é\n.txt', "new")
    repo.write("kept.ignored", "ignored")
    repo.write("intent.txt", "later")
    repo.git("add", "-N", "intent.txt")


def picture(repo: Repo) -> tuple[str, str, str, dict[str, bytes]]:
    """Index, status and every byte on disk, but for our own files."""
    status = repo.git("status", "--porcelain=v2", "-z", "--untracked-files=all", "--ignored")
    index = repo.git("ls-files", "--stage", "-t", "--", ":!.specweave")
    files = {
        str(path.relative_to(repo.path)): path.read_bytes()
        for path in sorted(repo.path.rglob("*"))
        if path.is_file() and not {".git", "registry", "models"}.intersection(path.parts)
    }
    return status, index, repo.git("diff", "--cached"), files


def test_every_operation_leaves_the_users_work_alone(repo: Repo) -> None:
    at_work(repo)
    before = picture(repo)
    project = opened(repo.path)
    enter(project, "v1.0.0")
    assert picture(repo) == before
    enter(project, "v1.1.0")
    for version in ("v1.0.0", "v1.1.0"):
        bring(project, version, "staging")
        bring(project, version, "production")
        assert picture(repo) == before
    back(project)
    assert picture(repo) == before
    require_consistent(repo.path)


def test_the_users_next_commit_takes_their_own_work_and_nothing_else(repo: Repo) -> None:
    at_work(repo)
    enter(opened(repo.path), "v1.0.0")
    models = state(repo.path)
    repo.git("commit", "-qm", "feat: mine")
    changed = repo.git("show", "--name-only", "--format=", "HEAD").split("\n")
    assert not [path for path in changed if ".specweave" in path]
    assert state(repo.path) == models
    enter(opened(repo.path), "v1.1.0")
    require_consistent(repo.path)


def test_our_commit_holds_only_our_files(repo: Repo) -> None:
    at_work(repo)
    enter(opened(repo.path), "v1.0.0")
    changed = repo.git("show", "--name-only", "--format=", "HEAD").split("\n")
    model = f"{HOME}/models/fraud-detection-v1.0.0/model.bin"
    assert changed == sorted([CATALOG_PATH, HISTORY_PATH, model])


def test_the_index_may_be_split_or_old(repo: Repo) -> None:
    kinds = (["--split-index"], ["--index-version", "4"], ["--untracked-cache"])
    for number, options in enumerate(kinds):
        repo.git("update-index", *options)
        enter(opened(repo.path), f"v{number}.0.0")
        require_consistent(repo.path)
        assert repo.status() == ""


def test_files_on_disk_are_written_whole(repo: Repo, tmp_path: Path) -> None:
    """A hard link to a file of ours made before keeps its bytes: files are replaced, not changed."""
    enter(opened(repo.path), "v1.0.0")
    kept = tmp_path / "kept"
    kept.hardlink_to(repo.path / CATALOG_PATH)
    before = kept.read_bytes()
    enter(opened(repo.path), "v1.1.0")
    assert kept.read_bytes() == before
    assert (repo.path / CATALOG_PATH).read_bytes() != before

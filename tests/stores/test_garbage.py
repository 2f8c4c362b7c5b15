"""What is freed, and above all what is not."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

import swreg
from swreg.domain.events import FilesFreedEvent
from swreg.errors import Contention, EnvironmentFault, NotReady, UsageError
from swreg.operations.checking import check
from swreg.operations.garbage import Garbage, collect_garbage
from swreg.operations.project import Project
from swreg.operations.transaction import WriteOptions
from swreg.storage.artifacts import sharing
from swreg.storage.artifacts.stores import open_store
from tests.conftest import Repo
from tests.stores.acts import NAME, artifact, objects

MONTH = 30 * 24 * 3600
DRY = WriteOptions(dry_run=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "store"
    place.mkdir()
    return place


def register(repo: Repo, folder: Path, tmp_path: Path, data: bytes, name: str = NAME) -> Path:
    """Register a version with one file; the object that it is."""
    before = set(objects(folder)) if (folder / "sha256").exists() else set()
    registry = swreg.CustomRegistry(f"file://{folder}", path=repo.path)
    registry.register_model(name, artifact=artifact(tmp_path, {"m": data}))
    (made,) = set(objects(folder)) - before
    return made


def orphan(folder: Path, name: str = "0") -> Path:
    path = folder / f"sha256/{name * 2}/{name * 64}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"nobody's")
    return path


def age(folder: Path) -> None:
    when = time.time() - MONTH
    for path in objects(folder):
        os.utime(path, (when, when))


def free(repo: Repo, folder: Path, *, offline: bool = True, **more: object) -> Garbage:
    project = Project.open(repo.path)
    return collect_garbage(project, f"file://{folder}", offline=offline, **more).data  # type: ignore[arg-type]


def test_orphans_go_after_the_grace_and_that_is_recorded(
    repo: Repo, folder: Path, tmp_path: Path
) -> None:
    kept, lost = register(repo, folder, tmp_path, b"kept"), orphan(folder)
    assert free(repo, folder) == Garbage(
        store=f"file://{folder}", orphans=(), size=0, young=1, kept=1
    )
    age(folder)
    head = repo.head
    assert free(repo, folder, options=DRY).orphans == (f"sha256/00/{'0' * 64}",)
    assert lost.exists()
    assert repo.head == head
    outcome = collect_garbage(Project.open(repo.path), f"file://{folder}", offline=True)
    assert not lost.exists()
    assert kept.exists()
    (record,) = outcome.records
    assert isinstance(record.event, FilesFreedEvent)
    assert record.event.objects == ("0" * 64,)
    assert "files-freed" in (repo.path / ".specweave/model-registry.history.md").read_text("utf-8")
    assert check(Project.open(repo.path)).exit_code == 0
    assert repo.status() == ""


def test_whatever_any_place_names_is_kept(repo: Repo, folder: Path, tmp_path: Path) -> None:
    main = repo.git("branch", "--show-current")
    kept = {"main": register(repo, folder, tmp_path, b"on main")}
    for where in ("branch", "tag", "remote", "reflog", "stash", "detached"):
        repo.git("checkout", "-q", "-b", "side", main)
        kept[where] = register(repo, folder, tmp_path, where.encode(), f"m-{len(kept)}-model")
        tip = repo.head
        repo.git("checkout", "-q", main)
        if where == "branch":
            repo.git("branch", "-m", "side", "kept-branch")
            continue
        if where == "tag":
            repo.git("tag", "kept-tag", tip)
        elif where == "remote":
            repo.git("update-ref", "refs/remotes/origin/other", tip)
        elif where == "stash":
            repo.git("update-ref", "refs/stash", tip)
        elif where == "detached":
            repo.git("worktree", "add", "-q", "--detach", str(tmp_path / "elsewhere"), tip)
        repo.git("branch", "-q", "-D", "side")
    lost = orphan(folder)
    age(folder)
    free(repo, folder)
    assert [where for where, path in kept.items() if not path.exists()] == []
    assert not lost.exists()


def test_what_a_merge_dropped_is_in_the_history_and_kept(
    repo: Repo, folder: Path, tmp_path: Path
) -> None:
    register(repo, folder, tmp_path, b"on main")
    repo.git("checkout", "-q", "-b", "side", "HEAD~1")
    kept = register(repo, folder, tmp_path, b"dropped", "dropped-model")
    repo.git("checkout", "-q", "main")
    repo.git("merge", "-q", "-s", "ours", "-m", "drop it", "side")
    repo.git("branch", "-q", "-D", "side")
    repo.git("reflog", "expire", "--expire=now", "--all")
    age(folder)
    assert free(repo, folder).orphans == ()
    assert kept.exists()


def test_archived_held_and_other_environments_keep_their_files(
    repo: Repo, folder: Path, tmp_path: Path
) -> None:
    registry = swreg.CustomRegistry(f"file://{folder}", path=repo.path)
    kept = [register(repo, folder, tmp_path, b"%d" % n) for n in range(3)]
    for version in ("v1.0.0", "v1.0.1"):
        registry.promote_model(NAME, version, to_stage="staging")
        registry.promote_model(NAME, version)
    registry.rollback(NAME, "v1.0.0", "worse")
    registry.archive_model(NAME, "v1.0.2", "not used")
    registry.promote_to("fraud-v1.0.0", "staging")
    age(folder)
    assert free(repo, folder).orphans == ()
    assert all(path.exists() for path in kept)


def test_a_clone_that_cannot_know_refuses(repo: Repo, folder: Path, tmp_path: Path) -> None:
    register(repo, folder, tmp_path, b"1")
    for words, name in ((["--depth=1"], "shallow"), (["--filter=blob:none"], "partial")):
        clone = Repo(tmp_path / name)
        subprocess.run(
            ["git", "clone", "-q", *words, f"file://{repo.path}", str(clone.path)], check=True
        )
        with pytest.raises(NotReady, match="whole history"):
            free(clone, folder)


def test_commits_that_were_not_fetched_are_asked_for(
    repo: Repo, folder: Path, tmp_path: Path
) -> None:
    register(repo, folder, tmp_path, b"1")
    clone = Repo(tmp_path / "clone")
    subprocess.run(["git", "clone", "-q", str(repo.path), str(clone.path)], check=True)
    theirs = register(repo, folder, tmp_path, b"2")
    age(folder)
    with pytest.raises(NotReady, match="origin has commits that are not here"):
        free(clone, folder, offline=False)
    clone.git("fetch", "-q")
    assert free(clone, folder, offline=False).orphans == ()
    assert theirs.exists()


def test_a_store_that_others_use_is_left_alone(repo: Repo, folder: Path, tmp_path: Path) -> None:
    register(repo, folder, tmp_path, b"1")
    other = Repo(tmp_path / "other")
    other.path.mkdir()
    other.git("init", "-q", "-b", "main")
    other.write(".specweave/increments/0042-fraud-detection/spec.md", "# Other\n")
    other.commit("chore: another project")
    register(other, folder, tmp_path, b"2")
    age(folder)
    for one in (repo, other):
        with pytest.raises(NotReady, match="other repositories keep files"):
            free(one, folder)


def test_a_broken_file_on_disk_and_one_that_git_has_lost(
    repo: Repo, folder: Path, tmp_path: Path
) -> None:
    kept = register(repo, folder, tmp_path, b"1")
    (path,) = repo.increment.glob("models/*/metadata.json")
    path.write_text("{", encoding="utf-8")
    orphan(folder)
    age(folder)
    free(repo, folder, options=DRY)
    assert kept.exists(), "the commit has it whole"
    oid = repo.git("rev-parse", f"HEAD:{path.relative_to(repo.path).as_posix()}")
    (repo.path / ".git/objects" / oid[:2] / oid[2:]).unlink()
    with pytest.raises(EnvironmentFault, match="has not got the contents"):
        free(repo, folder)


def test_two_who_free_and_a_grace_that_is_none(repo: Repo, folder: Path, tmp_path: Path) -> None:
    register(repo, folder, tmp_path, b"1")
    orphan(folder)
    age(folder)
    with sharing.freeing(open_store(f"file://{folder}")), pytest.raises(Contention):
        free(repo, folder)
    with pytest.raises(UsageError, match="shorter than a day"):
        free(repo, folder, grace="1h")


def test_an_old_orphan_that_is_registered_again_is_young(
    repo: Repo, folder: Path, tmp_path: Path
) -> None:
    """A colleague's commit that nobody has fetched yet may name it from now on."""
    made = register(repo, folder, tmp_path, b"1")
    repo.git("update-ref", "-d", "refs/heads/gone")
    age(folder)
    registry = swreg.CustomRegistry(f"file://{folder}", path=repo.path)
    registry.register_model("other-model", artifact=artifact(tmp_path, {"m": b"1"}))
    assert time.time() - made.stat().st_mtime < 60

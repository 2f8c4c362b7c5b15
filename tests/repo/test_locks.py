"""Locks of others, interruption between the steps, and several writers."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from swreg.domain.version import Version
from swreg.errors import Contention, FollowUpIncomplete
from swreg.operations.register import register
from swreg.operations.transaction import Transaction, write
from swreg.storage import future_index, landing
from swreg.storage.journal import Note, note_path, recover, write_note
from swreg.storage.lock import locked
from tests.acts import HOME, MODEL, bring, enter, opened, registered, require_consistent, state
from tests.conftest import Repo


def test_somebody_holds_the_index(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landing, "_INDEX_WAIT", 0.1)
    (repo.path / ".git" / "index.lock").write_bytes(b"theirs")
    before = repo.head
    with pytest.raises(Contention, match=r"another git process holds .*index\.lock"):
        enter(opened(repo.path), "v1.0.0")
    assert repo.head == before
    assert (repo.path / ".git" / "index.lock").read_bytes() == b"theirs"
    (repo.path / ".git" / "index.lock").unlink()
    enter(opened(repo.path), "v1.0.0")
    require_consistent(repo.path)


def test_the_index_is_released_in_time(repo: Repo) -> None:
    lock = repo.path / ".git" / "index.lock"
    lock.write_bytes(b"theirs")
    timer = threading.Timer(0.3, lock.unlink)
    timer.start()
    enter(opened(repo.path), "v1.0.0")
    timer.join()
    require_consistent(repo.path)


@pytest.mark.parametrize("name", ["refs/heads/main.lock", "HEAD.lock"])
@pytest.mark.parametrize("content", ["f" * 40, ""])
def test_somebody_holds_the_branch(
    repo: Repo, name: str, content: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(landing, "_LOCK_WAIT", 0.1)
    lock = repo.path / ".git" / name
    lock.write_text(content)
    os.utime(lock, (time.time() - 7300,) * 2)
    before = repo.head
    with pytest.raises(Contention, match=rf"holds .*{name}, made 2 hours ago; wait .* delete"):
        enter(opened(repo.path), "v1.0.0")
    assert repo.head == before
    assert lock.exists()
    assert not (repo.path / ".git" / "index.lock").exists()
    lock.unlink()
    enter(opened(repo.path), "v1.0.0")
    require_consistent(repo.path)


def test_the_branch_is_released_in_time(repo: Repo) -> None:
    lock = repo.path / ".git" / "refs" / "heads" / "main.lock"
    lock.write_text("f" * 40)
    timer = threading.Timer(0.5, lock.unlink)
    timer.start()
    enter(opened(repo.path), "v1.0.0")
    timer.join()
    require_consistent(repo.path)


def test_another_swreg_is_writing(repo: Repo) -> None:
    path = repo.path / ".git" / "swreg" / "lock"
    with locked(path):
        act = (
            "import sys; from pathlib import Path; from swreg.errors import SwregError\n"
            "from swreg.storage.lock import locked\n"
            "try:\n"
            f"    with locked(Path({str(path)!r}), wait=0.05): pass\n"
            "except SwregError as error: print(error.exit_code, error)\n"
        )
        run = subprocess.run(
            [sys.executable, "-c", act], capture_output=True, text=True, check=True
        )
    assert run.stdout.startswith(f"6 process {os.getpid()} holds ")
    assert Contention.exit_code == 6


def test_the_branch_moves_between_decision_and_swap(repo: Repo) -> None:
    """The user commits meanwhile: the decision is made again, on what they did."""
    project, seen = opened(repo.path), []

    def decide(tx: Transaction) -> str:
        seen.append(tx.base)
        if len(seen) < 4:
            repo.git("commit", "-q", "--allow-empty", "-m", f"feat: theirs {len(seen)}")
        from swreg.domain.catalog import Model

        tx.apply(HOME, Model(MODEL), registered(tx, MODEL, "v1.0.0"))
        return str(tx.base)

    outcome = write(project, "registry-register", decide)
    assert len(seen) == 4
    assert len(set(seen)) == 4
    assert repo.git("rev-parse", "HEAD~1") == outcome.data
    require_consistent(repo.path)


@pytest.mark.parametrize("moment", ["swap", "write_durably", "take_effect"])
@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_waits_until_all_agrees(
    moment: str, kind: signal.Signals, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = getattr(landing, moment)

    def interrupted(*arguments: object) -> object:
        os.kill(os.getpid(), kind)
        return real(*arguments)

    def stop(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(landing, moment, interrupted)
    old = signal.signal(kind, stop)
    try:
        with pytest.raises(KeyboardInterrupt):
            enter(opened(repo.path), "v1.0.0")
    finally:
        signal.signal(kind, old)
    monkeypatch.undo()
    require_consistent(repo.path)
    assert repo.status() == ""
    assert list(state(repo.path)) == [MODEL]


@pytest.mark.parametrize("moment", ["prepare", "place", "write_note"])
def test_an_interruption_before_the_swap_undoes(
    moment: str, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*arguments: object, **options: object) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr(landing, moment, interrupted)
    before = repo.head, repo.status()
    with pytest.raises(KeyboardInterrupt):
        enter(opened(repo.path), "v1.0.0")
    assert (repo.head, repo.status()) == before
    assert not (repo.path / ".git" / "index.lock").exists()
    assert not note_path(opened(repo.path).git).exists()


def test_recovery_leaves_another_branch_alone(repo: Repo) -> None:
    """The writer died after the swap; the user removed the lock and went to another branch."""
    enter(opened(repo.path), "v1.0.0")
    old = repo.head
    repo.git("branch", "other")
    enter(opened(repo.path), "v2.0.0")
    git = opened(repo.path).git
    repo.git("checkout", "-q", "other")
    write_note(git, Note(ref="refs/heads/main", old=old, new=git.resolve("main") or "",
                         files={f"{HOME}/registry/model_catalog.yaml": "0" * 40}))  # fmt: skip
    assert recover(git)
    assert repo.status() == ""
    assert not note_path(git).exists()


def test_recovery_keeps_what_the_user_staged_since(repo: Repo) -> None:
    enter(opened(repo.path), "v1.0.0")
    old = repo.head
    enter(opened(repo.path), "v2.0.0")
    git = opened(repo.path).git
    path = f"{HOME}/registry/model_catalog.yaml"
    before = repo.git("rev-parse", f"{old}:{path}")
    repo.write(path, "mine\n")
    repo.git("add", path)
    write_note(git, Note(ref="refs/heads/main", old=old, new=repo.head, files={path: before}))
    warnings = recover(git)
    assert "edits that were kept" in warnings[1]
    assert (repo.path / path).read_text() == "mine\n"
    assert repo.git("show", f":{path}") == "mine"


def test_recovery_of_an_index_without_its_lock(repo: Repo) -> None:
    """The user deleted index.lock by hand, as git advises: the reversal they would commit goes."""
    enter(opened(repo.path), "v1.0.0")
    old = repo.head
    bring(opened(repo.path), "v1.0.0", "staging")
    git, new = opened(repo.path).git, repo.head
    changed = repo.git("diff", "--name-only", old, new).split("\n")
    files = {path: repo.git("rev-parse", f"{old}:{path}") for path in changed}
    repo.git("reset", "-q", "--hard", old)
    repo.git("update-ref", "refs/heads/main", new)
    assert repo.status() != ""
    write_note(git, Note(ref="refs/heads/main", old=old, new=new, files=files, index="0" * 64))
    assert recover(git)[0].startswith("finished")
    assert repo.status() == ""
    require_consistent(repo.path)
    assert not future_index.index_lock(git).exists()


def test_a_note_that_cannot_be_read(repo: Repo) -> None:
    git = opened(repo.path).git
    path = note_path(git)
    path.parent.mkdir(exist_ok=True)
    for text in ("", "{", "[]", '{"ref": 1}', "\udcff"):
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
        assert recover(git) == ["cleared an unreadable journal"]
        assert not path.exists()


def test_versions_order_in_the_file(repo: Repo) -> None:
    for version in ("v10.0.0", "v2.0.0", "v2.0.0-rc.1"):
        enter(opened(repo.path), version)
    (model,) = state(repo.path).values()
    assert list(model.versions) == [Version.parse(v) for v in ("v2.0.0-rc.1", "v2.0.0", "v10.0.0")]


def test_a_full_cache_folder_is_no_failure(repo: Repo) -> None:
    """The cache may be garbage, a folder, or unreadable; answers are the same."""
    enter(opened(repo.path), "v1.0.0")
    before = state(repo.path)
    (cache,) = (repo.path / ".git" / "swreg").glob("index-*.sqlite3")
    for suffix in ("", "-wal", "-shm"):
        Path(f"{cache}{suffix}").unlink(missing_ok=True)
    cache.write_bytes(b"garbage" * 1000)
    assert state(repo.path) == before
    assert state(repo.path) == before
    Path(cache).unlink(missing_ok=True)
    cache.mkdir()
    assert state(repo.path) == before
    enter(opened(repo.path), "v1.1.0")
    require_consistent(repo.path)


@pytest.mark.parametrize("moment", ["write_durably", "take_effect"])
def test_recovery_writes_files_through_their_filter(
    moment: str, repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with git-lfs: git has a short pointer, and the folder must have the model."""
    repo.write(".gitattributes", "*.bin filter=short -text\n")
    repo.commit("chore: a filter")
    repo.git("config", "filter.short.clean", "head -c 3")
    repo.git("config", "filter.short.smudge", "cat; printf ' and the rest'")
    artifact = tmp_path / "model.bin"
    artifact.write_bytes(b"all and the rest")

    def fails(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(landing, moment, fails)
    with pytest.raises(FollowUpIncomplete, match="work tree is not in step"):
        register(opened(repo.path), MODEL, artifact=artifact, version="v1.0.0")
    monkeypatch.undo()
    outcome = enter(opened(repo.path), "v9.0.0")
    assert [line for line in outcome.warnings if "edits" in line] == []
    (written,) = repo.increment.glob("models/*-v1.0.0/model.bin")
    assert written.read_bytes() == artifact.read_bytes()
    assert repo.git("show", f":{written.relative_to(repo.path).as_posix()}") == "all"
    assert repo.git("status", "--porcelain", "--", str(written)) == ""

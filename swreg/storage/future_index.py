"""The user's index, replaced as a whole: prepared beside it, then put in place as git's own lock.

While `index.lock` exists no git process of the user's changes the index, and renaming the lock
over the index is how git itself replaces it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path

from swreg.storage.files import make_folders, sync_folder
from swreg.storage.git import Git

_NOTHING = f"0 {'0' * 40}"


def future_index(git: Git) -> Path:
    """Where the future index is prepared."""
    return git.git_dir / "swreg" / "index.next"


def index_file(git: Git) -> Path:
    """The index of this work tree."""
    return git.git_dir / "index"


def index_lock(git: Git) -> Path:
    """The lock that git itself takes to change the index."""
    return git.git_dir / "index.lock"


def file_digest(path: Path) -> str:
    """The sha256 of a file, empty where there is none."""
    import hashlib

    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return ""


def entries_at(git: Git, commit: str, paths: list[str]) -> dict[str, str]:
    """What a commit has at some paths, as `mode id`; empty for a path that it lacks."""
    items = {item.path: f"{item.mode} {item.oid}" for item in git.list_tree(commit, *paths)}
    return {path: items.get(path, "") for path in paths}


def prepare(git: Git, entries: Mapping[str, str], *, skipped: Collection[str] = ()) -> str:
    """Make the future index: the present one with these entries (`entries_at`); its sha256.

    `skipped` are paths that a sparse checkout keeps out of the work tree.
    """
    future, env = _copied(git)
    lines = [f"{entry or _NOTHING}\t{path}" for path, entry in entries.items()]
    stdin = "\0".join([*lines, ""]).encode("utf-8", "surrogateescape")
    git.ask("updating the index", "update-index", "-z", "--index-info", stdin=stdin, **env)
    _skip(git, skipped, env)
    _sync(future)
    return file_digest(future)


def prepare_merge(git: Git, old: str, new: str, *, skipped: Collection[str] = ()) -> str:
    """Make the future index: the present one carried over from one commit to another; its sha256.

    What the user staged stays staged; git refuses where that is in the way.
    """
    future, env = _refreshed(git)
    git.ask("bringing the index in step", "read-tree", "-m", old, new, stdin=None, **env)
    _skip(git, skipped, env)
    _sync(future)
    return file_digest(future)


def in_the_way(git: Git, old: str, new: str) -> str:
    """What git says against moving index and work tree to another commit; empty where nothing."""
    _, env = _refreshed(git)
    dry = git.run("read-tree", "-n", "-m", "-u", old, new, stdin=None, **env)
    clear(git)
    return " ".join(dry.err.split()) or "git refused" if dry.code else ""


def _refreshed(git: Git) -> tuple[Path, dict[str, str]]:
    """The copy with the times of files that are as the index has them; ours carry none yet."""
    future, env = _copied(git)
    git.run("update-index", "-q", "--refresh", stdin=None, **env)
    return future, env


def _copied(git: Git) -> tuple[Path, dict[str, str]]:
    """A copy of the index, and the environment in which git works on it.

    The copy keeps the file's time: by it git tells which files may have changed unnoticed.
    """
    future = future_index(git)
    make_folders(future.parent)
    clear(git)
    if index_file(git).exists():
        shutil.copy2(index_file(git), future)
    return future, {"GIT_INDEX_FILE": str(future)}


def _skip(git: Git, paths: Collection[str], env: dict[str, str]) -> None:
    if paths:
        stdin = "\0".join([*paths, ""]).encode("utf-8", "surrogateescape")
        git.ask("updating the index", "update-index", "-z", "--skip-worktree", "--stdin",
                stdin=stdin, **env)  # fmt: skip


def clear(git: Git) -> None:
    """Remove a future index, and the lock that a killed git left beside it."""
    future = future_index(git)
    future.unlink(missing_ok=True)
    future.with_name(f"{future.name}.lock").unlink(missing_ok=True)


def place(git: Git) -> bool:
    """Make git's index lock with the future index's bytes, unless somebody holds it already."""
    future, lock = future_index(git), index_lock(git)
    try:
        os.link(future, lock)
    except FileExistsError:
        return False
    except OSError:
        # A file system without hard links: an exclusive create serves, less atomically.
        try:
            with open(lock, "xb") as out:
                out.write(future.read_bytes())
                out.flush()
                os.fsync(out.fileno())
        except FileExistsError:
            return False
    sync_folder(lock.parent)
    return True


def take_effect(git: Git) -> None:
    """Let the future index become the index."""
    os.replace(index_lock(git), index_file(git))
    sync_folder(git.git_dir)


def release(git: Git, digest: str) -> None:
    """Remove git's index lock where it is the future index of that sha256."""
    if digest and file_digest(index_lock(git)) == digest:
        index_lock(git).unlink(missing_ok=True)
        sync_folder(git.git_dir)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

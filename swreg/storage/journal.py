"""The note of a write in flight, and how any later command finishes or clears it.

The note is written before the branch moves. Afterwards either the branch has the commit, and
what is missing in index and work tree is rolled forward, or it has not, and our traces are
removed. Both may be done any number of times.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from swreg.domain import shape
from swreg.storage.files import remove_durably, sync_folder, write_durably
from swreg.storage.git import Git
from swreg.storage.source import blob_id

_OURS_FOR = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What a write is about to do: move `ref` from `old` to `new`, and these files with it.

    `files` maps each path to the blob id before (empty for none). `index` is the sha256 of the
    future index file where one was prepared. `merge` marks a move over other people's commits,
    brought to the work tree by git itself.
    """

    ref: str
    old: str
    new: str
    files: Mapping[str, str] = field(default_factory=dict)
    index: str = ""
    merge: bool = False


def note_path(git: Git) -> Path:
    """Where the note lies; each work tree has its own."""
    return git.git_dir / "swreg" / "journal.json"


def future_index(git: Git) -> Path:
    """Where the index is prepared that a write will put in place."""
    return git.git_dir / "swreg" / "index.next"


def write_note(git: Git, note: Note) -> None:
    """Make the note durable, before anything it speaks of happens."""
    data = json.dumps(shape.write(note), ensure_ascii=True).encode()
    write_durably(note_path(git), data)


def drop_note(git: Git) -> None:
    """The write is over: forget it."""
    remove_durably(note_path(git))
    future_index(git).unlink(missing_ok=True)


def file_digest(path: Path) -> str:
    """The sha256 of a file, empty where there is none."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return ""


def recover(git: Git) -> list[str]:
    """Finish or clear what a killed writer left; what it did, in words. Call it under the lock."""
    path = note_path(git)
    try:
        note = shape.read(Note, json.loads(path.read_bytes()))
    except FileNotFoundError:
        return []
    except (ValueError, shape.ShapeError):
        # Written by rename, so a broken note was never followed by a move of the branch.
        drop_note(git)
        return ["cleared an unreadable journal"]
    _clear_ref_locks(git, note)
    head = git.resolve(note.ref)
    landed = head is not None and (head == note.new or git.is_ancestor(note.new, head))
    warnings = _roll_forward(git, note, head) if landed else []
    if not landed:
        _drop_index_lock(git, note)
    drop_note(git)
    state = "finished" if landed else "cleared"
    return [f"{state} a write that was interrupted ({note.new[:12]})", *warnings]


def _roll_forward(git: Git, note: Note, head: str | None) -> list[str]:
    if note.merge:
        git.run("update-index", "-q", "--refresh")
        answer = git.run("read-tree", "-m", "-u", note.old, note.new) if head == note.new else None
        return [f"the work tree is not in step: {answer.err}"] if answer and answer.code else []
    lock, index = git.git_dir / "index.lock", git.git_dir / "index"
    if note.index and file_digest(lock) == note.index:
        os.replace(lock, index)
        sync_folder(git.git_dir)
    else:
        refresh_entries(git, note.new, list(note.files))
    return write_files(git, note)


def refresh_entries(git: Git, commit: str, paths: list[str], **env: str) -> None:
    """Set the index entries of our paths to what a commit has."""
    items = {item.path: item for item in git.list_tree(commit, *paths)}
    lines = [
        f"{items[path].mode} {items[path].oid}\t{path}"
        if path in items
        else f"0 {'0' * 40}\t{path}"
        for path in paths
    ]
    stdin = "\0".join([*lines, ""]).encode("utf-8", "surrogateescape")
    git.ask("updating the index", "update-index", "-z", "--index-info", stdin=stdin, **env)


def write_files(git: Git, note: Note) -> list[str]:
    """Bring our paths on disk to the commit's bytes where they still are what they were before."""
    warnings = []
    paths = list(note.files)
    for path, data in zip(paths, git.blobs([f"{note.new}:{p}" for p in paths]), strict=True):
        file = git.root / path
        before = note.files[path]
        if data is None or _is(file, blob_id(data, note.new)):
            continue
        if _is(file, before):
            write_durably(file, data)
        else:
            warnings.append(f"{path} has edits that were kept; compare it with the commit")
    return warnings


def _is(file: Path, oid: str) -> bool:
    if not file.exists():
        return oid == ""
    return bool(oid) and blob_id(file.read_bytes(), oid) == oid


def _drop_index_lock(git: Git, note: Note) -> None:
    lock = git.git_dir / "index.lock"
    if note.index and file_digest(lock) == note.index:
        remove_durably(lock)


def _clear_ref_locks(git: Git, note: Note) -> None:
    """Remove the lock files of a git that was killed while it moved our ref.

    Such a file holds our new id, or a beginning of it, and does not change any more.
    """
    names = {note.ref, "HEAD"}
    locks = [folder / f"{name}.lock" for name in names for folder in (git.common_dir, git.git_dir)]
    suspects = {lock: lock.stat() for lock in locks if lock.exists()}
    if not suspects:
        return
    time.sleep(_OURS_FOR)
    for lock, before in suspects.items():
        if not lock.exists() or lock.stat().st_mtime_ns != before.st_mtime_ns:
            continue
        content = lock.read_text("ascii", "replace").strip()
        if note.new.startswith(content):
            remove_durably(lock)

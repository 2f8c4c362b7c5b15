"""The note of a write in flight, and how any later command finishes or clears it.

The note is written before the branch moves. Afterwards either the branch has the commit, and
what is missing in index and work tree is rolled forward, or it has not, and our traces are
removed. Both may be done any number of times.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from swreg.domain import shape
from swreg.storage.checkout import between, bring, narrow, skipped
from swreg.storage.files import remove_durably, remove_temporary, write_durably
from swreg.storage.future_index import (
    clear,
    entries_at,
    file_digest,
    index_file,
    index_lock,
    place,
    prepare,
    release,
    take_effect,
)
from swreg.storage.git import Git
from swreg.storage.git_locks import clear_ref_locks, lock_held


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What a write is about to do: move `ref` from `old` to `new`, and these files with it.

    `files` maps each path to the blob id before (empty for none). `index` is the sha256 of the
    future index file where one was prepared. `merge` marks a move over other people's commits,
    whose files are what differs between the two.
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


def write_note(git: Git, note: Note) -> None:
    """Make the note durable, before anything it speaks of happens."""
    data = json.dumps(shape.write(note), ensure_ascii=True).encode()
    write_durably(note_path(git), data)


def drop_note(git: Git) -> None:
    """The write is over: forget it."""
    remove_durably(note_path(git))
    clear(git)


def recover(git: Git) -> list[str]:
    """Finish or clear what a killed writer left; what it did, in words. Call it under the lock."""
    path = note_path(git)
    remove_temporary(path)
    try:
        note = shape.read(Note, json.loads(path.read_bytes()))
    except FileNotFoundError:
        return []
    except (ValueError, shape.ShapeError):
        # Written by rename, so a broken note was never followed by a move of the branch.
        drop_note(git)
        return ["cleared an unreadable journal"]
    clear_ref_locks(git, note.ref, note.new)
    head = git.resolve(note.ref)
    landed = head is not None and (head == note.new or git.is_ancestor(note.new, head))
    warnings = _roll_forward(git, note, head or "") if landed else []
    release(git, note.index)
    drop_note(git)
    state = "finished" if landed else "cleared"
    return [f"{state} a write that was interrupted ({note.new[:12]})", *warnings]


def _roll_forward(git: Git, note: Note, head: str) -> list[str]:
    if git.bare or (git.head_branch() or "HEAD") != note.ref:
        return []
    files = between(git, note.old, note.new) if note.merge else note.files
    if not files:
        return []
    if note.index and file_digest(index_lock(git)) == note.index:
        take_effect(git)
    elif not note.index or file_digest(index_file(git)) != note.index:
        _restage(git, note, files, head)
    kept_out = skipped(git, files)
    wanted = {path: before for path, before in files.items() if path not in kept_out}
    warnings = bring(git, head, wanted, as_stored=not note.merge)
    if note.merge:
        narrow(git)
    return warnings


def _restage(git: Git, note: Note, files: Mapping[str, str], head: str) -> None:
    """Set the index entries that still are what they were before; whoever changed one keeps it."""
    out = git.ask("reading the index", "ls-files", "-z", "--stage", "--", *files).out
    lines = out.decode("utf-8", "surrogateescape").split("\0")[:-1]
    held = {path: facts.split()[1] for facts, _, path in (line.partition("\t") for line in lines)}
    behind = [path for path, before in files.items() if held.get(path, "") == before]
    if not behind:
        return
    digest = prepare(git, entries_at(git, head, behind))
    write_note(git, replace(note, index=digest))
    if not place(git):
        raise lock_held(index_lock(git))
    take_effect(git)

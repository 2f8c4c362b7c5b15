"""Moving a branch to a new commit, by compare-and-swap, with index and work tree in step.

While the branch moves we hold git's own `index.lock`, as the prepared future index: a crash in
between would otherwise leave an index in which our change is staged for *reversal*, and the
user's next commit would undo a promotion.
"""

from __future__ import annotations

import filecmp
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from swreg.errors import (
    EnvironmentFault,
    FollowUpIncomplete,
    NotReady,
    PolicyRefused,
    SwregError,
)
from swreg.storage.checkout import skipped
from swreg.storage.commit import NewFile, entries_of
from swreg.storage.files import require_real_folders, require_writable_folder, write_durably
from swreg.storage.future_index import (
    file_digest,
    index_file,
    index_lock,
    place,
    prepare,
    release,
    take_effect,
)
from swreg.storage.git import Answer, Git, failure
from swreg.storage.git_locks import clear_ref_locks, lock_held, named_in
from swreg.storage.journal import (
    Note,
    drop_note,
    recover,
    write_note,
)

_INDEX_WAIT = 5.0
_LOCK_WAIT = 3.0


class LostRace(Exception):
    """Somebody else moved the branch first; decide again on the new tip."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Landing:
    """A finished commit on its way to a branch.

    `before` has the blob id of each of our paths at the base, empty for a new file.
    """

    ref: str
    old: str | None
    new: str
    files: Mapping[str, NewFile]
    before: Mapping[str, str]
    summary: str


def land(git: Git, landing: Landing, *, in_step: bool) -> list[str]:
    """Move the branch; with `in_step` also index and work tree. Returns warnings.

    Raises `LostRace`; any other failure leaves nothing changed, or a note that the next command
    finishes.
    """
    if not in_step:
        land_out_of_sight(git, landing)
        return []
    for path in landing.files:
        require_real_folders(git.root, path)
    kept_out = skipped(git, landing.files)
    for path in landing.files.keys() - kept_out:
        require_writable_folder(git.root / path)
    return _land_in_step(git, landing, kept_out)


def land_out_of_sight(git: Git, landing: Landing) -> None:
    """Move a branch that is not checked out; the note is there for git's own lock files."""
    with undisturbed(git):
        write_note(git, Note(ref=landing.ref, old=landing.old or "", new=landing.new))
        try:
            swap(git, landing)
        except BaseException:
            drop_note(git)
            raise
        with follow_up(landing):
            drop_note(git)


def _land_in_step(git: Git, landing: Landing, kept_out: set[str]) -> list[str]:
    with undisturbed(git):
        digest = hold_index(
            git,
            lambda: prepare(git, entries_of(landing.files, landing.new), skipped=kept_out),
            lambda digest: _note(landing, kept_out, digest),
        )
        try:
            swap(git, landing)
        except BaseException:
            if git.resolve(landing.ref) != landing.new:
                give_up(git, digest)
                raise
        with follow_up(landing):
            for path, file in landing.files.items():
                if path not in kept_out:
                    write_durably(git.root / path, file.contents or b"")
            take_effect(git)
            drop_note(git)
    return []


@contextmanager
def follow_up(landing: Landing) -> Iterator[None]:
    """What fails from here on fails after the change is in the history."""
    try:
        yield
    except (OSError, EnvironmentFault) as error:
        why = error.strerror if isinstance(error, OSError) else error.what
        raise FollowUpIncomplete(
            f"committed as {landing.new[:12]}, but the work tree is not in step: {why}",
            "mend the cause, then run: swreg doctor --fix",
            landing.new,
        ) from error


def hold_index(git: Git, make: Callable[[], str], note: Callable[[str], Note]) -> str:
    """Put the future index in place as git's own lock, with a note that says so; its sha256.

    `make` prepares it from the index as it is now.
    """
    deadline = time.monotonic() + _INDEX_WAIT
    while True:
        before = file_digest(index_file(git))
        digest = make()
        try:
            write_note(git, note(digest))
            if place(git) and file_digest(index_file(git)) == before:
                return digest
        except BaseException:
            give_up(git, digest)
            raise
        give_up(git, digest)
        if time.monotonic() > deadline:
            raise lock_held(index_lock(git))
        time.sleep(0.05)


def give_up(git: Git, digest: str) -> None:
    """Take back our hold of the index, and the note."""
    release(git, digest)
    drop_note(git)


def _note(landing: Landing, skipped: set[str], digest: str) -> Note:
    return Note(
        ref=landing.ref,
        old=landing.old or "",
        new=landing.new,
        files={path: oid for path, oid in landing.before.items() if path not in skipped},
        index=digest,
    )


def swap(git: Git, landing: Landing) -> None:
    """Compare and swap. git can fail after the ref moved, so the ref itself is asked."""
    deadline = time.monotonic() + _LOCK_WAIT
    while True:
        answer = _update_ref(git, landing)
        lock = named_in(answer.err)
        clear_ref_locks(git, landing.ref, landing.new, theirs=lock)
        if answer.code == 0:
            return
        now = git.resolve(landing.ref)
        if now == landing.new:
            return
        if now != landing.old or "nonexistent object" in answer.err:
            raise LostRace(answer.err)
        if lock is None:
            raise _refused(answer)
        if time.monotonic() > deadline:
            raise lock_held(lock)
        time.sleep(0.05)


def _update_ref(git: Git, landing: Landing) -> Answer:
    nothing = "0" * len(landing.new)
    return git.run(
        "update-ref", "-m", f"swreg: {landing.summary[:200]}", "--create-reflog", "--end-of-options",
        landing.ref, landing.new, landing.old or nothing,
    )  # fmt: skip


def _refused(answer: Answer) -> SwregError:
    if "aborted by hook" in answer.err:
        said = " / ".join(line.strip() for line in answer.err.splitlines() if line.strip())
        return PolicyRefused(
            f"the reference-transaction hook refused: {said[:500]}", "mend what it names"
        )
    return failure(answer, "moving the branch")


def require_clean(git: Git, files: Mapping[str, NewFile]) -> None:
    """Refuse where our own paths hold edits that are not committed.

    A new file that lies there already, with the very bytes it shall hold, is in nobody's way.
    """
    answer = git.ask(
        "looking at the work tree", "status", "--porcelain=v1", "-z", "--untracked-files=all",
        "--no-renames", "--ignored=matching", "--", *files,
    )  # fmt: skip
    lines = [line for line in answer.out.decode("utf-8", "replace").split("\0") if line]
    dirty = [
        line[3:]
        for line in lines
        if line[:2] not in ("??", "!!") or not _holds(git.root / line[3:], files.get(line[3:]))
    ]
    if dirty:
        more = f" and {len(dirty) - 1} more" if len(dirty) > 1 else ""
        raise NotReady(
            f"{dirty[0]}{more} has uncommitted edits",
            "commit them, or restore the file with git restore --staged --worktree",
        )


def _holds(path: Path, file: NewFile | None) -> bool:
    """Whether a plain file has the contents that it shall have."""
    contents = file.contents if file is not None else None
    if contents is None or path.is_symlink() or not path.is_file():
        return False
    if isinstance(contents, bytes):
        return path.read_bytes() == contents
    return filecmp.cmp(path, contents, shallow=False)


@contextmanager
def undisturbed(git: Git) -> Iterator[None]:
    """Put off Ctrl-C and termination until the branch, the index and the files agree.

    git's processes get a session of their own meanwhile, or a Ctrl-C would end them instead.
    """
    git.own_session = True
    try:
        if threading.current_thread() is threading.main_thread():
            with _signals_put_off():
                yield
        else:
            yield
    finally:
        git.own_session = False


@contextmanager
def _signals_put_off() -> Iterator[None]:
    caught: list[int] = []
    kinds = [signal.SIGINT, signal.SIGTERM]
    old = {kind: signal.signal(kind, lambda number, frame: caught.append(number)) for kind in kinds}
    try:
        yield
    finally:
        for kind, handler in old.items():
            signal.signal(kind, handler)
    if caught:
        signal.raise_signal(caught[0])


__all__ = ["Landing", "LostRace", "land", "recover", "require_clean"]

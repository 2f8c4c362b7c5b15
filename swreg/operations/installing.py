"""Put pieces of ours into other programs' files, show them first, and take only them out again."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import unified_diff
from pathlib import Path
from typing import Literal

from swreg.domain.owned import Piece, Wanted
from swreg.errors import AlreadyExists, NotReady
from swreg.operations.outcome import Outcome
from swreg.storage.files import disk_errors, remove_durably, write_durably

Action = Literal["write", "update", "remove", "same", "refused", "skipped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A piece and the file it belongs into; `executable` is for what git or a shell runs."""

    root: Path
    path: str
    piece: Piece
    executable: bool = False

    @property
    def file(self) -> Path:
        return self.root / self.path


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """What is done to one file; `diff` is a unified diff, `obstacle` why it is refused.

    `skipped` is a change that was held back because another file is refused.
    """

    path: str
    action: Action
    diff: str = ""
    obstacle: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """What was put where. `notes` say what is left for a person to do."""

    target: str
    root: str
    uninstall: bool
    files: tuple[FileChange, ...]
    notes: tuple[str, ...] = ()


def install(
    places: Sequence[Place],
    *,
    target: str,
    root: Path,
    uninstall: bool = False,
    force: bool = False,
    dry_run: bool = False,
    notes: Sequence[str] = (),
) -> Outcome[Installed]:
    """Bring every piece into its file, or out of it; all of them, or none where one is refused.

    A file that is not ours, or was edited since, is refused with the difference unless `force`;
    on the way out it is left alone.
    """
    plans = [_plan(place, uninstall, force) for place in places]
    changes = tuple(change for change, _ in plans)
    refused = [change for change in changes if change.action == "refused"]
    if not dry_run and (uninstall or not refused):
        for place, (change, wanted) in zip(places, plans, strict=True):
            _carry_out(place, change, wanted)
            if uninstall and change.action == "remove":
                _remove_empty(place)
    if refused and not uninstall:
        changes = tuple(map(_held_back, changes))
    data = Installed(
        target=target, root=str(root), uninstall=uninstall, files=changes, notes=tuple(notes)
    )
    refusal = None
    if refused:
        names = ", ".join(change.path for change in refused)
        left = "left alone" if uninstall else "nothing was written"
        refusal = AlreadyExists(f"{left}: {names} {'are' if len(refused) > 1 else 'is'} "
                                "not as swreg wrote it", "look at the difference, then --force")  # fmt: skip
    return Outcome(command="install", data=data, dry_run=dry_run, refusal=refusal)


def _held_back(change: FileChange) -> FileChange:
    changing = change.action in ("write", "update", "remove")
    return replace(change, action="skipped", diff="") if changing else change


def _plan(place: Place, uninstall: bool, force: bool) -> tuple[FileChange, Wanted]:
    _require_real(place)
    now = read(place.file)
    wanted = place.piece.take(now) if uninstall else place.piece.put(now)
    action = _action(now, wanted.text, place)
    obstacle = "" if force else wanted.obstacle
    if action != "same" and obstacle:
        action = "refused"
    diff = "" if action == "same" else _diff(place.path, now, wanted.text)
    return FileChange(path=place.path, action=action, diff=diff, obstacle=obstacle), wanted


def _action(now: str | None, then: str | None, place: Place) -> Action:
    if now == then and not (place.executable and then and not os.access(place.file, os.X_OK)):
        return "same"
    if then is None:
        return "remove"
    return "write" if now is None else "update"


def _carry_out(place: Place, change: FileChange, wanted: Wanted) -> None:
    if change.action in ("same", "refused"):
        return
    with disk_errors(f"write {place.path}"):
        if wanted.text is None:
            remove_durably(place.file)
            return
        mode = place.file.stat().st_mode & 0o777 if place.file.exists() else 0o644
        write_durably(place.file, wanted.text.encode("utf-8", "surrogateescape"))
        place.file.chmod(mode | (0o111 if place.executable else 0))


def _remove_empty(place: Place) -> None:
    """Remove the folders that only our file was in, never the root itself."""
    folder = place.file.parent
    while folder != place.root and place.root in folder.parents:
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent


def read(path: Path) -> str | None:
    """The file's text with its line ends as they are, None where there is none."""
    with disk_errors(f"read {path.name}"):
        try:
            return path.read_bytes().decode("utf-8", "surrogateescape")
        except FileNotFoundError:
            return None


def _require_real(place: Place) -> None:
    """A link could lead our text into a file that nobody named."""
    here = place.root
    for part in Path(place.path).parts:
        here = here / part
        if here.is_symlink():
            raise NotReady(f"{here} is a symbolic link", "replace it by a real file or folder")


def _diff(path: str, now: str | None, then: str | None) -> str:
    before, after = (now or "").splitlines(), (then or "").splitlines()
    names = path if now is not None else "/dev/null", path if then is not None else "/dev/null"
    return "\n".join(unified_diff(before, after, *names, lineterm="", n=2))

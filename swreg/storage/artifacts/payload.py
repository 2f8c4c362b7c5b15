"""The files that a caller registers: found, copied aside and hashed in one pass.

Only regular files count; a link could lead anywhere tomorrow. A file that changes while it is
read is refused, so that a digest never stands for bytes that nobody has seen together.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from swreg.domain.metadata_keys import FileFact
from swreg.domain.names import visible
from swreg.errors import FactError, NotFound
from swreg.storage.artifacts.hashing import copy_hashed
from swreg.storage.files import CHUNK, disk_errors

_ABANDONED_AFTER = 24 * 60 * 60
GENERATED = frozenset(["metadata.json"])
"""Names that only swreg writes into the folder of a version."""

_GITS_OWN = frozenset([".git", ".gitattributes", ".gitignore", ".gitmodules"])
_POINTER = b"version https://git-lfs.github.com/spec/"

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Payload:
    """Files set aside for a registration: `folder` holds them, `files` lists them by path.

    `telling` names the files that make two models the same one; all of them where it is empty. A
    framework's own format may hold times and addresses that differ with every saving.
    """

    folder: Path
    files: tuple[FileFact, ...]
    telling: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """All bytes together."""
        return sum(one.size for one in self.files)

    @property
    def content(self) -> str:
        """The digest by which the same model is known again."""
        return tree_digest(
            one for one in self.files if one.path in self.telling or not self.telling
        )


def tree_digest(files: Iterable[FileFact]) -> str:
    """One digest of many files: sha256 over `<sha256>  <path>` lines, sorted by path.

    >>> tree_digest([])
    'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
    """
    lines = sorted((one.path, one.sha256) for one in files)
    text = "".join(f"{sha256}  {path}\n" for path, sha256 in lines)
    import hashlib

    return f"sha256:{hashlib.sha256(text.encode('utf-8', 'surrogateescape')).hexdigest()}"


@contextmanager
def staging(folder: Path, *, shared: bool = False) -> Iterator[Path]:
    """A private folder that is gone afterwards; `shared` where other machines write there, too."""
    place = folder / f"staging-{os.getpid()}-{os.urandom(4).hex()}"
    with disk_errors("set the artifact aside"):
        _clear_abandoned(folder, shared=shared)
        place.mkdir(parents=True)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _clear_abandoned(folder: Path, *, shared: bool) -> None:
    """Remove the folders of processes that were killed: nobody wrote there for a day.

    A process of this machine that is gone is known by its number; others have theirs.
    """
    for place in folder.glob("staging-*"):
        old = time.time() - place.stat().st_mtime > _ABANDONED_AFTER
        if old or not (shared or _alive(place)):
            shutil.rmtree(place, ignore_errors=True)


def _alive(place: Path) -> bool:
    if os.name == "nt":  # pragma: no cover - Windows
        return True
    try:
        os.kill(int(place.name.split("-")[1]), 0)
    except (ProcessLookupError, ValueError, IndexError):
        return False
    except PermissionError:
        return True
    return True


def collect(artifact: Path, into: Path, *, progress: Progress = lambda done: None) -> Payload:
    """Copy a file or folder to `into`, hashing on the way.

    Raises `NotFound` for a missing path and `FactError` for what is no plain file, an empty
    folder, or a file that changed meanwhile.
    """
    if not artifact.exists():
        raise NotFound(f"no artifact at {visible(str(artifact))}", "name a file or folder")
    files = []
    for source, relative in _found(artifact):
        _require_plain(source, relative)
        target = into / relative
        with disk_errors(f"read {relative}"):
            target.parent.mkdir(parents=True, exist_ok=True)
            files.append(_copy(source, target, relative, progress))
    if not files:
        raise FactError(
            f"{visible(str(artifact))} has no files", "register a folder with a model in it"
        )
    return Payload(into, tuple(files))


def adopt(folder: Path) -> Payload:
    """The files that were written to a folder of ours, as `collect` would have them.

    Raises `FactError` for an empty folder and for what is no plain file.
    """
    for source, relative in _found(folder):
        _require_plain(source, relative)
    files = facts_of(folder)
    if not files:
        raise FactError("a version has no files", "look at it where it comes from")
    return Payload(folder, files)


def holds_only(folder: Path, planned: Mapping[str, str]) -> bool:
    """Whether each file below the folder is planned (path -> sha256), with just those bytes."""
    return all(
        source.is_file() and not source.is_symlink() and planned.get(path) == _hash(source)
        for source, path in _found(folder)
    )


def facts_of(folder: Path) -> tuple[FileFact, ...]:
    """The files of a folder with their digests, nothing copied."""
    return tuple(
        FileFact(path=relative, sha256=_hash(source), size=source.stat().st_size)
        for source, relative in _found(folder)
    )


def fact_of(file: Path) -> FileFact:
    """One file under its own name, as `collect` would have it; `FactError` for what is no file."""
    _require_plain(file, file.name)
    return FileFact(path=file.name, sha256=_hash(file), size=file.stat().st_size)


def _found(artifact: Path) -> list[tuple[Path, str]]:
    if not artifact.is_dir():
        return [(artifact, artifact.name)]
    pairs = []
    for root, folders, names in os.walk(artifact):
        folders.sort()
        for name in [*names, *(one for one in folders if os.path.islink(os.path.join(root, one)))]:
            path = Path(root, name)
            pairs.append((path, path.relative_to(artifact).as_posix()))
    return sorted(pairs, key=lambda pair: pair[1])


def _require_plain(source: Path, relative: str) -> None:
    shown = visible(relative)
    if source.is_symlink() or not source.is_file():
        raise FactError(f"{shown} is not a regular file", "replace links by the files they mean")
    if shown != relative or "\\" in relative or _GITS_OWN & {*relative.casefold().split("/")}:
        raise FactError(
            f"{shown!r} cannot be a file name in the registry", "rename it, or leave it out"
        )
    if relative in GENERATED:
        raise FactError(
            f"the artifact holds {relative}, which swreg writes itself",
            f"pass it with --metadata {relative}, and leave it out of the artifact",
        )
    if _starts(source, _POINTER):
        raise FactError(
            f"{shown} is only git-lfs's pointer to a file", "fetch the file itself: git lfs pull"
        )


def _starts(path: Path, text: bytes) -> bool:
    with disk_errors(f"read {visible(path.name)}"), open(path, "rb") as file:
        return file.read(len(text)) == text


def _copy(source: Path, target: Path, relative: str, progress: Progress) -> FileFact:
    before = source.stat()
    with open(source, "rb", buffering=0) as read, open(target, "xb", buffering=0) as write:
        digest, size = copy_hashed(read, write, progress=progress)
    after = source.stat()
    if (before.st_mtime_ns, before.st_size) != (
        after.st_mtime_ns,
        after.st_size,
    ) or size != after.st_size:
        raise FactError(f"{relative} changed while it was read", "wait until training is done")
    return FileFact(path=relative, sha256=digest, size=size)


def _hash(path: Path) -> str:
    import hashlib

    digest = hashlib.sha256()
    with open(path, "rb", buffering=0) as read:
        buffer = memoryview(bytearray(CHUNK))
        while count := read.readinto(buffer):
            digest.update(buffer[:count])
    return digest.hexdigest()

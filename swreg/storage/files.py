"""Files on disk, written so that a crash leaves the old bytes or the new ones."""

from __future__ import annotations

import errno
import glob
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from swreg.errors import EnvironmentFault, NotReady

CHUNK = 1 << 20


@contextmanager
def disk_errors(doing: str) -> Iterator[None]:
    """Turn the system's refusals into one clear line."""
    try:
        yield
    except OSError as error:
        what = error.strerror or str(error)
        raise EnvironmentFault(
            f"cannot {doing}: {what}" + (f" ({error.filename})" if error.filename else ""),
            "free space or mend the permissions, then try again",
        ) from error


def sync_folder(folder: Path) -> None:
    """Make names in a folder durable, where the system lets one sync a folder."""
    if os.name == "nt":  # pragma: no cover - Windows
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_durably(path: Path, data: bytes | Path) -> None:
    """Bytes, or the contents of another file, to `path`: temporary file, sync, rename, sync."""
    make_folders(path.parent)
    temporary = path.with_name(f".{path.name}.swreg-{os.getpid()}")
    try:
        with open(temporary, "xb") as out:
            if isinstance(data, bytes):
                out.write(data)
            else:
                with open(data, "rb") as source:
                    shutil.copyfileobj(source, out, CHUNK)
            out.flush()
            os.fsync(out.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def make_folders(folder: Path) -> None:
    """Like mkdir -p, and every new name made durable."""
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for new in reversed(missing):
        new.mkdir(exist_ok=True)
        sync_folder(new.parent)


def remove_temporary(path: Path) -> None:
    """Remove what a killed writer of that path left beside it."""
    for leftover in path.parent.glob(f".{glob.escape(path.name)}.swreg-*"):
        leftover.unlink(missing_ok=True)


def remove_durably(path: Path) -> None:
    """Delete a file, if it is there."""
    if path.exists() or path.is_symlink():
        path.unlink()
        sync_folder(path.parent)


def require_real_folders(root: Path, path: str) -> None:
    """Refuse a path that leaves the tree through a symbolic link."""
    here = root
    for part in path.split("/"):
        here = here / part
        if here.is_symlink():
            raise NotReady(
                f"{here.relative_to(root).as_posix()} is a symbolic link",
                "replace it by a real file or folder",
            )


def require_writable_folder(path: Path) -> None:
    """Refuse a path that no file can be written to, as long as that changes nothing."""
    folder = path.parent
    while not folder.exists():
        folder = folder.parent
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))

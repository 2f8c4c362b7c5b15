"""A folder of this machine, or one that is mounted: `file:///srv/ml-models`."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from swreg.domain.storage_address import Address
from swreg.errors import EnvironmentFault
from swreg.storage.artifacts.stores import Stored, Told
from swreg.storage.files import CHUNK, disk_errors, make_folders, sync_folder

_TEMPORARY = "tmp"


class Folder:
    """Objects as files below one folder; a new one is linked into place, which never overwrites."""

    near = True
    conditional = True

    def __init__(self, address: Address) -> None:
        self.address = address
        self.root = Path(address.place)

    @property
    def temporary(self) -> Path:
        """Where files lie before they have their name: on the same disk."""
        return self.root / _TEMPORARY

    def look(self, key: str) -> Stored | None:
        with self._errors("look into the store"):
            self._require_there()
            path = self.root / key
            return self._stored(path) if path.is_file() else None

    def _stored(self, path: Path) -> Stored:
        facts = path.stat()
        return Stored(
            key=path.relative_to(self.root).as_posix(),
            size=facts.st_size,
            modified=datetime.fromtimestamp(facts.st_mtime, UTC),
        )

    def put(self, key: str, source: Path, told: Told, *, replace: bool = False) -> bool:
        """A file that lies in `temporary` gets a second name; any other one is copied."""
        target = self.root / key
        with self._errors("write to the store"):
            self._require_there()
            make_folders(target.parent)
            if target.exists() and not replace:
                return False
            if source.is_relative_to(self.temporary):
                made = _named(source, target, replace=replace)
            else:
                made = self._copied(source, target, told, replace=replace)
            sync_folder(target.parent)
        return made

    def _copied(self, source: Path, target: Path, told: Told, *, replace: bool) -> bool:
        """The file from elsewhere, under a temporary name first."""
        self.temporary.mkdir(exist_ok=True)
        place = self.temporary / f"{os.getpid()}-{os.urandom(6).hex()}"
        try:
            with open(source, "rb", buffering=0) as read, open(place, "xb") as write:
                while part := read.read(CHUNK):
                    write.write(part)
                    told(len(part))
            return _named(place, target, replace=replace)
        finally:
            place.unlink(missing_ok=True)

    def read(self, key: str, told: Told) -> Iterator[bytes]:
        self._require_there()
        path = self.root / key
        if not path.is_file():
            raise FileNotFoundError(key)
        with self._errors("read from the store"), open(path, "rb", buffering=0) as file:
            while part := file.read(CHUNK):
                told(len(part))
                yield part

    def delete(self, key: str) -> None:
        with self._errors("delete from the store"):
            (self.root / key).unlink(missing_ok=True)

    def listing(self, prefix: str) -> Iterator[Stored]:
        with self._errors("list the store"):
            self._require_there()
            for path in sorted((self.root / prefix).rglob("*")):
                if path.is_file():
                    yield self._stored(path)

    @contextmanager
    def _errors(self, doing: str) -> Iterator[None]:
        with disk_errors(f"{doing} {self.address}"):
            yield

    def _require_there(self) -> None:
        """A folder that is not mounted must not be made anew beside the real one."""
        if not self.root.is_dir():
            raise EnvironmentFault(
                f"there is no folder at {self.address}", "mount it, or make it with mkdir -p"
            )


def _named(place: Path, target: Path, *, replace: bool) -> bool:
    """Give a temporary file its name, once its bytes are on the disk; False where it is taken."""
    with open(place, "rb") as file:
        os.fsync(file.fileno())
    os.chmod(place, stat.S_IMODE(place.stat().st_mode) & ~0o222)
    os.utime(place)
    second = place.with_name(f"{place.name}.{os.urandom(4).hex()}") if replace else target
    try:
        os.link(place, second)
    except FileExistsError:
        return False
    except OSError:  # a file system without links
        if not replace and target.exists():
            return False
        second = place.with_name(f"{place.name}.{os.urandom(4).hex()}")
        shutil.copyfile(place, second)
    if second != target:
        os.replace(second, target)
    return True


def connect(address: Address, extra: str) -> Folder:
    """The folder at the address; it need not be there yet."""
    return Folder(address)

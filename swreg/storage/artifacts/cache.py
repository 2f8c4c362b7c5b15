"""Files that were fetched once, kept by digest on this machine, the least used ones given up first.

Whatever lies here is hashed again on its way out and thrown away where it is wrong, so that a cache
can cost time and nothing else. Several processes may share it: a file appears whole, and one that
is removed while it is read stays readable.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from contextlib import suppress
from pathlib import Path

from swreg.domain.metadata_keys import FileFact
from swreg.domain.storage_address import object_key
from swreg.storage.artifacts.stores import Told
from swreg.storage.files import CHUNK

LIMIT = 10 * 10**9
"""Bytes that the cache may hold where nobody says otherwise."""
_ABANDONED_AFTER = 24 * 60 * 60


def user_cache() -> Path | None:
    """The folder of this user's cache; None where there is no home."""
    top = os.environ.get("XDG_CACHE_HOME") or ""
    with suppress(RuntimeError):
        return (Path(top) if os.path.isabs(top) else Path.home() / ".cache") / "swreg"
    return None


class Cache:
    """A folder of files by digest, `limit` bytes at most; with none of either it keeps nothing."""

    def __init__(self, folder: Path | None, limit: int = LIMIT) -> None:
        self.folder = folder if limit > 0 else None
        self.limit = limit

    def copy(self, fact: FileFact, target: Path, told: Told) -> bool:
        """Copy a file out, hashed on the way; False where it is not here or not what it was."""
        if self.folder is None:
            return False
        place = self.folder / object_key(fact.sha256)
        digest = hashlib.sha256()
        try:
            read = open(place, "rb", buffering=0)  # noqa: SIM115 - its absence alone means nothing
        except OSError:
            return False
        with read, open(target, "wb") as write:
            while part := read.read(CHUNK):
                digest.update(part)
                write.write(part)
                told(len(part))
        with suppress(OSError):
            if digest.hexdigest() == fact.sha256:
                os.utime(place)
                return True
            place.unlink()
        return digest.hexdigest() == fact.sha256

    def keep(self, fact: FileFact, source: Path) -> None:
        """Keep a copy of a verified file; a disk that is full keeps none, and that is no error."""
        if self.folder is None or fact.size > self.limit:
            return
        place = self.folder / object_key(fact.sha256)
        temporary = place.with_name(f".{place.name}.{os.getpid()}-{os.urandom(4).hex()}")
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, temporary)
            os.replace(temporary, place)
        except OSError:
            with suppress(OSError):
                temporary.unlink()
            return
        self._shrink(place)

    def _shrink(self, kept: Path) -> None:
        """Remove what was used least recently until the limit holds; never what was just kept."""
        assert self.folder is not None
        found = []
        for path in self.folder.glob("sha256/*/*"):
            with suppress(OSError):
                facts = path.stat()
                found.append((facts.st_mtime, facts.st_size, path))
        total = sum(size for _, size, _ in found)
        newest = max((when for when, _, _ in found), default=0.0)
        for when, size, path in sorted(found):
            half = path.name.startswith(".") and newest - when > _ABANDONED_AFTER
            if (total > self.limit and path != kept and not path.name.startswith(".")) or half:
                with suppress(OSError):
                    path.unlink()
                total -= size

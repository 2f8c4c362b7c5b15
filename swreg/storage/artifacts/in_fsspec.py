"""Whatever else fsspec opens: `sftp://host/path`, and stores of which only it knows."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from swreg.domain.storage_address import Address
from swreg.errors import EnvironmentFault, MissingExtra, UsageError
from swreg.storage.artifacts.stores import Stored, Told, trouble
from swreg.storage.files import CHUNK

_TEMPORARY = "tmp"


class Opened:
    """Objects as files of a file system: written under a temporary name, then moved."""

    near = False
    conditional = False

    def __init__(self, address: Address, system: Any, root: str) -> None:
        self.address = address
        self._system = system
        self._root = root.rstrip("/")

    def look(self, key: str) -> Stored | None:
        with self._errors("looking for an object"):
            try:
                return self._stored(self._system.info(self._at(key)))
            except FileNotFoundError:
                return None

    def put(self, key: str, source: Path, told: Told, *, replace: bool = False) -> bool:
        if not replace and self.look(key) is not None:
            return False
        place = self._at(f"{_TEMPORARY}/{os.urandom(8).hex()}")
        with self._errors("writing"):
            for path in (place, self._at(key)):
                self._system.makedirs(path.rpartition("/")[0], exist_ok=True)
            try:
                with open(source, "rb") as read, self._system.open(place, "wb") as write:
                    while part := read.read(CHUNK):
                        write.write(part)
                        told(len(part))
                if replace:
                    with suppress(FileNotFoundError):
                        self._system.rm_file(self._at(key))
                self._system.mv(place, self._at(key))
            finally:
                with suppress(Exception):
                    self._system.rm_file(place)
        return True

    def read(self, key: str, told: Told) -> Iterator[bytes]:
        if self.look(key) is None:
            raise FileNotFoundError(key)
        with self._errors("reading"), self._system.open(self._at(key), "rb") as file:
            while part := file.read(CHUNK):
                told(len(part))
                yield bytes(part)

    def delete(self, key: str) -> None:
        with self._errors("deleting"), suppress(FileNotFoundError):
            self._system.rm_file(self._at(key))

    def listing(self, prefix: str) -> Iterator[Stored]:
        with self._errors("listing"):
            found = self._system.find(self._at(prefix.rstrip("/")), detail=True)
            for _, facts in sorted(found.items()):
                yield self._stored(facts)

    def _at(self, key: str) -> str:
        return f"{self._root}/{key}"

    def _stored(self, facts: dict[str, Any]) -> Stored:
        name = str(facts["name"])
        key = name[name.index(self._root) + len(self._root) :].lstrip("/")
        when = next((facts[k] for k in ("mtime", "LastModified", "last_modified", "created")
                     if facts.get(k)), None)  # fmt: skip
        return Stored(key=key, size=int(facts["size"] or 0), modified=_time(when))

    @contextmanager
    def _errors(self, doing: str) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # noqa: BLE001 - each file system raises errors of its own
            raise trouble(self.address, error, doing) from None


def _time(when: Any) -> datetime:
    """A time however a file system tells it; where it tells none, now: nobody frees what is new."""
    if isinstance(when, datetime):
        return when if when.tzinfo else when.replace(tzinfo=UTC)
    if isinstance(when, (int, float)):
        return datetime.fromtimestamp(when, UTC)
    return datetime.now(UTC)


def connect(address: Address, extra: str) -> Opened:
    """The file system at the address, with its own credentials and configuration."""
    if find_spec("fsspec") is None:
        raise MissingExtra("fsspec", extra, f"a store at {address.scheme}://")
    from fsspec.core import url_to_fs

    try:
        system, root = url_to_fs(str(address), skip_instance_cache=True, use_listings_cache=False)
    except ValueError:
        raise UsageError(
            f"no store is known for {address.scheme}://",
            "use file, s3, gs, az, sftp, or install the fsspec file system for it",
        ) from None
    except ImportError as error:
        raise _missing(address, extra, error) from None
    except Exception as error:  # noqa: BLE001 - each file system raises errors of its own
        raise trouble(address, error, "connecting") from None
    return Opened(address, system, root)


def _missing(address: Address, extra: str, error: ImportError) -> EnvironmentFault:
    """What to install: fsspec says it itself what to install for each scheme that it knows."""
    if extra == "sftp":
        return MissingExtra("sshfs", extra, f"a store at {address.scheme}://")
    said = " ".join(str(error).split())
    return EnvironmentFault(f"a store at {address.scheme}:// needs a package", said[:150])

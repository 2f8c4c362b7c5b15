"""Whatever else fsspec opens: `sftp://host/path`, and stores of which only it knows."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cached_property
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

    def __init__(self, address: Address) -> None:
        self.address = address

    @cached_property
    def _opened(self) -> tuple[Any, str]:
        """The file system and the folder in it; connected when it is first needed."""
        from fsspec.core import url_to_fs

        with self._errors("connecting"):
            system, root = url_to_fs(str(self.address), skip_instance_cache=True)
        return system, root.rstrip("/")

    @property
    def _system(self) -> Any:
        return self._opened[0]

    @property
    def _root(self) -> str:
        return self._opened[1]

    def look(self, key: str) -> Stored | None:
        with self._errors("looking for an object"):
            self._system.invalidate_cache()
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
            self._system.invalidate_cache()
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
        except EnvironmentFault:
            raise
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
    """The file system at the address, with its own credentials and configuration.

    Hosts are reached by sshfs alone: it knows the user's `~/.ssh`, and refuses unknown hosts.
    """
    for package in ("fsspec", "sshfs") if extra == "sftp" else ("fsspec",):
        if find_spec(package) is None:
            raise MissingExtra(package, extra, f"a store at {address.scheme}://")
    import fsspec

    try:
        fsspec.get_filesystem_class(address.scheme)
    except ValueError:
        raise UsageError(
            f"no store is known for {address.scheme}://",
            "use file, s3, gs, az, sftp, or install the fsspec file system for it",
        ) from None
    except ImportError as error:
        # fsspec says itself what to install for each scheme that it knows.
        said = " ".join(str(error).split())[:150]
        raise EnvironmentFault(f"{address.scheme}:// needs a package", said) from None
    return Opened(address)

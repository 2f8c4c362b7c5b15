"""The three big clouds by obstore: `s3://bucket/…`, `gs://bucket/…`, `az://container/…`.

Credentials are those of the environment, and where the cloud's own library is installed also
those of its profiles and sign-ins. An object appears whole or not at all. A small one is created
on condition that there is none; a large one goes up in parts, for which there is no condition, so
it is looked for first, and what was put is read back in any case.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO

from swreg.domain.storage_address import Address
from swreg.errors import EnvironmentFault, MissingExtra
from swreg.storage.artifacts.cloud_options import client_options
from swreg.storage.artifacts.stores import Stored, Told, trouble

_PART = 8 << 20
_IN_FLIGHT = 4
_LARGE = threading.BoundedSemaphore(2)
"""How many large files go up at once: each holds a few parts in memory."""


class Cloud:
    """A bucket or container, and a prefix in it."""

    near = False
    conditional = True

    def __init__(self, address: Address) -> None:
        self.address = address

    @cached_property
    def _client(self) -> Any:
        """Made when it is first needed, for that is when credentials are looked for."""
        from obstore.exceptions import BaseError
        from obstore.store import from_url

        try:
            return from_url(str(self.address), **client_options(self.address.scheme))
        except (BaseError, ValueError) as error:
            raise _refusal(self.address, error, "opening") from None

    def look(self, key: str) -> Stored | None:
        with self._errors("looking for an object"):
            try:
                facts = self._client.head(key)
            except FileNotFoundError:
                return None
        return Stored(key=key, size=facts["size"], modified=facts["last_modified"])

    def put(self, key: str, source: Path, told: Told, *, replace: bool = False) -> bool:
        from obstore.exceptions import AlreadyExistsError

        if source.stat().st_size > _PART:
            return self._put_in_parts(key, source, told)
        data = source.read_bytes()
        told(0)
        with self._errors("writing"):
            try:
                self._client.put(key, data, mode="overwrite" if replace else "create")
            except AlreadyExistsError:
                return False
        told(len(data))
        return True

    def _put_in_parts(self, key: str, source: Path, told: Told) -> bool:
        while not _LARGE.acquire(timeout=0.2):
            told(0)
        try:
            with self._errors("writing"), open(source, "rb", buffering=0) as file:
                self._client.put(
                    key, _Heard(file, told), mode="overwrite", use_multipart=True,
                    chunk_size=_PART, max_concurrency=_IN_FLIGHT,
                )  # fmt: skip
        finally:
            _LARGE.release()
        return True

    def read(self, key: str, told: Told) -> Iterator[bytes]:
        with self._errors("reading"):
            try:
                parts = self._client.get(key).stream(min_chunk_size=1 << 20)
            except FileNotFoundError:
                if self._bucket_is_missing():
                    raise
                parts = None
        if parts is None:
            raise FileNotFoundError(key)
        with self._errors("reading"):
            for part in parts:
                told(len(part))
                yield bytes(part)

    def delete(self, key: str) -> None:
        with self._errors("deleting"):
            try:
                self._client.delete(key)
            except FileNotFoundError:
                return

    def listing(self, prefix: str) -> Iterator[Stored]:
        with self._errors("listing"):
            for found in self._client.list(prefix):
                for one in found:
                    yield Stored(key=one["path"], size=one["size"], modified=one["last_modified"])

    def _bucket_is_missing(self) -> bool:
        """Whether not even a listing is answered, so that a missing object says nothing."""
        try:
            for _ in self._client.list("sha256/", chunk_size=1):
                break
        except FileNotFoundError:
            return True
        return False

    @contextmanager
    def _errors(self, doing: str) -> Iterator[None]:
        from obstore.exceptions import BaseError

        try:
            yield
        except FileNotFoundError as error:
            raise _refusal(self.address, error, doing) from None
        except (BaseError, OSError) as error:
            raise _refusal(self.address, error, doing) from None


class _Heard:
    """A file that tells how much was read of it."""

    def __init__(self, file: BinaryIO, told: Told) -> None:
        self._file = file
        self._told = told

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self._told(len(data))
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()


def _refusal(address: Address, error: BaseException, doing: str) -> EnvironmentFault:
    """An error of the library in words of ours; its own go on for a page."""
    said = str(error)
    kind = type(error).__name__
    if "NoSuchBucket" in said or "ContainerNotFound" in said or kind == "FileNotFoundError":
        what, hint = f"{address}: there is no such bucket", "create it, or mend the address"
    elif kind in ("PermissionDeniedError", "UnauthenticatedError") or "403 Forbidden" in said:
        what = f"{address}: the store refuses these credentials ({doing})"
        hint = "check the environment's credentials and their rights"
    elif "redential" in said and "http" not in said.partition("\n")[0]:
        what, hint = f"{address}: no credentials were found", "set them in the environment"
    else:
        return trouble(address, RuntimeError(said.partition("Debug source")[0]), doing)
    return EnvironmentFault(what, hint)


def connect(address: Address, extra: str) -> Cloud:
    """The bucket at the address, by the environment's credentials; nothing is asked of it yet."""
    if find_spec("obstore") is None:
        raise MissingExtra("obstore", extra, f"a store at {address.scheme}://")
    return Cloud(address)

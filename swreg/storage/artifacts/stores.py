"""What a store must do, and the table of stores. One file and one row make a new one.

A store holds objects under keys, for us `sha256/ab/<hex>`: bytes under their own digest, which
never change. So the one thing asked of it beyond reading and writing is to create without writing
over, and where it can't promise that, the digest still protects every reader.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Protocol

from swreg.domain.storage_address import Address, parse_address
from swreg.errors import EnvironmentFault

Told = Callable[[int], None]
"""Called with the number of bytes that just moved; raises where the work was given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """One object: its key, its size in bytes, and when it was written last."""

    key: str
    size: int
    modified: datetime


class Store(Protocol):
    """Where the bytes of versions are kept. Keys are relative to the store's address.

    Every method may raise `EnvironmentFault` in words of ours; none lets a library's own error out.
    """

    address: Address
    near: bool
    """A folder of this machine: nothing is gained by a cache or by reading back what was put."""
    conditional: bool
    """Whether the store itself refuses to write over an object, however many write at once."""

    def look(self, key: str) -> Stored | None:
        """What is known of an object without reading it, None where there is none."""

    def put(self, key: str, source: Path, told: Told, *, replace: bool = False) -> bool:
        """Keep a file whole or not at all; False where the key is taken and not `replace`."""

    def read(self, key: str, told: Told) -> Iterator[bytes]:
        """The bytes of an object in portions; `FileNotFoundError` where there is none."""

    def delete(self, key: str) -> None:
        """Remove an object, if it is there."""

    def listing(self, prefix: str) -> Iterator[Stored]:
        """Every object whose key begins with the prefix, which ends in a slash."""


STORES: dict[str, tuple[str, str]] = {
    "file": ("in_folder", ""),
    "s3": ("in_cloud", "s3"),
    "gs": ("in_cloud", "gcs"),
    "az": ("in_cloud", "azure"),
    "abfs": ("in_cloud", "azure"),
    "abfss": ("in_cloud", "azure"),
    "sftp": ("in_fsspec", "sftp"),
    "ssh": ("in_fsspec", "sftp"),
}
"""Each scheme with the module beside this one that opens it, and the extra it needs.

What is not here is left to fsspec, which knows many more.
"""


def open_store(uri: str) -> Store:
    """The store at an address; nothing is asked of it yet.

    Raises `UsageError` for no address or an unknown scheme, `MissingExtra` for a missing library.
    """
    address = parse_address(uri)
    module, extra = STORES.get(address.scheme, ("in_fsspec", "fsspec"))
    opened: Store = import_module(f"swreg.storage.artifacts.{module}").connect(address, extra)
    return opened


_QUERY = re.compile(r"\?[^\s\"'>)]+")
_USER = re.compile(r"(?<=://)[^/\s@]+@")
_SECRET = re.compile(r"SECRET|TOKEN|PASSWORD|PASSWD|KEY|SAS|CONNECTION_STRING", re.ASCII)


def scrubbed(text: str) -> str:
    """A library's words in one line, without what may be secret in them.

    >>> scrubbed("GET http://ada:pw@host/a?X-Amz-Signature=1f failed")
    'GET http://host/a?… failed'
    """
    for name, value in os.environ.items():
        if len(value) >= 8 and _SECRET.search(name.upper()):
            text = text.replace(value, "…")
    text = _QUERY.sub("?…", _USER.sub("", text))
    return " ".join(text.split())[:200]


def trouble(address: Address, error: BaseException, doing: str = "") -> EnvironmentFault:
    """A library's error in one line of ours."""
    said = scrubbed(str(error)) or type(error).__name__
    what = f"{address}: {doing + ': ' if doing else ''}{said}"
    return EnvironmentFault(what, "mend the cause and try again; nothing was registered")

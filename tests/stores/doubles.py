"""Stores that do not keep their word, made of one that does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from swreg.domain.storage_address import Address, parse_address
from swreg.storage.artifacts.in_folder import Folder
from swreg.storage.artifacts.stores import Stored, Told


class Honest:
    """A folder that is asked over a wire, so to say: it is read back and cached."""

    near = False
    conditional = True

    def __init__(self, folder: Path) -> None:
        self.address: Address = parse_address(f"file://{folder}")
        self.inner = Folder(self.address)
        self.reads = 0

    def look(self, key: str) -> Stored | None:
        return self.inner.look(key)

    def put(self, key: str, source: Path, told: Told, *, replace: bool = False) -> bool:
        return self.inner.put(key, source, told, replace=replace)

    def read(self, key: str, told: Told) -> Iterator[bytes]:
        self.reads += 1
        return self.inner.read(key, told)

    def delete(self, key: str) -> None:
        self.inner.delete(key)

    def listing(self, prefix: str) -> Iterator[Stored]:
        return self.inner.listing(prefix)


class Overwriting(Honest):
    """It writes over what is there, and says that all is well."""

    def put(self, key: str, source: Path, told: Told, *, replace: bool = False) -> bool:
        return super().put(key, source, told, replace=True)


class Truncating(Honest):
    """It keeps the first half of whatever it is given."""

    def put(self, key: str, source: Path, told: Told, *, replace: bool = False) -> bool:
        half = source.with_name(f"{source.name}.half")
        half.write_bytes(source.read_bytes()[: source.stat().st_size // 2])
        return super().put(key, half, told, replace=True)


class Garbling(Honest):
    """The right size, the wrong bytes."""

    def put(self, key: str, source: Path, told: Told, *, replace: bool = False) -> bool:
        other = source.with_name(f"{source.name}.other")
        other.write_bytes(bytes(source.stat().st_size))
        return super().put(key, other, told, replace=True)


class Forgetting(Honest):
    """It takes everything and has nothing."""

    def put(self, key: str, source: Path, told: Told, *, replace: bool = False) -> bool:
        return True

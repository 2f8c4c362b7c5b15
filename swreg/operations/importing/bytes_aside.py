"""The bytes of offered versions, brought aside once each and kept until the commit is made."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from swreg.domain.foreign import ForeignVersion
from swreg.operations.importing.offer import Offer, Offered
from swreg.operations.version_files import dump_json
from swreg.storage.artifacts.payload import Payload, adopt

POINTER = "pointer.json"
"""The file that stands for bytes that are not here."""


class Aside:
    """The payload of every version that is wanted, by its origin."""

    def __init__(self, offer: Offer, place: Path) -> None:
        """`place` is a private folder that is thrown away afterwards."""
        self.offered: dict[str, Offered] = {one.version.origin: one for one in offer.versions}
        self.system = offer.system
        self.place = place
        self._made: dict[str, Payload] = {}

    def version(self, origin: str) -> ForeignVersion:
        """The version of an origin."""
        return self.offered[origin].version

    def why_not(self, origin: str) -> str:
        """Which version has no bytes here and why, empty where it has."""
        one = self.offered[origin]
        if one.write is not None:
            return ""
        return f"{one.version.name} {one.version.version or ''} ({one.why})".replace("  ", " ")

    def payload(self, origin: str) -> Payload:
        """The files of a version, or the pointer that stands for them."""
        if origin not in self._made:
            folder = self.place / str(len(self._made))
            folder.mkdir()
            one = self.offered[origin]
            if one.write is not None:
                one.write(folder)
            else:
                (folder / POINTER).write_bytes(dump_json(self._pointer(one)))
            self._made[origin] = replace(adopt(folder), telling=one.telling)
        return self._made[origin]

    def _pointer(self, one: Offered) -> dict[str, object]:
        where = {key: value for key, value in one.where.items() if value is not None}
        return {"schema": 1, "system": self.system, "name": one.version.name,
                "version": one.version.version, **where}  # fmt: skip

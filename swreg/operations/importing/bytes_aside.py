"""The bytes of offered versions, brought aside once each and kept until the commit is made."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from swreg.domain.foreign import ForeignVersion
from swreg.domain.metadata import read_metadata
from swreg.errors import BrokenFile
from swreg.operations.importing.offer import Offer, Offered
from swreg.operations.version_files import METADATA, dump_json, load_json
from swreg.storage.artifacts.payload import Payload, adopt

POINTER = "pointer.json"
"""The file that stands for bytes that are not here."""


_NOT_FACTS = frozenset(
    ["schema", "name", "version", "created_at", "increment", "files", "versioning", "git"]
)


class Aside:
    """The payload of every version that is wanted, by its origin.

    A version that a registry of ours made brings its `metadata.json`; its facts are in `facts`
    once the payload was made, and the file itself is written anew here.
    """

    def __init__(self, offer: Offer, place: Path) -> None:
        """`place` is a private folder that is thrown away afterwards."""
        self.offered: dict[str, Offered] = {one.version.origin: one for one in offer.versions}
        self.system = offer.system
        self.place = place
        self.facts: dict[str, dict[str, Any]] = {}
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
            own = _taken(folder / METADATA)
            self.facts[origin] = {key: own[key] for key in own if key not in _NOT_FACTS}
            payload = adopt(folder)
            here = {one.path for one in payload.files}
            telling = [one["path"] for one in own.get("files", ()) if one["path"] in here]
            self._made[origin] = replace(payload, telling=tuple(telling))
        return self._made[origin]

    def _pointer(self, one: Offered) -> dict[str, object]:
        where = {key: value for key, value in one.where.items() if value is not None}
        return {"schema": 1, "system": self.system, "name": one.version.name,
                "version": one.version.version, **where}  # fmt: skip


def _taken(file: Path) -> dict[str, Any]:
    """What a `metadata.json` of ours says, and the file away; nothing where it is another's."""
    if not file.is_file() or file.is_symlink():
        return {}
    try:
        raw = load_json(file.read_bytes(), METADATA)
        read_metadata(raw)
    except BrokenFile:
        return {}
    file.unlink()
    told: dict[str, Any] = raw
    return told

"""The contents of many commits' files, each blob read and parsed once.

Catalogs of a long history share almost everything: where replaying the records gives exactly the
bytes of the next catalog, those bytes are never parsed.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping

from swreg.domain.catalog import Catalog
from swreg.domain.entry import Entry
from swreg.domain.history_row import parse_row
from swreg.domain.policy import Policy
from swreg.domain.record import BadRecord, Record
from swreg.domain.version import Version
from swreg.storage import catalog_yaml
from swreg.storage.git import Git
from swreg.storage.source import parse_policy

_KEPT_BYTES = 64 << 20
_KEPT_CATALOGS = 256
_KEPT_BLOCKS = 20_000
_KEPT_ROWS = 50_000


class Contents:
    """Blobs by id: their bytes, and the catalogs and policies in them."""

    def __init__(self, git: Git) -> None:
        self.git = git
        self._data: OrderedDict[str, bytes] = OrderedDict()
        self._size = 0
        self._catalogs: OrderedDict[str, Catalog] = OrderedDict()
        self._policies: dict[str, Policy] = {"": Policy()}
        self._blocks: dict[int, tuple[Entry, list[str]]] = {}
        self._rows: dict[str, Record | BadRecord] = {}

    def fetch(self, oids: Iterable[str]) -> None:
        """Read many blobs at once, so that asking for each does not cost a process."""
        wanted = [oid for oid in dict.fromkeys(oids) if oid and oid not in self._data]
        for oid, data in zip(wanted, self.git.blobs(wanted), strict=True):
            self._data[oid] = data or b""
            self._size += len(data or b"")
        while self._size > _KEPT_BYTES and len(self._data) > len(wanted):
            _, gone = self._data.popitem(last=False)
            self._size -= len(gone)

    def data(self, oid: str) -> bytes:
        """The bytes of a blob; none for an empty id."""
        if oid and oid not in self._data:
            self.fetch([oid])
        return self._data.get(oid, b"")

    def row(self, line: str) -> Record | BadRecord:
        """What a line of a history file says; one that was read before is not read again."""
        known = self._rows.get(line)
        if known is None:
            known = parse_row(line)
            self.know({line: known})
        return known

    def know(self, rows: Mapping[str, Record | BadRecord]) -> None:
        """Keep what lines of history files say, up to a number of them."""
        if len(self._rows) < _KEPT_ROWS:
            self._rows.update(rows)

    def catalog(self, oid: str, path: str) -> Catalog:
        """The catalog in a blob; raises `BrokenFile`."""
        if not oid:
            return Catalog()
        if oid not in self._catalogs:
            self._keep(oid, catalog_yaml.load(self.data(oid), name=path))
        return self._catalogs[oid]

    def expect(self, oid: str, catalog: Catalog) -> bool:
        """Whether a blob holds exactly that catalog, as swreg writes it."""
        if oid in self._catalogs:
            return self._catalogs[oid] == catalog
        if not oid or self.data(oid) != catalog_yaml.dump(catalog, self._block):
            return False
        self._keep(oid, catalog)
        return True

    def policy(self, oid: str, path: str) -> Policy:
        """The policy in a blob, the default one for an empty id; raises `BrokenFile`."""
        if oid not in self._policies:
            self._policies[oid] = parse_policy(self.data(oid), name=path)
        return self._policies[oid]

    def _block(self, version: Version, entry: Entry) -> list[str]:
        """The lines of a version; entries are values, so one object has one text."""
        known = self._blocks.get(id(entry))
        if known is None or known[0] is not entry:
            if len(self._blocks) > _KEPT_BLOCKS:
                self._blocks.clear()
            known = (entry, catalog_yaml.version_lines(version, entry))
            self._blocks[id(entry)] = known
        return known[1]

    def _keep(self, oid: str, catalog: Catalog) -> None:
        self._catalogs[oid] = catalog
        if len(self._catalogs) > _KEPT_CATALOGS:
            self._catalogs.popitem(last=False)

"""The registry of one commit, through the cache: what was read once is not read again.

A commit leads to the tree of increments, that to the catalog of every home, a catalog to the
blocks of its models. Each step is kept under the id or hash of what it was read from, so after a
commit only the home that changed is looked into, and in its catalog only the model that changed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from swreg.errors import BrokenFile
from swreg.storage.git import Git
from swreg.storage.index import Index, Part
from swreg.storage.layout import CATALOG, LIFECYCLE, Layout
from swreg.storage.source import present, require_file

if TYPE_CHECKING:
    from swreg.domain.catalog import Model, Registry

_FEW_HOMES = 100
Texts = Mapping[str, Mapping[str, str]]
"""Catalog's blob id -> model's name -> JSON text."""


class CommittedRegistry:
    """The registry of one commit."""

    def __init__(self, git: Git, layout: Layout, commit: str | None, index: Index) -> None:
        self.git, self.layout, self.commit, self.index = git, layout, commit, index
        self._homes: dict[str, str] | None = None
        self._contents: dict[str, bytes] = {}
        self.broken: dict[str, BrokenFile] = {}
        """Home -> what is wrong with its catalog, as lenient reads have met it."""

    def homes(self) -> dict[str, str]:
        """The blob id of the catalog of every home."""
        if self._homes is None:
            self._homes = self._read_homes() if self.commit else {}
        return self._homes

    def text(self, home: str) -> bytes | None:
        """The bytes of a home's catalog, None where it has none."""
        oid = self.homes().get(home)
        if oid is None:
            return None
        return self._contents.get(oid) or present(self.git.blob(oid), f"{home}/{CATALOG}")

    def spliced(self, home: str, changed: Mapping[str, Model]) -> bytes | None:
        """The new text of a home's catalog, where it is known to be canonical but for `changed`."""
        from swreg.storage.catalog_blocks import splice
        from swreg.storage.catalog_reading import digest_of

        def canonical(blocks: list[bytes]) -> bool:
            digests = {digest_of(block) for block in blocks}
            return digests <= self.index.canonical(sorted(digests))

        text = self.text(home)
        return None if text is None else splice(text, changed, canonical=canonical)

    def load(self, names: Iterable[str] | None = None, *, lenient: bool = False) -> Registry:
        """The registry, or only the models of those names.

        Raises `BrokenFile` for a catalog that cannot be read; a lenient read leaves it out, and
        `broken` has it. So does one of which no catalog at all can be read.
        """
        from swreg.domain.shape import ShapeError

        wanted = None if names is None else set(names)
        try:
            return self._registry(self._texts(wanted, "body", lenient=lenient))
        except (ValueError, ShapeError):
            # A damaged cache, or one that another release of swreg kept.
            return self._registry(self._texts_anew(wanted, "body", lenient=lenient))

    def rows(self, *, every: bool) -> dict[str, dict[str, list[list[Any]]]]:
        """Home -> model -> rows of a listing: of every version, or of those that matter.

        A catalog that cannot be read is left out, as by a lenient `load`.
        """
        part: Part = "every" if every else "shown"
        try:
            return self._decoded(self._texts(None, part, lenient=True))
        except ValueError:
            return self._decoded(self._texts_anew(None, part, lenient=True))

    def _registry(self, texts: Texts) -> Registry:
        from swreg.domain.catalog import Catalog, Registry
        from swreg.storage.catalog_yaml import model_from_raw

        return Registry(
            {
                home: Catalog({name: model_from_raw(name, raw) for name, raw in models.items()})
                for home, models in self._decoded(texts).items()
            }
        )

    def _decoded(self, texts: Texts) -> dict[str, dict[str, Any]]:
        return {
            home: {name: json.loads(text) for name, text in sorted(texts[oid].items())}
            for home, oid in self.homes().items()
            if oid in texts
        }

    def _texts(self, names: set[str] | None, part: Part, *, lenient: bool) -> Texts:
        known = self.index.models(self.homes().values(), names, part)
        missing = sorted(set(self.homes().values()) - known.keys())
        if not missing:
            return known
        read = {**known, **self._parsed(missing, names, part, lenient=lenient)}
        if self.broken and not read:
            raise next(iter(self.broken.values()))
        return read

    def _texts_anew(self, names: set[str] | None, part: Part, *, lenient: bool) -> Texts:
        self.index.set_aside()
        return self._parsed(sorted(set(self.homes().values())), names, part, lenient=lenient)

    def _parsed(
        self, oids: list[str], names: set[str] | None, part: Part, *, lenient: bool
    ) -> Texts:
        from swreg.storage.catalog_reading import broken_ones, read_catalogs

        home_of = {oid: home for home, oid in self.homes().items()}
        contents = {
            f"{home_of[oid]}/{CATALOG}": present(data, f"{home_of[oid]}/{CATALOG}")
            for oid, data in zip(oids, self.git.blobs(oids), strict=True)
        }
        self._contents = dict(zip(oids, contents.values(), strict=True))
        try:
            catalogs, new = read_catalogs(contents, self.index)
        except BrokenFile:
            if not lenient:
                raise
            faults = broken_ones(contents, self.index)
            self.broken |= {path.removesuffix(f"/{CATALOG}"): one for path, one in faults.items()}
            contents = {path: data for path, data in contents.items() if path not in faults}
            oids = [oid for oid in oids if f"{home_of[oid]}/{CATALOG}" in contents]
            catalogs, new = read_catalogs(contents, self.index)
        by_oid = dict(zip(oids, catalogs.values(), strict=True))
        digests = {
            oid: {block.name: block.digest for block in blocks} for oid, blocks in by_oid.items()
        }
        self.index.remember_catalogs(digests, new)
        return {
            oid: {b.name: getattr(b, part) for b in blocks if names is None or b.name in names}
            for oid, blocks in by_oid.items()
        }

    def _read_homes(self) -> dict[str, str]:
        assert self.commit is not None
        part = self.layout.homes
        tree = self.git.tree_of(self.commit, part)
        if tree is None:
            return {}
        key = f"{self.layout.prefix}:{self.layout.environment}:{tree}"
        homes = self.index.homes(key)
        if homes is None:
            trees = {part: tree} if self.layout.environment else self._home_trees(part)
            homes = self._catalogs_of(trees)
            self.index.remember_homes(key, homes)
        return homes

    def _home_trees(self, increments: str) -> dict[str, str]:
        """The tree id of every folder that can be a home."""
        assert self.commit is not None
        places = [f"{increments}/", *(f"{increments}/{name}/" for name in LIFECYCLE)]
        return {
            item.path: item.oid
            for item in self.git.list_tree(self.commit, *places, recursive=False)
            if item.kind == "tree" and self.layout.is_home(item.path)
        }

    def _catalogs_of(self, trees: Mapping[str, str]) -> dict[str, str]:
        """Home -> blob id of its catalog, for the homes that have one."""
        known = self.index.catalogs_of(trees.values())
        unknown = [home for home, tree in trees.items() if tree not in known]
        if unknown:
            found = self._look_into(unknown)
            new = {trees[home]: found.get(home, "") for home in unknown}
            self.index.remember_catalogs_of(new)
            known |= new
        return {home: known[tree] for home, tree in sorted(trees.items()) if known[tree]}

    def _look_into(self, homes: list[str]) -> dict[str, str]:
        assert self.commit is not None
        few = len(homes) <= _FEW_HOMES
        places = [f"{home}/{CATALOG}" for home in homes] if few else [self.layout.increments]
        found = {}
        for item in self.git.list_tree(self.commit, *places):
            home = self.layout.home_of_catalog(item.path)
            if home is not None:
                require_file(item)
                found[home] = item.oid
        return found

"""Which path an artifact has at a commit, and where the bytes of that path are.

`artifacts.yaml` (GTO) and `dvc.yaml` (DVC) declare artifacts by name; a name `folder:model` is
declared in that folder. A registry of ours, which may have made the tags, is asked last.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from swreg.domain.foreign import ForeignVersion
from swreg.domain.names import slug
from swreg.errors import BrokenFile, UsageError
from swreg.operations.importing.dvc_cache import Cache, Output, output_of
from swreg.operations.importing.offer import Offered, Write
from swreg.storage.artifacts.in_git import restore
from swreg.storage.git import Git, TreeItem
from swreg.storage.yaml_text import parse_yaml

FILES = ("artifacts.yaml", "dvc.yaml")
_KEPT = ("type", "desc", "labels", "meta")


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """An artifact as a commit declares it: its path below the repository, and what is said of it."""

    name: str
    path: str
    facts: Mapping[str, Any]


class AtCommit:
    """The files of one commit of another repository."""

    def __init__(self, git: Git, commit: str) -> None:
        self.git = git
        self.commit = commit

    def offered(self, version: ForeignVersion, system: str) -> Offered:
        """The version with the bytes it has at this commit."""
        declared = self.declared(version.name)
        if declared is None:
            return self._ours(version, system)
        facts = {
            **version.facts,
            "imported": {"from": system, "path": declared.path, **declared.facts},
        }
        return self._with_bytes(version, facts, declared.path)

    def _with_bytes(self, version: ForeignVersion, facts: dict[str, Any], path: str) -> Offered:
        where: dict[str, Any] = {"path": path, "commit": self.commit}
        output = self._output(path)
        if output is not None:
            where |= {"md5": output.md5, "size": output.size}
            facts["imported"] = {**facts["imported"], "md5": output.md5}
        made = _with_facts(version, facts)
        items = list(self.git.list_tree(self.commit, path))
        if items:
            return Offered(version=made, write=self._from_git(path, items), where=where)
        if output is None:
            return Offered(version=made, where=where, why=f"{path} is not in that commit")
        cache = Cache(self._dvc_root(path))
        if not cache.has(output):
            return Offered(
                version=made, where=where, why=f"{path} is not in DVC's cache (dvc fetch -T)"
            )
        return Offered(version=made, write=lambda into: cache.write(output, into), where=where)

    def _from_git(self, path: str, items: list[TreeItem]) -> Write:
        """A file goes by its own name, a folder by what is in it."""
        top = path if items[0].path != path else posixpath.dirname(path)
        # `restore` cuts the folder and a slash; a file at the top has neither.
        oids = {item.path if top else f"./{item.path}": item.oid for item in items}
        return lambda into: restore(self.git, oids, top or ".", into)

    def declared(self, name: str) -> Declared | None:
        """What the commit says of an artifact, None where it says nothing."""
        folder, _, own = name.rpartition(":")
        for file in FILES:
            where = posixpath.join(folder, file)
            for one in self.all_declared(where):
                if one.name == own:
                    return one
        return None

    def all_declared(self, where: str) -> Iterator[Declared]:
        """Every artifact that one file declares."""
        raw = self._yaml(where)
        artifacts = raw.get("artifacts") if where.endswith("dvc.yaml") else raw
        if not isinstance(artifacts, dict):
            return
        for name, entry in artifacts.items():
            path = entry.get("path") if isinstance(entry, dict) else None
            if isinstance(path, str) and path and "://" not in path:
                kept = {key: entry[key] for key in _KEPT if entry.get(key) is not None}
                yield Declared(name=name, path=_inside(where, path), facts=kept)

    def _yaml(self, path: str) -> dict[str, Any]:
        data = self.git.blob(f"{self.commit}:{path}")
        if data is None:
            return {}
        raw = _parsed(data, f"{path} at {self.commit[:12]}")
        return raw if isinstance(raw, dict) else {}

    def _output(self, path: str) -> Output | None:
        """What DVC says of a path: in its own `.dvc` file, else in a `dvc.lock` above it."""
        found = output_of(self._yaml(f"{path}.dvc"), path, f"{path}.dvc")
        folder = posixpath.dirname(path)
        while found is None:
            lock = posixpath.join(folder, "dvc.lock")
            stages = self._yaml(lock).get("stages")
            for stage in stages.values() if isinstance(stages, dict) else ():
                found = found or output_of(stage, path, lock)
            if not folder:
                return found
            folder = posixpath.dirname(folder)
        return found

    def _dvc_root(self, path: str) -> Path:
        for folder in (self.git.root / path).parents:
            if (folder / ".dvc").is_dir():
                return folder
            if folder == self.git.root:
                break
        return self.git.root

    def _ours(self, version: ForeignVersion, system: str) -> Offered:
        """The version as a registry of ours keeps it at that commit."""
        ending = f"/models/{slug(version.name)}-{version.version}/"
        found = {}
        for item in self.git.list_tree(self.commit):
            folder, mark, rest = item.path.partition(ending)
            if mark and ".specweave/" in folder:
                found[f"./{rest}"] = item.oid
        made = _with_facts(version, {**version.facts, "imported": {"from": system}})
        if not found:
            why = "no artifacts.yaml or dvc.yaml of that commit names it"
            return Offered(version=made, why=why, where={"commit": self.commit})
        return Offered(version=made, write=lambda into: restore(self.git, found, ".", into))


def _with_facts(version: ForeignVersion, facts: Mapping[str, Any]) -> ForeignVersion:
    from dataclasses import replace

    return replace(version, facts=facts)


def _inside(where: str, path: str) -> str:
    """A path that a file names, below the repository."""
    whole = posixpath.normpath(posixpath.join(posixpath.dirname(where), path))
    if whole.startswith(("/", "../")) or whole in ("..", "."):
        raise UsageError(f"{where} names {path!r}, which leads out of it", "correct the path there")
    return whole


@lru_cache(maxsize=256)
def _parsed(data: bytes, name: str) -> Any:
    try:
        return parse_yaml(data, name=name)
    except BrokenFile as error:
        raise BrokenFile(error.what, "correct the file there, then import again") from None

"""Where state is read: a revision, the index, or the work tree. One loader serves them all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from swreg.errors import BrokenFile, EnvironmentFault, UsageError
from swreg.storage.git import Git, TreeItem
from swreg.storage.layout import CATALOG, Layout

if TYPE_CHECKING:
    from swreg.domain.catalog import Registry
    from swreg.domain.policy import Policy
    from swreg.storage.index import Index

_FILE_MODES = ("100644", "100755")


_MANY = 500
"""From here on one listing costs less than looking for each file."""


class Source(Protocol):
    """A state of the repository's files."""

    def read(self, path: str) -> bytes | None:
        """The file's bytes, None where there is none."""

    def read_many(self, paths: list[str]) -> list[bytes | None]:
        """The bytes of several files."""

    def files(self, *folders: str) -> Iterator[TreeItem]:
        """Every file below the folders."""


class Revision:
    """The files of a commit; with no commit (an unborn branch) there are none."""

    def __init__(self, git: Git, commit: str | None) -> None:
        self.git = git
        self.commit = commit
        self._ahead: dict[str, bytes | None] = {}

    def fetch(self, *paths: str) -> None:
        """Read files that will be asked for one by one, all in one go."""
        self._ahead |= dict(zip(paths, self.read_many(list(paths)), strict=True))

    def read(self, path: str) -> bytes | None:
        return self.read_many([path])[0]

    def read_many(self, paths: list[str]) -> list[bytes | None]:
        if self.commit is None:
            return [None] * len(paths)
        if all(path in self._ahead for path in paths):
            return [self._ahead[path] for path in paths]
        tops = {path.rsplit("/", 2)[0] for path in paths}
        if len(paths) < _MANY or len(tops) > _MANY:
            return self.git.blobs([f"{self.commit}:{path}" for path in paths])
        # git looks for each name from the root, through every entry of a wide folder.
        oids = {item.path: item.oid for item in self.files(*sorted(tops))}
        contents = iter(self.git.blobs([oids[path] for path in paths if path in oids]))
        return [next(contents) if path in oids else None for path in paths]

    def files(self, *folders: str) -> Iterator[TreeItem]:
        if self.commit is not None:
            yield from self.git.list_tree(self.commit, *folders)


class Staged:
    """The files as they are staged; `index` names another index file (inside a hook)."""

    def __init__(self, git: Git, index: str | None = None) -> None:
        self.git = git
        self.index = index

    def read(self, path: str) -> bytes | None:
        return self.read_many([path])[0]

    def read_many(self, paths: list[str]) -> list[bytes | None]:
        oids = {item.path: item.oid for item in self.files(*paths)}
        contents = iter(self.git.blobs([oids[path] for path in paths if path in oids]))
        return [next(contents) if path in oids else None for path in paths]

    def files(self, *folders: str) -> Iterator[TreeItem]:
        where = {"GIT_INDEX_FILE": self.index} if self.index else {}
        ask = ("ls-files", "-z", "--stage", "--", *folders)
        out = self.git.ask("reading the index", *ask, stdin=None, **where).out
        for line in out.split(b"\0")[:-1]:
            facts, _, path = line.partition(b"\t")
            mode, oid, _stage = facts.decode().split()
            yield TreeItem(mode, "blob", oid, path.decode("utf-8", "surrogateescape"))


class Worktree:
    """The files on disk."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def read(self, path: str) -> bytes | None:
        file = self.root / path
        return file.read_bytes() if file.is_file() and not file.is_symlink() else None

    def read_many(self, paths: list[str]) -> list[bytes | None]:
        return [self.read(path) for path in paths]

    def files(self, *folders: str) -> Iterator[TreeItem]:
        for folder in folders:
            top = self.root / folder
            for file in sorted(top.rglob("*")) if top.is_dir() else []:
                if file.is_file() and not file.is_symlink():
                    yield TreeItem("100644", "blob", "", file.relative_to(self.root).as_posix())


def load_policy(source: Source, layout: Layout, index: Index | None = None) -> Policy:
    """The configuration in force in a source; an absent file is an empty one.

    The cache spares reading YAML that was read before.
    """
    from swreg.domain.policy import Policy

    data = source.read(layout.policy)
    if data is None:
        return Policy()
    return parse_policy(data, name=layout.policy, index=index)


def parse_policy(data: bytes, *, name: str, index: Index | None = None) -> Policy:
    """The configuration in the bytes; `BrokenFile` names every fault with its key path."""
    from swreg.domain import shape
    from swreg.domain.policy import Policy

    raw = _document(data, name, index)
    try:
        policy = shape.read(Policy, raw or {})
    except shape.ShapeError as error:
        raise BrokenFile(
            f"{name}: {'; '.join(error.faults[:5])}", "see the README's reference"
        ) from None
    except UsageError as error:
        raise BrokenFile(f"{name}: {error.what}", error.hint) from None
    if policy.schema != 1:
        raise BrokenFile(f"{name} has schema {policy.schema}", "install a newer swreg")
    return policy


def _document(data: bytes, name: str, index: Index | None) -> Any:
    import hashlib
    import json

    digest = hashlib.sha256(data).hexdigest()
    try:
        return json.loads((index and index.document(digest)) or "")
    except ValueError:
        from swreg.storage.yaml_text import parse_yaml

        raw = parse_yaml(data, name=name)
    if index is not None:
        index.remember_document(digest, json.dumps(raw))
    return raw


def load_registry(source: Source, layout: Layout) -> Registry:
    """Every catalog of a source, parsed without any cache."""
    from swreg.domain.catalog import Registry
    from swreg.storage import catalog_yaml

    folders = [layout.environment_home] if layout.environment else [layout.increments]
    items = [item for item in source.files(*folders) if item.path.endswith(f"/{CATALOG}")]
    homes = {layout.home_of_catalog(item.path): item for item in items}
    contents = source.read_many([item.path for home, item in homes.items() if home])
    catalogs = {}
    for (home, item), data in zip(((h, i) for h, i in homes.items() if h), contents, strict=True):
        require_file(item)
        catalogs[home] = catalog_yaml.load(present(data, item.path), name=item.path)
    return Registry(catalogs)


def same_contents(data: bytes, oid: str) -> bool:
    """Whether bytes on disk are an object's, line ends as a checkout may write them included."""
    if blob_id(data, oid) == oid:
        return True
    return b"\r\n" in data and blob_id(data.replace(b"\r\n", b"\n"), oid) == oid


def blob_id(data: bytes, like: str) -> str:
    """The object id git gives these bytes, in the hash function that made the id `like`."""
    import hashlib

    make = hashlib.sha1 if len(like) == 40 else hashlib.sha256
    return make(b"blob %d\0" % len(data) + data).hexdigest()


def present(data: bytes | None, path: str) -> bytes:
    """The bytes of a file that its tree names; a missing object is never an empty file."""
    if data is None:
        raise EnvironmentFault(
            f"git has not got the contents of {path}",
            "in a partial clone go online; else run: git fsck",
        )
    return data


def require_file(item: TreeItem) -> None:
    """Refuse a link or a submodule where a file of the registry must be."""
    if item.mode not in _FILE_MODES:
        raise BrokenFile(f"{item.path} is not a regular file in git", "replace it by the real file")

"""The commit log as facts: who, when, what was said, and which of our files each commit changed.

A handful of git processes serve any number of commits: one reads the log, one looks up the tree
of `.specweave` in each commit, one compares those trees.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from swreg.storage.git import Git
from swreg.storage.hooks import DRAFT

_FORMAT = "--format=%H%x1f%P%x1f%an <%ae>%x1f%cn <%ce>%x1f%ct%x1f%B"
_PAIR = re.compile(rb"[0-9a-f]{40,64} [0-9a-f]{40,64}\n")
_NO_MODE = "000000"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitFacts:
    """One commit; `at` is the committer's time in seconds since 1970."""

    id: str
    parents: tuple[str, ...]
    author: str
    committer: str
    at: int
    message: str


@dataclass(frozen=True, slots=True)
class Change:
    """One path that differs between two trees: its blobs, empty where it is not there."""

    path: str
    before: str
    after: str
    mode: str


def commits(git: Git, *revisions: str) -> list[CommitFacts]:
    """The commits that the revisions reach, parents before children."""
    options = ("--topo-order", "--reverse", _FORMAT, *revisions, "--")
    return [_commit(fields) for fields in git.log(*options)]


def _commit(fields: list[str]) -> CommitFacts:
    # A message may hold the mark itself; it is the last field.
    oid, parents, author, committer, at = fields[:5]
    return CommitFacts(
        id=oid,
        parents=tuple(parents.split()),
        author=author,
        committer=committer,
        at=int(at),
        message="\x1f".join(fields[5:]),
    )


def shallow_ends(git: Git) -> frozenset[str]:
    """The commits whose parents this clone does not have."""
    if not git.is_shallow:
        return frozenset()
    return frozenset((git.common_dir / "shallow").read_text("ascii").split())


def subtrees(git: Git, revisions: Sequence[str], path: str) -> list[str]:
    """The tree at a path of each commit, empty where there is none."""
    if not revisions:
        return []
    stdin = "".join(f"{revision}:{path}\n" for revision in revisions).encode()
    ask = ("cat-file", "--batch-check=%(objectname) %(objecttype)", "--buffer")
    lines = git.ask("looking up trees", *ask, stdin=stdin).out.decode().splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines)
    return [oid if kind == "tree" else "" for oid, kind in pairs]


def changes(git: Git, pairs: Sequence[tuple[str, str]], folder: str) -> list[list[Change]]:
    """What differs in each pair of trees of a folder (empty text is the empty tree)."""
    if not pairs:
        return []
    known = next((oid for pair in pairs for oid in pair if oid), "")
    nothing = _empty_like(known) if known else empty_tree(git)
    lines = [f"{old or nothing} {new or nothing}\n" for old, new in pairs]
    ask = ("diff-tree", "--stdin", "-r", "-z", "--raw", "--no-renames", "--no-abbrev")
    out = git.ask("comparing trees", *ask, stdin="".join(lines).encode()).out
    found: list[list[Change]] = [[] for _ in pairs]
    for place, change in _read(out, folder):
        found[place].append(change)
    return found


def _read(out: bytes, folder: str) -> Iterator[tuple[int, Change]]:
    place, parts = -1, iter(out.split(b"\0"))
    for part in parts:
        facts = part
        while found := _PAIR.match(facts):
            place, facts = place + 1, facts[found.end() :]
        if facts:
            yield place, _change(facts, next(parts), folder)


def _change(facts: bytes, path: bytes, folder: str) -> Change:
    _, mode, before, after, _ = facts.decode().split()
    return Change(
        path=f"{folder}/{path.decode('utf-8', 'surrogateescape')}",
        before="" if not before.strip("0") else before,
        after="" if mode == _NO_MODE else after,
        mode=mode,
    )


def staged_changes(git: Git, base: str | None, folder: str, index: str | None) -> list[Change]:
    """What is staged below a folder against a commit (None: against nothing)."""
    where = {"GIT_INDEX_FILE": index} if index else {}
    ask = ("diff-index", "--cached", "-r", "-z", "--raw", "--no-renames", "--no-abbrev")
    out = git.ask(
        "reading the index", *ask, base or empty_tree(git), "--", folder, stdin=None, **where
    ).out
    parts = iter(out.split(b"\0"))
    found = (_change(part, next(parts), folder) for part in parts if part)
    return [Change(one.path[len(folder) + 1 :], one.before, one.after, one.mode) for one in found]


def _empty_like(oid: str) -> str:
    """The id of a tree with nothing in it, in the hash function that made another id.

    >>> _empty_like("0" * 40)
    '4b825dc642cb6eb9a060e54bf8d69288fbee4904'
    """
    make = hashlib.sha1 if len(oid) == 40 else hashlib.sha256
    return make(b"tree 0\0").hexdigest()


def sizes(git: Git, oids: Sequence[str]) -> dict[str, int]:
    """The size of each object in bytes; those that are not here are left out."""
    if not oids:
        return {}
    stdin = "".join(f"{oid}\n" for oid in oids).encode()
    ask = ("cat-file", "--batch-check=%(objectname) %(objectsize)", "--buffer")
    lines = git.ask("measuring objects", *ask, stdin=stdin).out.decode().splitlines()
    pairs = (line.split(" ") for line in lines)
    return {oid: int(size) for oid, size in pairs if size.isdigit()}


def empty_tree(git: Git) -> str:
    """The id of a tree with nothing in it, in the repository's hash function."""
    return git.ask("naming the empty tree", "hash-object", "-t", "tree", "--stdin", stdin=b"").text


def draft_in_flight(git: Git, index: str | None) -> CommitFacts | None:
    """The commit that swreg itself is making, where the index is what that commit holds.

    While hooks run on a commit of ours, `SWREG_DRAFT` in the temporary work tree names it. It
    vouches for nothing: what it tells is judged like any commit.
    """
    draft = git.resolve(DRAFT)
    where = {"GIT_INDEX_FILE": index} if index else {}
    ask = ("diff-index", "--cached", "--quiet")
    if draft is None or git.run(*ask, draft, "--", stdin=None, **where).code:
        return None
    found = commits(git, "--no-walk", draft)[0]
    head = git.resolve("HEAD")
    return found if found.parents == ((head,) if head else ()) else None

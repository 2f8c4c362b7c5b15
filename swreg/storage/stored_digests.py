"""Every file that any version ever had: read from all history that this repository knows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from swreg.storage.git import Git
from swreg.storage.layout import METADATA
from swreg.storage.source import present

_MODELS = "/models/"
_DIGEST = re.compile(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")


def digests_of_history(git: Git, specweave: str) -> set[str]:
    """The sha256 of every file that a version's `metadata.json` lists, in any commit.

    Looked through are all branches, remote branches, tags, stashes, notes, reflogs, the heads and
    files of every work tree, and merges against each parent. Raises `EnvironmentFault` where such
    a file is not in this clone, for then it is not known what it names.
    """
    found: set[str] = set()
    oids = sorted(_listed(git, specweave))
    for oid, data in zip(oids, git.blobs(oids), strict=True):
        found |= _digests(data, oid)
    for path in _on_disk(git, specweave):
        found |= _digests(path.read_bytes(), str(path))
    return found


def _listed(git: Git, specweave: str) -> set[str]:
    """The object of each such file as any commit has it."""
    out = git.ask(
        "reading the history", "log", "--all", "--reflog", "--full-history", "-m", "--root",
        "--raw", "--no-renames", "--no-abbrev", "--diff-filter=AMT", "--format=", "-z",
        "--", specweave,
    ).out  # fmt: skip
    parts = iter(out.decode("utf-8", "surrogateescape").split("\0"))
    oids = set()
    for facts in parts:
        if facts.strip().startswith(":"):
            path = next(parts, "")
            if path.endswith(f"/{METADATA}") and _MODELS in path:
                oids.add(facts.split()[3])
    return oids


def _on_disk(git: Git, specweave: str) -> Iterator[Path]:
    places = {path for path, _ in git.worktrees()} | (set() if git.bare else {git.root})
    for place in places:
        top = place / specweave
        yield from (one for one in top.rglob(METADATA) if _MODELS in one.as_posix())


def _digests(data: bytes | None, where: str) -> set[str]:
    """Everything in a file that could be a digest: of a broken file, too, and rather too much."""
    return {one.decode() for one in _DIGEST.findall(present(data, where))}

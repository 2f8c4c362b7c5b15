"""What git knows of a merge that stands still: the three stages of a file in the index."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from swreg.storage.conflict_text import has_markers
from swreg.storage.git import Git


@dataclass(frozen=True, slots=True, kw_only=True)
class Stages:
    """The bytes of a file in the index: in the base, in ours and in theirs; None where not there."""

    path: str
    base: bytes | None
    ours: bytes | None
    theirs: bytes | None


def unmerged(git: Git, folder: str) -> list[Stages]:
    """Every file below a folder that the index holds unmerged."""
    out = git.ask("reading the index", "ls-files", "-z", "--unmerged", "--", folder).out
    found: dict[str, dict[str, str]] = {}
    for line in out.split(b"\0")[:-1]:
        facts, _, path = line.partition(b"\t")
        _, oid, stage = facts.decode().split()
        found.setdefault(path.decode("utf-8", "surrogateescape"), {})[stage] = oid
    return [_stages(git, path, oids) for path, oids in found.items()]


def _stages(git: Git, path: str, oids: dict[str, str]) -> Stages:
    numbers = [number for number in ("1", "2", "3") if number in oids]
    held = dict(zip(numbers, git.blobs([oids[number] for number in numbers]), strict=True))
    return Stages(path=path, base=held.get("1"), ours=held.get("2"), theirs=held.get("3"))


def committed_conflict(git: Git, commit: str, path: str) -> Stages | None:
    """The three stages of a file that was committed with its conflict markers, from history.

    The commit that brought the markers in is looked for along first parents. None where it is no
    merge (a squash, a cherry-pick): then only the markers themselves say what there was.
    """
    for oid, parents in _brought(git, commit, path):
        before = git.blobs([f"{parent}:{path}" for parent in parents])
        if any(data is not None and has_markers(data) for data in before[:1]):
            continue
        if len(parents) != 2:
            return None
        answer = git.run("merge-base", *parents)
        base = git.blob(f"{answer.text}:{path}") if answer.code == 0 and answer.text else None
        assert oid
        return Stages(path=path, base=base, ours=before[0], theirs=before[1])
    return None


def _brought(git: Git, commit: str, path: str) -> Iterator[tuple[str, list[str]]]:
    """The commits that changed a file, newest first, each with its parents."""
    log = git.log("--first-parent", "--diff-merges=first-parent", "--format=%H%x1f%P", commit,
                  "--", path)  # fmt: skip
    for oid, parents in log:
        yield oid, parents.split()


def stage_files(git: Git, paths: list[str]) -> None:
    """`git add` of exactly these files."""
    if paths:
        git.ask("staging what was resolved", "add", "--force", "--", *paths)


def unmerged_paths(git: Git, folder: str) -> list[str]:
    """The files below a folder that the index holds unmerged, each once and in order."""
    out = git.ask("reading the index", "ls-files", "-z", "--unmerged", "--", folder).out
    lines = out.split(b"\0")[:-1]
    return sorted({line.partition(b"\t")[2].decode("utf-8", "surrogateescape") for line in lines})


def take_folder(git: Git, revision: str, folder: str) -> None:
    """Make a folder what it is in a revision, in the index and on disk; what git lacks stays."""
    where = ("--", folder)
    git.ask("removing files", "rm", "-r", "-f", "--quiet", "--ignore-unmatch", *where)
    if git.run("cat-file", "-e", f"{revision}:{folder}").code == 0:
        git.ask("taking over files", "checkout", "--quiet", revision, *where)

"""The first question to git: which repository this is, and what everybody asks next.

A git process costs about a sixth of starting Python, so one is asked several things. Where a
part of the answer is missing (no commit yet, no such folder) the rest is asked by itself later.
"""

from __future__ import annotations

from pathlib import Path

from swreg.errors import NotReady
from swreg.storage.git import Answer, Git, failure, run_git

_ASK = ("rev-parse", "--is-bare-repository", "--absolute-git-dir", "--git-common-dir",
        "--show-toplevel", "--show-prefix")  # fmt: skip


def open_at(start: Path, *below: str) -> tuple[Git, str | None]:
    """The repository that owns the folder `start`, and the commit at HEAD.

    `below` are folders under `start` whose trees will be wanted. The commit is None where it
    takes another question. Raises `NotReady` where there is no repository.
    """
    revisions = ["HEAD^{commit}", *(f"HEAD:./{path}" for path in below)]
    answer = run_git([*_ASK, *revisions], start)
    lines = answer.text.splitlines()
    git = _repository(start, answer, lines)
    if git.bare or answer.code:
        return git, None
    prefix, commit, *trees = lines[4:]
    git.trees |= {
        (commit, f"{prefix}{path}"): tree for path, tree in zip(below, trees, strict=True)
    }
    return git, commit


def _repository(start: Path, answer: Answer, lines: list[str]) -> Git:
    if answer.code and len(lines) >= 3 and lines[0] == "true":
        git_dir = Path(lines[1])
        return Git(git_dir, git_dir=git_dir, common_dir=(start / lines[2]).resolve(), bare=True)
    if len(lines) < 4:
        if "not a git repository" in answer.err:
            raise NotReady(f"no git repository at {start}", "run git init, then swreg init")
        raise failure(answer, "opening the repository")
    common = (start / lines[2]).resolve()
    return Git(Path(lines[3]), git_dir=Path(lines[1]), common_dir=common, bare=False)


def head(git: Git, *paths: str) -> tuple[str | None, str | None]:
    """The checked-out branch (None when detached) and its commit (None when unborn).

    `paths` are those whose trees at that commit will be wanted.
    """
    revisions = ["HEAD^{commit}", *(f"HEAD:{path}" for path in paths)]
    answer = git.run("rev-parse", *revisions, "--symbolic-full-name", "HEAD")
    lines = answer.text.splitlines()
    if answer.code or len(lines) != len(revisions) + 1:
        return git.head_branch(), git.resolve("HEAD")
    commit, *trees, branch = lines
    git.trees |= {(commit, path): tree for path, tree in zip(paths, trees, strict=True)}
    return (None if branch == "HEAD" else branch), commit

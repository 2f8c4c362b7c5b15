"""What the branch's own remote has not got yet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from swreg.operations.project import Project
from swreg.operations.views import VersionView
from swreg.storage.git import Git


def marked(project: Project, rows: Iterable[VersionView]) -> list[VersionView]:
    """The versions as they are now, those marked that are otherwise in the last pushed commit."""
    base, rows = _last_pushed(project), list(rows)
    if base is None or base == project.tip:
        return rows
    before = {
        (row[0], row[1]): row
        for of_home in project.committed(base).rows(every=True).values()
        for known in of_home.values()
        for row in known
    }
    now = {
        (row[0], row[1]): row
        for of_home in project.committed(project.tip).rows(every=True).values()
        for known in of_home.values()
        for row in known
    }
    changed = {key for key, row in now.items() if before.get(key) != row}
    return [replace(one, unpushed=(one.model, str(one.version)) in changed) for one in rows]


def _last_pushed(project: Project) -> str | None:
    """The newest commit that HEAD shares with its upstream; None where it has none.

    Without any remote branch in this clone git is not even asked.
    """
    git = project.git
    if git.bare or project.tip is None or not _has_remote_branches(git):
        return None
    answer = git.run("merge-base", "HEAD", "HEAD@{upstream}")
    if answer.code:
        branch = (git.head_branch() or "").removeprefix("refs/heads/")
        same = f"refs/remotes/{project.policy.commit.remote}/{branch}"
        answer = git.run("merge-base", "HEAD", same)
    return answer.text or None


def _has_remote_branches(git: Git) -> bool:
    folder = git.common_dir / "refs" / "remotes"
    if folder.is_dir() and any(folder.iterdir()):
        return True
    try:
        return b" refs/remotes/" in (git.common_dir / "packed-refs").read_bytes()
    except OSError:
        return (git.common_dir / "reftable").is_dir()

"""Which branch monitoring looks at and acts on: a host may have anything checked out."""

from __future__ import annotations

from dataclasses import replace

from swreg.errors import NotReady
from swreg.operations.project import Project
from swreg.operations.transaction import WriteOptions
from swreg.storage.remote import upstream

_HEADS = "refs/heads/"


def seen_from(project: Project, branch: str | None = None) -> Project:
    """The project as the named branch has it, else the one that the configuration names.

    Raises `NotReady` where the configured branch is not in this clone.
    """
    named = branch or project.policy.monitoring.branch
    ref = f"{_HEADS}{named}"
    if named is None or project.branch is not None or project.git.head_branch() == ref:
        return project
    if project.git.resolve(ref) is not None:
        return project.on_branch(named)
    if branch is not None:
        return project  # the first write makes it, from what is checked out
    remote = project.policy.commit.remote
    raise NotReady(
        f"there is no branch {named} here, which monitoring.branch names",
        f"run: git fetch {remote} {named}:{named}",
    )


def acting_on(
    project: Project, options: WriteOptions
) -> tuple[Project, WriteOptions, tuple[str, ...]]:
    """Where to look, how to write there, and what is doubtful about that.

    Without a name it is what is checked out. Raises `NotReady` for a detached HEAD, where a
    rollback would be on no branch on the day it is needed.
    """
    named = options.branch or project.policy.monitoring.branch
    if named is not None:
        there = seen_from(project, options.branch)
        return there, replace(options, branch=named), ()
    return project, options, _doubts(project, options)


def _doubts(project: Project, options: WriteOptions) -> tuple[str, ...]:
    git = project.git
    if git.bare:
        return ()
    current = git.head_branch()
    if current is None:
        what = "HEAD is detached, so a rollback would be on no branch"
        if options.allow_detached:
            return (what,)
        raise NotReady(what, "set monitoring.branch, or use --branch NAME or --allow-detached")
    remote = project.policy.commit.remote
    answer = git.run("symbolic-ref", "--quiet", f"refs/remotes/{remote}/HEAD")
    default = answer.text.removeprefix(f"refs/remotes/{remote}/") if not answer.code else ""
    to = upstream(git, current, remote).ref
    if not default or to == f"{_HEADS}{default}":
        return ()
    there = f"{current.removeprefix(_HEADS)} is checked out and acted on, not {default}"
    return (f"{there}, the default branch of {remote}; set monitoring.branch to name one",)

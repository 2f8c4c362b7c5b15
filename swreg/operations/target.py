"""Where a write goes: which branch, from which commit, and whether the repository is ready for it."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Event

from swreg.errors import NotReady, UsageError
from swreg.operations.project import Project
from swreg.storage.git import Git
from swreg.storage.opening import head

_IN_PROGRESS = {
    "MERGE_HEAD": "a merge",
    "rebase-merge": "a rebase",
    "rebase-apply": "a rebase",
    "CHERRY_PICK_HEAD": "a cherry-pick",
    "REVERT_HEAD": "a revert",
    "BISECT_LOG": "a bisection",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOptions:
    """What every write takes: show only, push, another branch, a detached HEAD.

    Once `stop` is set, nobody is waited for who is told of the change.
    """

    dry_run: bool = False
    push: bool | None = None
    branch: str | None = None
    allow_detached: bool = False
    stop: Event | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """The branch a write goes to: its ref, the commit to build on, and what the ref holds now.

    The two differ only for a branch that the write makes, which starts at HEAD.
    """

    ref: str
    base: str | None
    held: str | None
    checked_out: bool


def target_of(project: Project, options: WriteOptions) -> Target:
    """The branch a write goes to; `NotReady` where the repository is in no state for it."""
    git = project.git
    current, tip = head(git, project.layout.homes)
    if options.branch is not None:
        return _named_target(git, options.branch, current, tip)
    if not git.bare:
        require_idle(git)
    if current is None and not options.allow_detached:
        raise NotReady(
            "HEAD is detached, the change would be on no branch",
            "check out a branch, or use --branch NAME or --allow-detached",
        )
    ref = current or "HEAD"
    if not git.bare and (git.common_dir / "worktrees").is_dir():
        _require_only_here(git, ref)
    return Target(ref, tip, tip, checked_out=True)


def _named_target(git: Git, branch: str, current: str | None, tip: str | None) -> Target:
    ref = f"refs/heads/{branch}"
    if branch.startswith("-") or branch == "HEAD" or git.run("check-ref-format", ref).code:
        raise UsageError(f"{branch!r} is no branch name", "use a name like registry/promote-v3.1.0")
    if ref == current:
        require_idle(git)
        return Target(ref, tip, tip, checked_out=True)
    _require_only_here(git, ref)
    held = git.resolve(ref)
    if held is None:
        _require_branch_name(git, branch)
    return Target(ref, held or tip, held, checked_out=False)


def _require_branch_name(git: Git, branch: str) -> None:
    """Refuse to make a branch whose name git and people take for something else."""
    remote = branch.partition("/")[0]
    if branch.startswith("refs/"):
        what = "is a full ref, not a branch's name"
    elif git.resolve(f"refs/tags/{branch}") is not None:
        what = "is the name of a tag"
    elif "/" in branch and remote in git.run("remote").text.split():
        what = f"is a branch of the remote {remote}, not one of this clone"
    else:
        return
    raise UsageError(f"{branch} {what}", "use a name like registry/promote-v3.1.0")


def _require_only_here(git: Git, ref: str) -> None:
    """A branch that moves under another work tree would leave a reversal of the change there."""
    for path, held in git.worktrees():
        if held == ref and path.resolve() != git.root.resolve():
            raise NotReady(
                f"{ref.removeprefix('refs/heads/')} is checked out in {path}",
                "run the command there, or detach that work tree's HEAD",
            )


def require_idle(git: Git) -> None:
    """Refuse in the middle of a merge, rebase, cherry-pick, revert or bisection."""
    for name, what in _IN_PROGRESS.items():
        if (git.git_dir / name).exists():
            raise NotReady(f"{what} is in progress", f"finish or abort {what} first")

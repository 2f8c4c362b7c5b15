"""Checks of the repository's state: what was interrupted, what is left over, what is not pushed."""

from __future__ import annotations

import os
from pathlib import Path

from swreg.errors import Contention, NotReady
from swreg.operations.checkup.finding import Finding
from swreg.operations.project import Project
from swreg.operations.transaction import require_idle
from swreg.storage import hooks
from swreg.storage.git import run_git
from swreg.storage.git_environment import scrubbed
from swreg.storage.journal import note_path, recover
from swreg.storage.lock import locked
from swreg.storage.source import Revision, load_policy

_REMOTE_WAIT = 15.0
_PROTOCOLS = "file:git:http:https:ssh"


def head(project: Project) -> Finding | None:
    """A branch is checked out, nothing is half done, and the history is whole."""
    git = project.git
    if not git.bare:
        try:
            require_idle(git)
        except NotReady as error:
            return Finding(error.what, error.hint)
    if project.tip is None:
        return Finding("the branch has no commit yet", "swreg init makes one", note=True)
    if git.head_branch() is None:
        return Finding(
            "HEAD is detached", "check out a branch, or write with --branch NAME", note=True
        )
    if git.is_shallow:
        fix = "git fetch --unshallow"
        return Finding("this clone is shallow: its history ends early", fix, note=True)
    return None


def journal(project: Project) -> Finding | None:
    """No write was interrupted."""
    if not note_path(project.git).exists() or _busy(project):
        return None
    return Finding("a write was interrupted", "swreg doctor --fix, or any next write")


def mend_journal(project: Project) -> None:
    """Finish or clear the interrupted write."""
    with locked(_lock(project)):
        recover(project.git)


def leftovers(project: Project) -> Finding | None:
    """No temporary work tree was left by a writer that was killed."""
    found = list((project.git.common_dir / "swreg").glob("hooks-*"))
    if not found or _busy(project):
        return None
    return Finding(f"{len(found)} temporary work trees are left over", "swreg doctor --fix")


def mend_leftovers(project: Project) -> None:
    """Remove them."""
    with locked(_lock(project)):
        hooks.clear_leftovers(project.git)


def _lock(project: Project) -> Path:
    return project.git.common_dir / "swreg" / "lock"


def _busy(project: Project) -> bool:
    """Whether a writer is at work right now: what it has lying about is its own."""
    try:
        with locked(_lock(project), wait=0.0):
            return False
    except Contention:
        return True


def remote(project: Project) -> Finding | None:
    """The remote answers, and has what was committed here."""
    git = project.git
    name = load_policy(Revision(git, project.tip), project.layout).commit.remote
    known = git.ask("listing remotes", "remote").text.splitlines()
    if name not in known:
        return Finding(f"there is no remote {name}: nothing is pushed", note=True)
    env = {"GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": _PROTOCOLS}
    answer = run_git(
        [f"--git-dir={git.git_dir}", "ls-remote", "--heads", "--", name],
        git.root,
        env={**scrubbed(dict(os.environ)), **env},
        timeout=_REMOTE_WAIT,
    )
    if answer.code:
        said = (answer.err.splitlines() or [f"exit code {answer.code}"])[0]
        return Finding(f"the remote {name} does not answer: {said[:200]}", "check its address")
    return _unpushed(project, name, answer.text)


def _unpushed(project: Project, name: str, listing: str) -> Finding | None:
    branch = project.git.head_branch()
    if branch is None or project.tip is None:
        return None
    pairs = (line.split("\t", 1) for line in listing.splitlines() if "\t" in line)
    there = {ref: oid for oid, ref in pairs}.get(branch)
    short = branch.removeprefix("refs/heads/")
    if there is None:
        return Finding(f"{name} has no branch {short}", f"git push {name} {short}", note=True)
    if there == project.tip:
        return None
    if project.git.resolve(there) is None or not project.git.is_ancestor(there, project.tip):
        return Finding(f"{name} has commits of {short} that are not here", "git fetch", note=True)
    count = project.git.ask(
        "counting commits", "rev-list", "--count", f"{there}..{project.tip}"
    ).text
    return Finding(f"{count} commits are not pushed", f"git push {name} {short}", note=True)

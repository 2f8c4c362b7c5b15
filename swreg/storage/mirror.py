"""A bare copy of another repository, kept in the git directory: where we read and write it from.

It holds nothing that is not elsewhere and may be deleted at any time. Commits that were made here
and not pushed are dropped at the next opening: whoever made them was told so, and asks again.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from swreg.errors import EnvironmentFault, UsageError
from swreg.storage.files import disk_errors
from swreg.storage.git import Git, failure, run_git
from swreg.storage.remote import Upstream, default_branch, fetch

_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*://|[^/]+:", re.IGNORECASE)
_KEPT = (
    "user.name", "user.email", "user.signingkey", "gpg.format", "gpg.program", "commit.gpgsign",
    "core.sshcommand", "credential.helper",
)  # fmt: skip


def open_mirror(home: Git, repository: str, *, branch: str | None) -> tuple[Git, str]:
    """The mirror of a repository (path or URL) with one branch as the remote has it, and its name.

    A relative path starts at the top of `home`. Raises `EnvironmentFault` where the repository
    cannot be reached, and `UsageError` for what cannot be an address or a branch.
    """
    address = _address(home, repository)
    git = _made(home, address)
    _as_at_home(home, git)
    if branch is None:
        answer, found = default_branch(git, "origin")
        if answer.end != "done":
            raise _unreachable(repository, answer.said)
        branch = (found or home.head_branch() or "refs/heads/main").removeprefix("refs/heads/")
    if git.run("check-ref-format", "--branch", branch).code or branch.startswith("-"):
        raise UsageError(f"{branch!r} is no branch name", "mend environments in the configuration")
    _bring(git, repository, branch)
    return git, branch


def _address(home: Git, repository: str) -> str:
    if repository.startswith("-") or any(not char.isprintable() for char in repository):
        raise UsageError(f"{repository!r} is no repository", "name a path or URL")
    if _ELSEWHERE.match(repository):
        return repository
    return str((home.root / repository).resolve())


def _made(home: Git, address: str) -> Git:
    """The mirror's folder, made where it is not there yet."""
    name = hashlib.sha256(address.encode()).hexdigest()[:16]
    folder = home.common_dir / "swreg" / "mirrors" / name
    if not (folder / "HEAD").exists():
        with disk_errors("make the mirror"):
            folder.mkdir(parents=True, exist_ok=True)
        answer = run_git(["init", "--quiet", "--bare", "--", str(folder)], folder)
        if answer.code:
            raise failure(answer, "making the mirror")
    git = Git(folder, git_dir=folder, common_dir=folder, bare=True)
    git.ask("setting up the mirror", "config", "remote.origin.url", address)
    return git


def _as_at_home(home: Git, git: Git) -> None:
    """The identity, signing and credentials that the project's own repository is set up with."""
    there = home.config(*_KEPT)
    for key in _KEPT:
        if key in there:
            git.ask("setting up the mirror", "config", key, there[key])
        else:
            git.run("config", "--unset-all", key)


def _bring(git: Git, repository: str, branch: str) -> None:
    """The branch as the remote has it now; none where the remote has none."""
    ref = f"refs/heads/{branch}"
    to = Upstream("origin", ref)
    for key, value in (("remote", "origin"), ("merge", ref)):
        git.ask("setting up the mirror", "config", f"branch.{branch}.{key}", value)
    git.ask("setting up the mirror", "symbolic-ref", "HEAD", ref)
    answer = fetch(git, to)
    if answer.end == "done":
        git.ask("updating the mirror", "update-ref", ref, to.tracking)
    elif "couldn't find remote ref" in answer.said:
        git.run("update-ref", "-d", ref)
        git.run("update-ref", "-d", to.tracking)
    else:
        raise _unreachable(repository, answer.said)


def _unreachable(repository: str, said: str) -> EnvironmentFault:
    shown = redacted(repository)
    return EnvironmentFault(
        f"{shown} cannot be reached: {redacted(said)[:300]}", "check the address and your access"
    )


def redacted(text: str) -> str:
    """Text without the passwords of the URLs in it.

    >>> redacted("fatal: https://ada:secret@example.org/models.git/ not found")
    'fatal: https://example.org/models.git/ not found'
    """
    return re.sub(r"(?<=://)[^/\s@]+@", "", text)


def mirror_lock(git: Git) -> Path:
    """The lock that one who writes to another repository holds from fetch to push."""
    return git.common_dir / "swreg" / "mirrors.lock"

"""The network: fetch and push, through GitPython, which is imported only here.

Only transports that cannot run a program of the remote's choosing are allowed. What git says is
read under LC_ALL=C and sorted into the few cases that matter.
"""

from __future__ import annotations

import re
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from swreg.storage.git import Git

_TIMEOUT = 300
_GRACE = 5
"""How many seconds git has left once it is to stop."""
_LOOK = 0.2
_PROTOCOLS = "https:http:ssh:file:git"
_RACES = (
    "fetch first",
    "non-fast-forward",
    "cannot lock ref",
    "failed to update ref",
    "stale info",
)
_IDLE_WORDS = ("To ", "hint:", "Done", "error: failed to push some refs")
_REFUSED_REF = re.compile(r"^!\t[^\t]*\t\[[^\]]*\] \((.*)\)$")
"""How `git push --porcelain` says that a ref was refused; the reason is in the brackets."""


@dataclass(frozen=True, slots=True)
class Upstream:
    """Where a branch is pushed to: the remote's name, the ref there, and our copy of it."""

    remote: str
    ref: str

    @property
    def tracking(self) -> str:
        """Our copy of the remote's ref."""
        return f"refs/remotes/{self.remote}/{self.ref.removeprefix('refs/heads/')}"


@dataclass(frozen=True, slots=True)
class Answered:
    """How a push or fetch ended; `said` is git's own word on it, on one line."""

    end: Literal["done", "behind", "declined", "failed"]
    said: str = ""


def upstream(git: Git, ref: str, default_remote: str) -> Upstream:
    """The remote branch that a branch belongs to: as configured, else the same name."""
    branch = ref.removeprefix("refs/heads/")
    config = git.config(f"branch.{branch}.remote", f"branch.{branch}.merge")
    remote = config.get(f"branch.{branch}.remote", default_remote)
    return Upstream(remote, config.get(f"branch.{branch}.merge", ref))


def push(git: Git, commit: str, to: Upstream) -> Answered:
    """Push a commit, never by force."""
    code, said = _run(git, "push", "--porcelain", "--no-verify" if git.bare else "--verify",
                      to.remote, f"{commit}:{to.ref}")  # fmt: skip
    if code == 0:
        git.run("update-ref", to.tracking, commit)
        return Answered("done")
    if "pre-receive hook declined" in said or "hook declined" in said or "pre-push" in said:
        return Answered("declined", _words(said))
    if any(race in said for race in _RACES):
        return Answered("behind", _words(said))
    return Answered("failed", _words(said))


def fetch(git: Git, what: Upstream | Sequence[str], *options: str) -> Answered:
    """Bring our copy of a remote branch up to date, or fetch objects of `origin` by their ids."""
    if isinstance(what, Upstream):
        ask, wanted = ["fetch"], [what.remote, f"+{what.ref}:{what.tracking}"]
    else:
        # The remote must not conclude from a commit that we have that we have its blobs.
        ask, wanted = ["-c", "fetch.negotiationAlgorithm=noop", "fetch"], ["origin", *what]
    code, said = _run(git, *ask, "--quiet", "--no-tags", "--no-write-fetch-head", *options, *wanted)
    return Answered("done") if code == 0 else Answered("failed", _words(said))


def _run(git: Git, *arguments: str) -> tuple[int, str]:
    from git.cmd import Git as GitPython

    runner = GitPython(str(git.root))
    env = {**git.env, "GIT_ALLOW_PROTOCOL": _PROTOCOLS}
    words = ["git", "--no-pager", "-c", "core.fsmonitor=false", "-c", "gc.auto=0", *arguments]
    if git.stop is not None:
        return _watched(runner.execute(words, env=env, as_process=True), git.stop, words)
    code, out, err = runner.execute(
        words,
        env=env,
        with_extended_output=True,
        with_exceptions=False,
        kill_after_timeout=_TIMEOUT,
        as_process=False,
        stdout_as_string=True,
    )
    return int(code), f"{out}\n{err}"


def _watched(process: Any, stop: threading.Event, words: Sequence[str]) -> tuple[int, str]:
    """Wait for git, but not for long once `stop` is set: who hangs must not hold up an end."""
    verb = next(word for word in words if word in ("push", "fetch", "ls-remote"))
    told, end = False, time.monotonic() + _TIMEOUT
    while True:
        try:
            out, err = process.communicate(timeout=_LOOK)
            return int(process.returncode), (out + b"\n" + err).decode("utf-8", "replace")
        except subprocess.TimeoutExpired:
            if stop.is_set() and not told:
                told, end = True, min(end, time.monotonic() + _GRACE)
            if time.monotonic() >= end:
                process.terminate()
                return 1, f"git {verb} did not answer"


def _words(said: str) -> str:
    """What git said, without its form for programs and what it says of every failure.

    >>> _words("To /a\\n!\\trefs/heads/a:refs/heads/a\\t[remote rejected] (hook declined)\\nDone\\n"
    ...        "remote: not on Fridays\\nerror: failed to push some refs to '/a'")
    'hook declined / remote: not on Fridays'
    """
    lines = [_REFUSED_REF.sub(r"\1", line.strip()) for line in said.splitlines()]
    telling = [
        " ".join(line.split()) for line in lines if line and not line.startswith(_IDLE_WORDS)
    ]
    return " / ".join(telling)[:400] or "git said nothing"


def default_branch(git: Git, remote: str) -> tuple[Answered, str | None]:
    """The branch that a remote's HEAD names, like `refs/heads/main`; None where it is empty."""
    code, said = _run(git, "ls-remote", "--symref", "--", remote, "HEAD")
    if code:
        return Answered("failed", _words(said)), None
    for line in said.splitlines():
        if line.startswith("ref: ") and line.endswith("\tHEAD"):
            return Answered("done"), line[5:].partition("\t")[0]
    return Answered("done"), None


def tips(git: Git, remote: str) -> tuple[Answered, frozenset[str]]:
    """The object ids that a remote's branches and tags name."""
    code, said = _run(git, "ls-remote", "--heads", "--tags", "--refs", "--", remote)
    if code:
        return Answered("failed", _words(said)), frozenset()
    rows = [line.split("\t") for line in said.splitlines() if "\trefs/" in line]
    return Answered("done"), frozenset(row[0] for row in rows)

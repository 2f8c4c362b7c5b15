"""A registry elsewhere, read without its files: a partial clone that holds catalogs and no models.

A bare repository in the user's cache; it holds nothing that is not elsewhere and may be deleted at
any time. Trees come with the fetch; of the blobs only those that are asked for, in one request.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from swreg.errors import EnvironmentFault, UsageError
from swreg.storage.files import disk_errors
from swreg.storage.git import Git, failure, run_git
from swreg.storage.mirror import redacted
from swreg.storage.remote import Upstream, default_branch, fetch

_NO_BLOBS = "--filter=blob:none"
_AT_ONCE = 1000
_PROMISOR = ("remote.origin.promisor", "remote.origin.partialclonefilter")


def open_partial(address: str, *, whole: bool) -> Git:
    """The default branch of the repository at a URL, its last commit or its `whole` history.

    Raises `EnvironmentFault` where it cannot be reached, and `UsageError` for what is no address.
    """
    if address.startswith("-") or any(not char.isprintable() for char in address):
        raise UsageError(f"{address!r} is no repository", "name a path or URL")
    git = _made(address)
    answer, branch = default_branch(git, "origin")
    if answer.end == "done" and branch is not None:
        depth = ["--unshallow"] if whole and git.is_shallow else [] if whole else ["--depth=1"]
        with _promises(git):
            answer = fetch(git, Upstream("origin", branch), _NO_BLOBS, *depth)
    if answer.end != "done":
        raise EnvironmentFault(
            f"{redacted(address)} cannot be reached: {redacted(answer.said)[:300]}",
            "check the address and your access",
        )
    git = _opened(git.git_dir)  # a fetch may have ended its being shallow
    if branch is not None:
        tip = Upstream("origin", branch).tracking
        git.ask("updating the copy", "symbolic-ref", "HEAD", branch)
        git.ask("updating the copy", "update-ref", branch, tip)
    return git


def bring(git: Git, oids: Sequence[str]) -> None:
    """Fetch the blobs that are not there yet."""
    asked = "".join(f"{oid}\n" for oid in oids).encode()
    said = git.ask("looking for blobs", "cat-file", "--batch-check", stdin=asked).text
    missing = [line.split()[0] for line in said.splitlines() if line.endswith(" missing")]
    for start in range(0, len(missing), _AT_ONCE):
        with _promises(git):
            answer = fetch(git, missing[start : start + _AT_ONCE], _NO_BLOBS)
        if answer.end != "done":
            raise EnvironmentFault(
                f"the catalogs could not be fetched: {redacted(answer.said)[:300]}",
                "check your access and try again",
            )


def _made(address: str) -> Git:
    """The folder of the copy, made where it is not there yet."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    name = hashlib.sha256(address.encode()).hexdigest()[:16]
    folder = cache / "swreg" / "repositories" / name
    if not (folder / "HEAD").exists():
        with disk_errors("keep a copy of the registry"):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        answer = run_git(["init", "--quiet", "--bare", "--", str(folder)], folder)
        if answer.code:
            raise failure(answer, "keeping a copy of the registry")
    git = _opened(folder)
    git.ask("keeping a copy of the registry", "config", "remote.origin.url", address)
    return git


def _opened(folder: Path) -> Git:
    return Git(folder, git_dir=folder, common_dir=folder, bare=True)


@contextmanager
def _promises(git: Git) -> Iterator[None]:
    """For a fetch: what is missing here is promised by the remote.

    Only for that long, else git asks the remote for each missing blob by itself, in silence.
    """
    git.ask("fetching", "config", "remote.origin.promisor", "true")
    git.ask("fetching", "config", "remote.origin.partialclonefilter", "blob:none")
    try:
        yield
    finally:
        for key in _PROMISOR:
            git.run("config", "--unset-all", key)

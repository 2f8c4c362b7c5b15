"""What time it is: for the machine, and for git where its own date variables count."""

from __future__ import annotations

from datetime import UTC, date, datetime

from swreg.storage.git import Git


def today() -> date:
    """The day it is, in UTC, whatever git's date variables say."""
    return datetime.now(UTC).date()


def now() -> datetime:
    """The instant it is, in UTC, whatever git's date variables say."""
    return datetime.now(UTC)


def git_time(git: Git) -> str:
    """The time a commit would bear now, as git's `seconds zone`; nobody need be known to git."""
    name = {"GIT_COMMITTER_NAME": "swreg", "GIT_COMMITTER_EMAIL": "swreg"}
    said = git.ask("asking for the time", "var", "GIT_COMMITTER_IDENT", stdin=None, **name).text
    return said.rpartition("> ")[2]

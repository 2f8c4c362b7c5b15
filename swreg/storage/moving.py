"""Moving a branch over other people's commits, with index and work tree, the user's edits kept.

As when our own commit lands, git's `index.lock` is held meanwhile as the prepared future index,
and a note says what was begun: a crash leaves no staged reversal of what the others did.
"""

from __future__ import annotations

from typing import Protocol

from swreg.errors import FollowUpIncomplete
from swreg.storage.checkout import between, bring, narrow, skipped
from swreg.storage.future_index import in_the_way, prepare_merge, take_effect
from swreg.storage.git import Git
from swreg.storage.journal import Note, drop_note
from swreg.storage.landing import (
    Landing,
    follow_up,
    give_up,
    hold_index,
    land_out_of_sight,
    swap,
    undisturbed,
)


class Move(Protocol):
    """The branch to move: its ref, what it holds, and whether it is checked out here."""

    @property
    def ref(self) -> str: ...
    @property
    def held(self) -> str | None: ...
    @property
    def checked_out(self) -> bool: ...


def move_over(git: Git, target: Move, *, new: str, summary: str) -> list[str]:
    """Move a branch over commits of others to `new`; warnings about files that were left.

    git is asked first whether it could, with the edits there are. Raises `FollowUpIncomplete`
    where they are in the way, `LostRace`, and `Contention`.
    """
    old = target.held or ""
    landing = Landing(ref=target.ref, old=old, new=new, files={}, before={}, summary=summary)
    if not target.checked_out or git.bare:
        land_out_of_sight(git, landing)
        return []
    if said := in_the_way(git, old, new):
        raise FollowUpIncomplete(
            f"committed as {old[:12]}, but not pushed: {said[:200]}",
            "commit or stash these edits, then run git pull --rebase and git push",
            old,
        )
    files = between(git, old, new)
    kept_out = skipped(git, files)
    with undisturbed(git):
        digest = hold_index(
            git,
            lambda: prepare_merge(git, old, new, skipped=kept_out),
            lambda digest: Note(ref=target.ref, old=old, new=new, merge=True, index=digest),
        )
        try:
            swap(git, landing)
        except BaseException:
            if git.resolve(landing.ref) != new:
                give_up(git, digest)
                raise
        with follow_up(landing):
            wanted = {path: oid for path, oid in files.items() if path not in kept_out}
            warnings = bring(git, new, wanted, as_stored=False)
            take_effect(git)
            drop_note(git)
            narrow(git)
    return warnings

"""Push a change; where the remote moved on, replay the intent on its new tip and push again.

What is replayed is the decision, not the diff: it is made anew, policy included, on what the
others have done meanwhile. A refusal leaves the local commit and says how to go on.
"""

from __future__ import annotations

import random
import shlex
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from swreg.errors import FollowUpIncomplete, SwregError
from swreg.operations.outcome import Outcome
from swreg.operations.project import Project
from swreg.operations.transaction import (
    Target,
    Transaction,
    WriteOptions,
    outcome_of,
    prepare,
    target_of,
)
from swreg.storage.landing import LostRace
from swreg.storage.lock import locked
from swreg.storage.moving import move_over
from swreg.storage.remote import Upstream, fetch, push, upstream

T = TypeVar("T")
_TRIES = 60
_OURS = r"^chore(registry): "
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 2.0


def push_outcome(
    project: Project,
    command: str,
    decide: Callable[[Transaction], T],
    options: WriteOptions,
    outcome: Outcome[T],
) -> Outcome[T]:
    """Push what was just committed; the outcome, with a refusal (exit code 7) where it failed."""
    target = target_of(project, options)
    to = upstream(project.git, target.ref, project.policy.commit.remote)
    try:
        for attempt in range(_TRIES):
            answer = push(project.git, outcome.commit or "", to)
            if answer.end == "done":
                return outcome
            if answer.end != "behind":
                raise _not_pushed(outcome, answer.said, "mend the cause, then run git push")
            pause = min(_FIRST_PAUSE * 2**attempt, _LONGEST_PAUSE)
            time.sleep(random.uniform(0, pause))
            outcome = _replay(project, command, decide, target, to, outcome)
            if outcome.commit is None or project.git.is_ancestor(outcome.commit, to.tracking):
                # Others have done it meanwhile; pushing no commit would delete their branch.
                return outcome
        raise _not_pushed(
            outcome, f"{_TRIES} others were faster", "run git pull --rebase and git push"
        )
    except FollowUpIncomplete as error:
        return replace(outcome, refusal=error, exit_code=error.exit_code)


def push_left(project: Project, options: WriteOptions) -> FollowUpIncomplete | None:
    """Push what earlier commits of the registry left behind; what stands against it, if anything.

    Only commits of the registry ask for it, but git can push none without those before it.
    """
    git = project.git
    target = target_of(project, options)
    to = upstream(git, target.ref, project.policy.commit.remote)
    if target.held is None:
        return None
    tip = git.resolve(to.tracking)
    span = target.held if tip is None else f"{tip}..{target.held}"
    out = git.ask("looking for commits", "rev-list", "-1", "--grep", _OURS, span).text.strip()
    if not out:
        return None
    answer = push(git, out, to)
    if answer.end == "done":
        return None
    return FollowUpIncomplete(
        f"{out[:12]} was committed before, but is not pushed yet: {answer.said}",
        "run git pull --rebase and git push" if answer.end == "behind" else "mend the cause",
        out,
    )


def _not_pushed(outcome: Outcome[T], why: str, hint: str) -> FollowUpIncomplete:
    commit = outcome.commit or ""
    return FollowUpIncomplete(f"committed as {commit[:12]}, but not pushed: {why}", hint, commit)


def _replay(
    project: Project,
    command: str,
    decide: Callable[[Transaction], T],
    target: Target,
    to: Upstream,
    outcome: Outcome[T],
) -> Outcome[T]:
    """The same decision on the remote's tip, in place of the local commit."""
    git = project.git
    answer = fetch(git, to)
    if answer.end != "done":
        raise _not_pushed(outcome, answer.said, "mend the cause, then run git push")
    with locked(git.common_dir / "swreg" / "lock"):
        tip, local = git.resolve(to.tracking), git.resolve(target.ref)
        missing = None
        if tip is not None and local is not None and local == outcome.commit:
            missing = _missing(project, tip, local)
        if missing == 0:
            return outcome
        if tip is None or local is None or missing != 1:
            raise _not_pushed(
                outcome,
                "other local commits are not pushed either",
                "run git pull --rebase and git push",
            )
        try:
            tx = Transaction(project, tip)
            data = decide(tx)
            commit = prepare(git, tx.draft()) if tx.changed else tip
            summary = tx.summary if tx.changed else command
            left = move_over(
                git, replace(target, base=tip, held=local), new=commit, summary=summary
            )
        except LostRace:
            return outcome
        except FollowUpIncomplete:
            raise
        except SwregError as error:
            raise _not_pushed(
                outcome,
                f"the remote moved on, and there {error.what}",
                f"{_way_back(target, tip)} takes the local commit back; {error.hint}",
            ) from error
    told = outcome_of(command, tx, data, commit=commit if tx.changed else None)
    return replace(told, warnings=(*told.warnings, *left))


def _way_back(target: Target, tip: str) -> str:
    """The git command that gives up the local commit and keeps what the user has staged.

    A switch merges two trees, as our own landing does; every form of reset would lose the staging.
    """
    branch = shlex.quote(target.ref.removeprefix("refs/heads/"))
    if not target.checked_out:
        return f"git branch --force {branch} {tip[:12]}"
    if target.ref == "HEAD":
        return f"git switch --detach {tip[:12]}"
    return f"git switch --force-create {branch} {tip[:12]}"


def _missing(project: Project, tip: str, local: str) -> int:
    """How many commits are missing on the remote; none where another made the very same one."""
    out = project.git.ask("looking at the branch", "rev-list", "--count", f"{tip}..{local}").text
    return int(out)

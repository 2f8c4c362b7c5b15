"""Push a change; where the remote moved on, replay the intent on its new tip and push again.

What is replayed is the decision, not the diff: it is made anew, policy included, on what the
others have done meanwhile. A refusal leaves the local commit and says how to go on.
"""

from __future__ import annotations

import random
import shlex
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from swreg.errors import EnvironmentFault, FollowUpIncomplete, SwregError
from swreg.operations.outcome import Outcome
from swreg.operations.project import Project
from swreg.operations.replaying import Foreign, Unpushed, again, all_done, done_words, unpushed
from swreg.operations.transaction import (
    Target,
    Transaction,
    WriteOptions,
    outcome_of,
    prepare,
    target_of,
)
from swreg.storage.files import disk_errors
from swreg.storage.landing import LostRace
from swreg.storage.lock import locked
from swreg.storage.moving import move_over
from swreg.storage.remote import Upstream, fetch, push, upstream

T = TypeVar("T")
_TRIES = 60
_OURS = r"^chore(registry): "
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 2.0
_BY_HAND = "git pull --rebase and git push"


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
    return _send(project, command, decide, target, to, _Unsent(outcome, outcome.commit))


def _send(
    project: Project,
    command: str,
    decide: Callable[[Transaction], T],
    target: Target,
    to: Upstream,
    now: _Unsent[T],
) -> Outcome[T]:
    try:
        with disk_errors("push"):
            for attempt in range(_TRIES):
                if now.head is None or project.git.is_ancestor(now.head, to.tracking):
                    # Others have done it meanwhile; pushing no commit would delete their branch.
                    return now.outcome
                answer = push(project.git, now.head, to)
                if answer.end == "done":
                    return now.outcome
                if answer.end != "behind":
                    raise _not_pushed(now, answer.said, "mend the cause, then run git push")
                pause = min(_FIRST_PAUSE * 2**attempt, _LONGEST_PAUSE)
                time.sleep(random.uniform(0, pause))
                now = _replay(project, command, decide, target, to, now)
        raise _not_pushed(now, f"{_TRIES} others were faster", f"run {_BY_HAND}")
    except FollowUpIncomplete as error:
        refusal = error
    except EnvironmentFault as error:
        refusal = _not_pushed(now, error.what, "mend the cause, then run git push")
    return replace(now.outcome, refusal=refusal, exit_code=refusal.exit_code)


@dataclass(frozen=True, slots=True)
class _Unsent(Generic[T]):
    """What is on its way: the command's outcome, and the commit to push (None: nothing is left)."""

    outcome: Outcome[T]
    head: str | None


def push_left(project: Project, options: WriteOptions) -> FollowUpIncomplete | None:
    """Push what earlier commits of the registry left behind; what stands against it, if anything.

    Only commits of the registry ask for it, but git can push none without those before it. Where
    the remote moved on meanwhile they are decided anew, each by its record.
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
    if answer.end != "behind":
        why = f"{out[:12]} was committed before, but is not pushed yet: {answer.said}"
        return FollowUpIncomplete(why, "mend the cause", out)
    nothing: Outcome[None] = Outcome(command="push", data=None)
    outcome = _send(project, "push", lambda tx: None, target, to, _Unsent(nothing, out))
    project.forget()
    return outcome.refusal if isinstance(outcome.refusal, FollowUpIncomplete) else None


def _not_pushed(now: _Unsent[T], why: str, hint: str) -> FollowUpIncomplete:
    commit = now.head or ""
    return FollowUpIncomplete(f"committed as {commit[:12]}, but not pushed: {why}", hint, commit)


def _replay(
    project: Project,
    command: str,
    decide: Callable[[Transaction], T],
    target: Target,
    to: Upstream,
    now: _Unsent[T],
) -> _Unsent[T]:
    """The same decisions on the remote's tip, in place of the local commits."""
    git = project.git
    answer = fetch(git, to)
    if answer.end != "done":
        raise _not_pushed(now, answer.said, "mend the cause, then run git push")
    with locked(git.common_dir / "swreg" / "lock"):
        tip, local = git.resolve(to.tracking), git.resolve(target.ref)
        if tip is None or local is None or local != now.head:
            raise _not_pushed(now, "the branch was moved meanwhile", f"run {_BY_HAND}")
        try:
            chain = unpushed(project, tip, local)
            if not chain:
                return now
            after, made = _rebuilt(project, command, decide, chain, tip, now.outcome)
            moved = replace(target, base=tip, held=local)
            left = move_over(git, moved, new=after or tip, summary=made.summary)
        except LostRace:
            return now
        except FollowUpIncomplete:
            raise
        except Foreign as error:
            raise _not_pushed(
                now, f"your own commit {error} is not pushed either", f"run {_BY_HAND}"
            ) from None
        except SwregError as error:
            raise _not_pushed(
                now,
                f"the remote moved on, and there {error.what}",
                f"{_way_back(target, tip)} takes {_commits(chain)} back; {error.hint}",
            ) from error
    outcome = replace(made.outcome, warnings=(*made.outcome.warnings, *left))
    return _Unsent(outcome, after)


def _commits(chain: Sequence[Unpushed]) -> str:
    return "the local commit" if len(chain) == 1 else f"the {len(chain)} local commits"


@dataclass(frozen=True, slots=True)
class _Made(Generic[T]):
    outcome: Outcome[T]
    summary: str


def _rebuilt(
    project: Project,
    command: str,
    decide: Callable[[Transaction], T],
    chain: Sequence[Unpushed],
    tip: str,
    outcome: Outcome[T],
) -> tuple[str | None, _Made[T]]:
    """The chain once more, on the tip: its last commit (None where all is done), no branch moved.

    The command under way is decided by itself; those before it by what their records say.
    """
    at, summary, warnings = tip, command, []
    for one in chain:
        tx = Transaction(project, at)
        own = one.commit == outcome.commit
        if own and all_done(tx, one.events):
            warnings += [done_words(event) for event in one.events]
            outcome = replace(outcome, records=(), commit=None, refusal=None, exit_code=0)
            continue
        data = decide(tx) if own else None
        if not own:
            again(tx, one)
            warnings += tx.warnings
        commit = prepare(project.git, tx.draft()) if tx.changed else None
        if own:
            told = outcome_of(command, tx, data, commit=commit)
            outcome = replace(told, warnings=(*outcome.warnings, *told.warnings))
        at, summary = commit or at, tx.summary if tx.changed else summary
    told = replace(outcome, warnings=tuple(dict.fromkeys((*outcome.warnings, *warnings))))
    return (at if at != tip else None), _Made(told, summary)


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

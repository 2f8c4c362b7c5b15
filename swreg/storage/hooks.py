"""The user's own commit hooks, run for our commits as git would run them.

They run in a temporary linked work tree that holds the new tree, staged on the base. Run against
a private index in the user's tree, the pre-commit program stashes and rewrites the user's own
edits, and a kill then strands them.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from swreg.domain.record import parse
from swreg.errors import EnvironmentFault, PolicyRefused
from swreg.storage import stock_hook
from swreg.storage.commit import Draft
from swreg.storage.git import Git, failure, run_git

BEFORE = ("pre-commit", "prepare-commit-msg", "commit-msg")
DRAFT = "SWREG_DRAFT"
"""A ref of the temporary work tree alone: the commit that the hooks are run for."""
_PLACE = "hooks-"
# Options of ours would reach the git commands of a hook and change what its patterns mean.
_AS_THE_USER = ("git",)
_KEPT_OUT = frozenset(["GIT_OPTIONAL_LOCKS", "GIT_GRAFT_FILE", "GIT_NO_REPLACE_OBJECTS"])


class HookRefused(PolicyRefused):
    """A commit hook of the user's said no; its own words are in the message."""

    code = "hook-refused"


def folder(git: Git) -> Path:
    """Where the hooks lie, `core.hooksPath` included."""
    if "core.hookspath" not in git.settings:
        return git.common_dir / "hooks"
    path = git.ask("finding the hooks", "rev-parse", "--git-path", "hooks").text
    return (git.root / path).resolve()


def present(hooks: Path, names: tuple[str, ...] = BEFORE) -> list[str]:
    """Which of the hooks git would run."""
    return [name for name in names if os.access(hooks / name, os.X_OK)]


def run_before(git: Git, draft: Draft, commit: str, hooks: Path) -> bytes:
    """Run the hooks that come before a commit; the message as they leave it.

    Raises `HookRefused` with the hook's words; nothing has changed then.
    """
    with _temporary_tree(git, draft, commit) as place:
        message_file = place / f".swreg-message-{os.getpid()}"
        arguments = {
            "pre-commit": [],
            "prepare-commit-msg": [str(message_file), "message"],
            "commit-msg": [str(message_file)],
        }
        tree = _git(place, hooks, "write-tree")
        told = list(parse(draft.message))
        for name in present(hooks):
            message_file.unlink(missing_ok=True)
            if name != "pre-commit":
                message_file.write_bytes(draft.message.encode("utf-8", "surrogateescape"))
            _run(place, hooks, name, arguments[name])
            if name != "pre-commit":
                text = message_file.read_bytes().decode("utf-8", "surrogateescape")
                draft = Draft(base=draft.base, files=draft.files, message=text,
                              identity=draft.identity, date=draft.date)  # fmt: skip
        if _git(place, hooks, "write-tree") != tree:
            raise HookRefused(
                "a pre-commit hook changes the registry's files", "exclude .specweave from it"
            )
        if list(parse(draft.message)) != told:
            raise HookRefused(
                "a hook changes the record in the commit's message",
                "let it leave the lines that begin with Swreg- as they are",
            )
    return draft.message.encode("utf-8", "surrogateescape")


def run_after(git: Git, hooks: Path) -> bool:
    """Run post-commit in the user's tree; whether it went well."""
    if not present(hooks, ("post-commit",)):
        return True
    ask = ["hook", "run", "--ignore-missing", "post-commit"]
    answer = run_git(ask, git.root, env=_environment(), first=_AS_THE_USER)
    return answer.code == 0


def clear_leftovers(git: Git) -> None:
    """Remove temporary work trees of writers that were killed; call it under the lock."""
    for place in (git.common_dir / "swreg").glob(f"{_PLACE}*"):
        shutil.rmtree(place, ignore_errors=True)
        git.run("worktree", "prune")


@contextmanager
def _temporary_tree(git: Git, draft: Draft, commit: str) -> Iterator[Path]:
    place = git.common_dir / "swreg" / f"{_PLACE}{os.getpid()}-{os.urandom(3).hex()}"
    try:
        start = draft.base or commit
        git.ask("preparing the hooks", "worktree", "add", "--detach", "--no-checkout", "--quiet",
                str(place), start)  # fmt: skip
        if draft.base is None:
            _plain(place, "symbolic-ref", "HEAD", "refs/heads/swreg-unborn")
        _plain(place, "update-ref", "--no-deref", DRAFT, commit)
        _plain(place, "read-tree", commit)
        _plain(place, "checkout-index", "--all", "--force", "--quiet")
        yield place
    finally:
        git.run("worktree", "remove", "--force", str(place))
        shutil.rmtree(place, ignore_errors=True)


def _plain(place: Path, *arguments: str) -> None:
    answer = run_git(arguments, place)
    if answer.code:
        raise failure(answer, "preparing the hooks")


def _git(place: Path, hooks: Path, *arguments: str) -> str:
    return run_git(["-c", f"core.hooksPath={hooks}", *arguments], place, env=_environment()).text


def _run(place: Path, hooks: Path, name: str, arguments: list[str]) -> None:
    command = ["-c", f"core.hooksPath={hooks}", "hook", "run", name]
    env = {**_environment(), "GIT_EDITOR": ":"}
    command += ["--", *arguments] if arguments else []
    answer = run_git(command, place, env=env, first=_AS_THE_USER)
    if answer.code == 0:
        return
    said = " / ".join(
        line.strip() for line in (answer.err or answer.text).splitlines() if line.strip()
    )
    if "Syntax error" in said and "(" in said and stock_hook.present(hooks):
        raise EnvironmentFault(
            "SpecWeave's own pre-commit hook is broken: it uses bash arrays under #!/bin/sh",
            "run: swreg doctor --fix",
        )
    if "Duplicate increment ID" in said and stock_hook.present(hooks):
        raise EnvironmentFault(
            "SpecWeave's own pre-commit hook takes any sub-folder of an increment for a duplicate",
            "run: swreg doctor --fix",
        )
    raise HookRefused(
        f"the {name} hook refused: {said[:500]}", "mend what it names, then try again"
    )


def _environment() -> dict[str, str]:
    """What a hook sees: the user's environment, without what a surrounding git set."""
    from swreg.storage.git_environment import scrubbed

    env = scrubbed(dict(os.environ))
    kept = {key: value for key, value in env.items() if key not in _KEPT_OUT}
    for key in ("LC_ALL", "LANGUAGE"):
        if key in os.environ:
            kept[key] = os.environ[key]
        else:
            kept.pop(key, None)
    return kept

"""`install`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from swreg.cli import words
from swreg.cli.options import Placed
from swreg.cli.output import Block, Shown

if TYPE_CHECKING:
    from swreg.operations.installing import Installed
    from swreg.operations.outcome import Outcome

TARGETS = ("claude", "agents", "hooks", "completions")


def command(
    shared: Placed,
    target: Annotated[str, Argument(metavar="TARGET", help=f"{', '.join(TARGETS)}.")],
    uninstall: Annotated[bool, Option("--uninstall", help="Take out what it put there.")] = False,
    force: Annotated[
        bool, Option("--force", help="Also overwrite files that are not ours or were edited.")
    ] = False,
    dry_run: Annotated[bool, Option("--dry-run", help="Show the differences only.")] = False,
    shell: Annotated[
        str | None, Option("--shell", metavar="SHELL", help="Completions for one shell only.")
    ] = None,
) -> Shown:
    """Done again it changes nothing. A file that is not ours is refused with the difference.

    claude: slash commands and the skill below .claude. agents: the skill below .agents, a block in
    AGENTS.md. hooks: git's hooks, or entries for the pre-commit program. Nothing is committed.
    """
    shared.refuse_env("install")
    from swreg.integrations.targets import TARGETS as FOUND
    from swreg.integrations.targets import Wish

    wish = Wish(repo=shared.repo, uninstall=uninstall, force=force, dry_run=dry_run, shell=shell)
    outcome = FOUND[words.choice(target, TARGETS, kind="target")](wish)
    return Shown(outcome, _text(outcome))


def _text(outcome: Outcome[Installed]) -> Iterator[Block]:
    would = "would " if outcome.dry_run else ""
    for one in outcome.data.files:
        if one.action == "refused":
            yield f"refused {one.path}: {one.obstacle}"
        elif one.action not in ("same", "skipped"):
            yield f"{would}{one.action} {one.path}"
        if one.diff and (outcome.dry_run or one.action == "refused"):
            yield one.diff
    if all(one.action == "same" for one in outcome.data.files):
        yield "nothing to remove" if outcome.data.uninstall else "everything is there already"
    elif outcome.refusal is None:
        yield from outcome.data.notes

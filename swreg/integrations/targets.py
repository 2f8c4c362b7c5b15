"""What `swreg install` can put where: a table of targets."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from swreg.cli.commands_table import COMMANDS
from swreg.errors import NotReady
from swreg.integrations import completions, git_hooks
from swreg.integrations.agents import claude, instructions
from swreg.operations.attributes import DRIVER
from swreg.operations.checkup.files import mend_merge_driver
from swreg.operations.installing import Installed, Place, install
from swreg.operations.memories import memories
from swreg.operations.outcome import Outcome
from swreg.operations.project import Project
from swreg.storage.clock import today
from swreg.storage.hooks import folder as hooks_folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the command line asked for."""

    repo: Path
    uninstall: bool = False
    force: bool = False
    dry_run: bool = False
    shell: str | None = None


def project_root(project: Project) -> Path:
    """The folder that holds `.specweave`, else the top of the repository."""
    if project.git.bare:
        raise NotReady("a bare repository has no work tree to put files in", "use a clone of it")
    return project.git.root / project.layout.prefix


def _run(wish: Wish, target: str, root: Path, places: list[Place],
         notes: list[str], *, force: bool = False) -> Outcome[Installed]:  # fmt: skip
    return install(
        places,
        target=target,
        root=root,
        uninstall=wish.uninstall,
        force=wish.force or force,
        dry_run=wish.dry_run,
        notes=notes,
    )


def for_claude(wish: Wish) -> Outcome[Installed]:
    """Slash commands and skill for Claude Code, and the lines for SpecWeave's own skills."""
    root = project_root(Project.open(wish.repo))
    places = [*claude.places(root), *memories(root, today())]
    return _run(wish, "claude", root, places, _to_commit(wish))


def _to_commit(wish: Wish) -> list[str]:
    return [] if wish.uninstall else ["commit these files, so that everybody has them"]


def for_agents(wish: Wish) -> Outcome[Installed]:
    """The skill and a block in AGENTS.md for every other agent."""
    root = project_root(Project.open(wish.repo))
    places = [*instructions.places(root), *memories(root, today())]
    return _run(wish, "agents", root, places, _to_commit(wish))


def for_completions(wish: Wish) -> Outcome[Installed]:
    """Completion scripts for a person's shells."""
    shells = completions.chosen(wish.shell)
    places = completions.places(shells, os.environ)
    notes = [] if wish.uninstall else completions.notes(shells, os.environ)
    return _run(wish, "completions", completions.bases(os.environ)["data"], places, notes)


def for_hooks(wish: Wish) -> Outcome[Installed]:
    """Git hooks beside those that are there, and the merge driver of the catalogs."""
    project = Project.open(wish.repo)
    root, hooks = project.git.root, _own_hooks(project)
    places = git_hooks.places(root, hooks)
    foreign = [one.path for one in places if one.root == hooks and git_hooks.is_foreign(one)]
    notes = [f"{name} that was there runs after ours, as {name}{git_hooks.ASIDE}"
             for name in foreign if not wish.uninstall]  # fmt: skip
    if not places and not wish.uninstall:
        notes.append("this swreg has no command that a hook could run")
    if wish.dry_run:
        return _run(wish, "hooks", root, places, notes, force=bool(foreign))
    if not wish.uninstall:
        git_hooks.move_aside(hooks, places)
    try:
        outcome = _run(wish, "hooks", root, places, notes)
    finally:
        git_hooks.move_back(hooks, [hook.moment for hook in git_hooks.HOOKS])
    if outcome.refusal is not None:
        return outcome
    told = (*outcome.data.notes, *_merge_driver(project, wish))
    return replace(outcome, data=replace(outcome.data, notes=told))


def _own_hooks(project: Project) -> Path:
    """The hooks folder; `NotReady` where other repositories share it."""
    hooks = hooks_folder(project.git)
    mine = (project.git.root.resolve(), project.git.common_dir.resolve())
    if not any(hooks.is_relative_to(place) for place in mine):
        raise NotReady(
            f"git's hooks lie in {hooks}, which other repositories may use too",
            f"call `swreg registry-check --staged` there, or: git config core.hooksPath "
            f"{project.git.common_dir / 'hooks'}",
        )
    return hooks


def _merge_driver(project: Project, wish: Wish) -> list[str]:
    if "merge-driver" not in COMMANDS:
        return []
    if not wish.uninstall:
        mend_merge_driver(project)
        return ["catalogs are merged by meaning in this clone"]
    project.git.run("config", "--local", "--remove-section", f"merge.{DRIVER}")
    return ["catalogs are merged as plain text again"]


TARGETS: dict[str, Callable[[Wish], Outcome[Installed]]] = {
    "claude": for_claude,
    "agents": for_agents,
    "hooks": for_hooks,
    "completions": for_completions,
}

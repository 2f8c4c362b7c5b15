"""Checks of the machine: programs, who commits, and which module an import finds."""

from __future__ import annotations

import importlib.util
import re
import shutil
import sys
from pathlib import Path

from swreg.errors import EnvironmentFault
from swreg.operations.checkup.finding import Finding
from swreg.operations.project import Project
from swreg.storage import hooks, stock_hook

OLDEST_GIT = (2, 36)
OLDEST_PYTHON = (3, 11)


def git_version(project: Project) -> Finding | None:
    """Git is new enough to run hooks by their name."""
    said = project.git.ask("asking its version", "version").text
    return judge_git(said)


def judge_git(said: str) -> Finding | None:
    """What `git version` tells.

    >>> judge_git("git version 2.39.5"), judge_git("git version 2.25.1").what
    (None, 'git is 2.25.1')
    """
    found = re.search(r"(\d+)\.(\d+)\S*", said)
    if found and (int(found[1]), int(found[2])) >= OLDEST_GIT:
        return None
    return Finding(f"git is {found[0] if found else 'of an unknown version'}", "install 2.36+")


def python_version(project: Project) -> Finding | None:
    """Python is one that swreg is made for."""
    if sys.version_info[:2] >= OLDEST_PYTHON:
        return None
    return Finding(f"Python is {sys.version.split()[0]}", "install Python 3.11 or newer")


def identity(project: Project) -> Finding | None:
    """Git knows who commits."""
    try:
        project.git.identity()
    except EnvironmentFault as error:
        return Finding(error.what, error.hint)
    return None


def shim(project: Project) -> Finding | None:
    """`from specweave import …` means swreg."""
    ours = Path(__file__).parents[3] / "specweave.py"
    try:
        found = importlib.util.find_spec("specweave")
    except ValueError:
        found = None
    if found is None:
        return Finding("there is no module specweave", "use: from swreg import …", note=True)
    if found.origin is not None and Path(found.origin).resolve() == ours.resolve():
        return None
    return Finding(
        f"another package is imported as specweave ({found.origin or 'a folder'})",
        "use: from swreg import …",
        note=True,
    )


def stock_hooks(project: Project) -> Finding | None:
    """SpecWeave's commit hook lets commits through."""
    found = stock_hook.broken(hooks.folder(project.git))
    if not found:
        return None
    names = ", ".join(path.name for path in found)
    if shutil.which("bash") is None:
        return Finding(f"SpecWeave's hook ({names}) needs bash", "install bash, or delete the hook")
    return Finding(f"SpecWeave's own commit hook is broken ({names})", "swreg doctor --fix")


def mend_stock_hooks(project: Project) -> None:
    """Repair the hook where it lies."""
    if shutil.which("bash") is not None:
        for path in stock_hook.broken(hooks.folder(project.git)):
            stock_hook.mend(path)

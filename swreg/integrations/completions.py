"""The completion scripts in the places where each shell looks for a person's own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from swreg.cli.shells import SCRIPTS
from swreg.domain.owned import HASH, OwnFile
from swreg.errors import NotFound, UsageError
from swreg.operations.installing import Place


class Shell(NamedTuple):
    """A shell: its programs, where its file goes below a base folder, and what a person adds."""

    programs: tuple[str, ...]
    base: str
    path: str
    note: str = ""


SHELLS = {
    "bash": Shell(("bash",), "data", "bash-completion/completions/swreg"),
    "zsh": Shell(
        ("zsh",), "data", "zsh/site-functions/_swreg",
        "zsh: put this before compinit in ~/.zshrc: fpath=({folder} $fpath)",
    ),
    "fish": Shell(("fish",), "config", "fish/completions/swreg.fish"),
    "powershell": Shell(
        ("pwsh", "powershell"), "config", "powershell/completions/swreg.ps1",
        "PowerShell: put this in $PROFILE: . '{file}'",
    ),
}  # fmt: skip


def bases(environment: Mapping[str, str]) -> dict[str, Path]:
    """The folders of a person's own data and configuration, as the XDG rules name them."""
    home = Path(environment.get("HOME") or os.path.expanduser("~"))
    return {
        "data": Path(environment.get("XDG_DATA_HOME") or home / ".local" / "share"),
        "config": Path(environment.get("XDG_CONFIG_HOME") or home / ".config"),
    }


def chosen(word: str | None) -> list[str]:
    """The shells that are meant: the one named, else every one that is installed."""
    if word is not None:
        if word not in SCRIPTS:
            raise UsageError(f"{word!r} is no shell we know", f"use {', '.join(SCRIPTS)}")
        return [word]
    found = [name for name in SCRIPTS if any(map(shutil.which, SHELLS[name].programs))]
    if not found:
        raise NotFound("no shell with completions is installed", "name one with --shell")
    return found


def places(shells: list[str], environment: Mapping[str, str]) -> list[Place]:
    """One file for each shell."""
    folders = bases(environment)
    return [
        Place(
            root=folders[SHELLS[name].base],
            path=SHELLS[name].path,
            piece=OwnFile(body=SCRIPTS[name], comment=HASH),
        )
        for name in shells
    ]


def notes(shells: list[str], environment: Mapping[str, str]) -> list[str]:
    """What a person still has to write into a start file."""
    found = []
    for name, place in zip(shells, places(shells, environment), strict=True):
        note = SHELLS[name].note
        if note:
            found.append(note.format(folder=place.file.parent, file=place.file))
    return found

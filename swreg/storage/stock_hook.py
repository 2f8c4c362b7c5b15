"""The commit hook that SpecWeave installs: what is wrong with it, and its smallest repair.

Its first line asks for `sh`, but it uses bash's arrays, so every commit fails where sh is another
shell. Its check for duplicate increments counts the sub-folders of an increment as increments.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from swreg.storage.files import disk_errors, sync_folder

_NAMES = ("pre-commit", "pre-commit.legacy", "pre-commit.before-swreg")
"""Also as the pre-commit program, or our own hook, moved it aside and calls it."""
_HEADER = "SpecWeave Pre-Commit Hook"
_FIND = "find .specweave/increments -maxdepth 2 -type d | \\\n    grep -oE '/[0-9]{4}-'"
_FIND_MENDED = (
    "find .specweave/increments -mindepth 1 -maxdepth 2 -type d "
    "-name '[0-9][0-9][0-9][0-9]*-*' | \\\n    sed 's|.*/|/|' | grep -oE '/[0-9]{4}-'"
)


def broken(hooks: Path) -> list[Path]:
    """The hook files, moved aside ones included, that are SpecWeave's and have a defect."""
    found = []
    for name in _NAMES:
        path = hooks / name
        text = _read(path)
        if text is not None and mended(text) != text:
            found.append(path)
    return found


def present(hooks: Path) -> bool:
    """Whether SpecWeave's commit hook is among the hooks, mended or not."""
    texts = (_read(hooks / name) for name in _NAMES)
    return any(text is not None and _HEADER in text[:400] for text in texts)


def mended(text: str) -> str:
    """The hook's text without its two defects; any other hook's text as it is.

    >>> mended("#!/bin/sh\\n# SpecWeave Pre-Commit Hook (User Projects)\\nA=(x)\\n").splitlines()[0]
    '#!/usr/bin/env bash'
    >>> mended("#!/bin/sh\\nmake lint\\n").splitlines()[0]
    '#!/bin/sh'
    """
    first, newline, rest = text.partition("\n")
    if _HEADER not in text[:400]:
        return text
    if first.strip() in ("#!/bin/sh", "#!/usr/bin/env sh"):
        first = "#!/usr/bin/env bash"
    return first + newline + rest.replace(_FIND, _FIND_MENDED)


def mend(path: Path) -> None:
    """Repair one hook file in place; it stays executable throughout."""
    text = _read(path)
    if text is None:
        return
    temporary = path.with_name(f".{path.name}.swreg-{os.getpid()}")
    with disk_errors(f"mend {path}"):
        try:
            temporary.write_bytes(mended(text).encode("utf-8", "surrogateescape"))
            shutil.copymode(path, temporary)
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
        sync_folder(path.parent)


def _read(path: Path) -> str | None:
    """The text of a regular file; a link leads to somebody else's file, which is left alone."""
    if path.is_symlink() or not path.is_file():
        return None
    return path.read_bytes().decode("utf-8", "surrogateescape")

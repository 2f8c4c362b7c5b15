"""Making a commit from a base and a few changed files, without touching index or work tree.

`git fast-import` writes blobs, trees and the commit in one process, at a cost that does not
grow with the repository. No branch moves here: that is the compare-and-swap's business.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from swreg.storage.git import Git, failure, run_git
from swreg.storage.source import blob_id

FILE_MODE = "100644"
"""How git notes every file that we write."""
_SCRATCH = "draft-"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    """What a path shall hold: bytes, or an object that is in git already.

    With `oid`, `source` is the file on disk whose contents the object has (before filters).
    """

    data: bytes | None = None
    oid: str | None = None
    source: Path | None = None

    @property
    def contents(self) -> bytes | Path | None:
        """What the work tree shall hold."""
        return self.data if self.data is not None else self.source


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A commit to be made: on `base` (None on an unborn branch), with these files and message.

    `identity` is `Name <mail>`, `date` git's own `seconds zone`.
    """

    base: str | None
    files: Mapping[str, NewFile]
    message: str
    identity: str
    date: str


def entries_of(files: Mapping[str, NewFile], commit: str) -> dict[str, str]:
    """What the index holds of the files once they are in the commit: path -> `mode id`.

    git is not asked for what was told to it a moment ago.
    """
    return {
        path: f"{FILE_MODE} {file.oid or blob_id(file.data or b'', commit)}"
        for path, file in files.items()
    }


def build(git: Git, draft: Draft) -> str:
    """Write the objects; the id of the new, still unreferenced commit.

    fast-import needs a ref. It gets one in a repository of its own that shares only the objects,
    so that a kill leaves no lock in the user's.
    """
    stdin = b"".join(_stream(draft))
    with _scratch(git, draft) as place:
        answer = run_git(
            [f"--git-dir={place}", "-c", f"core.hooksPath={os.devnull}", "fast-import", "--quiet",
             "--done", "--date-format=raw"],
            git.root,
            stdin=stdin,
            env={**git.env, "GIT_OBJECT_DIRECTORY": str(git.common_dir / "objects")},
        )  # fmt: skip
    if answer.code:
        raise failure(answer, "writing the commit")
    return answer.text.splitlines()[-1]


@contextmanager
def _scratch(git: Git, draft: Draft) -> Iterator[Path]:
    parent = git.common_dir / "swreg"
    for leftover in parent.glob(f"{_SCRATCH}*"):
        shutil.rmtree(leftover, ignore_errors=True)
    place = parent / f"{_SCRATCH}{os.getpid()}-{os.urandom(4).hex()}"
    (place / "refs").mkdir(parents=True)
    wide = len(draft.base) == 64 if draft.base else git.object_format == "sha256"
    extension = "[extensions]\n\tobjectFormat = sha256\n" if wide else ""
    (place / "config").write_text(
        f"[core]\n\trepositoryFormatVersion = 1\n{extension}[include]\n\tpath = ../../config\n"
    )
    (place / "HEAD").write_text("ref: refs/heads/none\n")
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _stream(draft: Draft) -> list[bytes]:
    message = draft.message.encode("utf-8", "surrogateescape")
    who = f"{draft.identity} {draft.date}"
    parts = [
        f"feature done\ncommit refs/draft\nmark :1\nauthor {who}\ncommitter {who}\n".encode(),
        _data(message),
    ]
    if draft.base is not None:
        parts.append(f"from {draft.base}\n".encode())
    for path, file in draft.files.items():
        quoted = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        where = f'"{quoted}"'.encode("utf-8", "surrogateescape")
        if file.oid is not None:
            parts.append(f"M {FILE_MODE} ".encode() + file.oid.encode() + b" " + where + b"\n")
        else:
            parts += [f"M {FILE_MODE} inline ".encode() + where + b"\n", _data(file.data or b"")]
    parts.append(b"\nget-mark :1\ndone\n")
    return parts


def _data(contents: bytes) -> bytes:
    return b"data %d\n" % len(contents) + contents + b"\n"


def sign(git: Git, draft: Draft, tree: str, *, message: bytes, signed: bool) -> str:
    """The same commit again with another message or a signature, as the user configured."""
    name, _, mail = draft.identity.rstrip(">").rpartition(" <")
    person = {
        f"GIT_{role}_{key}": value
        for role in ("AUTHOR", "COMMITTER")
        for key, value in (("NAME", name), ("EMAIL", mail), ("DATE", draft.date))
    }
    options = ["-S"] if signed else []
    if draft.base is not None:
        options += ["-p", draft.base]
    answer = git.ask(
        "signing the commit", "commit-tree", *options, "-F", "-", tree, stdin=message, **person
    )
    return answer.text

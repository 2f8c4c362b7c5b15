"""Making a commit from a base and a few changed files, without touching index or work tree.

`git fast-import` writes blobs, trees and the commit in one process, at a cost that does not
grow with the repository. A temporary ref is made and deleted inside the same stream, so no
branch moves here: that is the compare-and-swap's business.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from swreg.storage.git import Git, failure


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


def build(git: Git, draft: Draft) -> str:
    """Write the objects; the id of the new, still unreferenced commit."""
    ref = f"refs/swreg/draft-{os.getpid()}-{os.urandom(4).hex()}"
    stdin = b"".join(_stream(draft, ref))
    answer = git.run("fast-import", "--quiet", "--done", "--date-format=raw", stdin=stdin)
    if answer.code:
        _clear_crash_report(git)
        raise failure(answer, "writing the commit")
    return answer.text.splitlines()[-1]


def _stream(draft: Draft, ref: str) -> list[bytes]:
    message = draft.message.encode("utf-8", "surrogateescape")
    who = f"{draft.identity} {draft.date}"
    parts = [
        f"feature done\ncommit {ref}\nmark :1\nauthor {who}\ncommitter {who}\n".encode(),
        _data(message),
    ]
    if draft.base is not None:
        parts.append(f"from {draft.base}\n".encode())
    for path, file in draft.files.items():
        quoted = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        where = f'"{quoted}"'.encode("utf-8", "surrogateescape")
        if file.oid is not None:
            parts.append(b"M 100644 " + file.oid.encode() + b" " + where + b"\n")
        else:
            parts += [b"M 100644 inline " + where + b"\n", _data(file.data or b"")]
    nothing = "0" * len(draft.base or "0" * 40)
    parts.append(f"\nget-mark :1\nreset {ref}\nfrom {nothing}\n\ndone\n".encode())
    return parts


def _data(contents: bytes) -> bytes:
    return b"data %d\n" % len(contents) + contents + b"\n"


def _clear_crash_report(git: Git) -> None:
    for report in git.git_dir.glob("fast_import_crash_*"):
        report.unlink(missing_ok=True)


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

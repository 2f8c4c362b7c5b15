"""Artifacts as git objects: written through the user's filters, so that git-lfs works.

Only what an attribute names as a filter is filtered. End-of-line rules are not applied: they
would change a model's bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from swreg.errors import EnvironmentFault
from swreg.storage.commit import NewFile
from swreg.storage.git import Git


def filters(git: Git, paths: list[str]) -> dict[str, str]:
    """The filter that each path's attributes name, for those that have one."""
    stdin = "\0".join([*paths, ""]).encode("utf-8", "surrogateescape")
    out = git.ask("reading attributes", "check-attr", "-z", "--stdin", "filter", stdin=stdin).out
    parts = out.decode("utf-8", "surrogateescape").split("\0")[:-1]
    triples = zip(parts[::3], parts[2::3], strict=True)
    return {path: value for path, value in triples if value not in ("unspecified", "unset", "set")}


def store(git: Git, files: Mapping[str, Path]) -> dict[str, NewFile]:
    """Write files (repository path -> file on disk) as objects, streaming."""
    filtered = filters(git, list(files))
    plain = [path for path in files if path not in filtered]
    stored = {}
    stdin = "\n".join(str(files[path]) for path in plain).encode("utf-8", "surrogateescape")
    if plain:
        out = git.ask("storing the artifact", "hash-object", "-w", "--no-filters", "--stdin-paths",
                      stdin=stdin + b"\n").text  # fmt: skip
        stored = dict(zip(plain, out.splitlines(), strict=True))
    for path, name in filtered.items():
        answer = git.run("hash-object", "-w", f"--path={path}", "--", str(files[path]))
        if answer.code:
            raise EnvironmentFault(
                f"the git filter {name!r} failed on {path}: {answer.err[:200]}",
                f"install the program that {name} needs",
            )
        stored[path] = answer.text
    return {path: NewFile(oid=stored[path], source=files[path]) for path in files}


def restore(git: Git, files: Mapping[str, str], folder: str, into: Path) -> None:
    """Write objects (repository path -> id) below `into`, as a checkout would.

    Where a filter is named, its other direction runs (git-lfs fetches the file); everything
    else is written as it is stored.
    """
    filtered = filters(git, list(files))
    plain = [path for path in files if path not in filtered]
    for path in files:
        (into / path[len(folder) + 1 :]).parent.mkdir(parents=True, exist_ok=True)
    for path in plain:
        target = into / path[len(folder) + 1 :]
        with open(target, "xb") as out:
            git.stream_blob(files[path], out)
    for path, name in filtered.items():
        answer = git.run("cat-file", "--filters", f"--path={path}", files[path])
        if answer.code:
            raise EnvironmentFault(
                f"the git filter {name!r} failed on {path}: {answer.err[:200]}",
                f"install the program that {name} needs",
            )
        (into / path[len(folder) + 1 :]).write_bytes(answer.out)

"""Artifacts as git objects: written through the user's filters, so that git-lfs works.

Only what an attribute names as a filter is filtered. End-of-line rules are not applied: they
would change a model's bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from swreg.errors import EnvironmentFault, FactError
from swreg.storage.commit import NewFile
from swreg.storage.git import Git


def filters(git: Git, paths: Iterable[str]) -> dict[str, str]:
    """The filter that each path's attributes name, for those that have one."""
    stdin = "\0".join([*paths, ""]).encode("utf-8", "surrogateescape")
    out = git.ask("reading attributes", "check-attr", "-z", "--stdin", "filter", stdin=stdin).out
    parts = out.decode("utf-8", "surrogateescape").split("\0")[:-1]
    triples = zip(parts[::3], parts[2::3], strict=True)
    return {path: value for path, value in triples if value not in ("unspecified", "unset", "set")}


def store(git: Git, files: Mapping[str, Path], *, into: Path | None = None) -> dict[str, NewFile]:
    """Write files (repository path -> file on disk) as objects, streaming.

    With `into`, a folder that is thrown away takes the objects of the filtered files, and nothing
    else is written. Raises `FactError` for a filter that is named but not configured, which git
    would pass over in silence.
    """
    filtered = filters(git, files)
    _require_configured(git, filtered)
    plain = [path for path in files if path not in filtered]
    stored = {}
    keep = ["-w"] if into is None else []
    stdin = "\n".join(str(files[path]) for path in plain).encode("utf-8", "surrogateescape")
    if plain:
        out = git.ask("storing the artifact", "hash-object", *keep, "--no-filters", "--stdin-paths",
                      stdin=stdin + b"\n").text  # fmt: skip
        stored = dict(zip(plain, out.splitlines(), strict=True))
    for path, name in filtered.items():
        answer = git.run(
            "hash-object",
            "-w",
            f"--path={path}",
            "--",
            str(files[path]),
            stdin=None,
            **_objects(git, into),
        )
        if answer.code:
            raise EnvironmentFault(
                f"the git filter {name!r} failed on {path}: {answer.err[:200]}",
                f"install the program that {name} needs",
            )
        stored[path] = answer.text
    return {path: NewFile(oid=stored[path], source=files[path]) for path in files}


def _require_configured(git: Git, filtered: Mapping[str, str]) -> None:
    keys = [f"filter.{name}.{way}" for name in filtered.values() for way in ("clean", "process")]
    known = git.config(*keys) if keys else {}
    for path, name in filtered.items():
        if not any(known.get(f"filter.{name}.{way}") for way in ("clean", "process")):
            raise FactError(
                f"{path} has the attribute filter={name}, and no such filter is configured",
                f"install the program that {name} needs, or set filter.{name}.clean with git config",
            )


def stored_size(git: Git, stored: Iterable[NewFile], *, into: Path | None = None) -> int:
    """The bytes of stored objects together; `into` is what `store` was given."""
    stdin = "".join(f"{one.oid}\n" for one in stored).encode()
    out = git.ask("measuring the artifact", "cat-file", "--batch-check=%(objectsize)",
                  stdin=stdin, **_objects(git, into)).text  # fmt: skip
    return sum(int(line) for line in out.splitlines())


def _objects(git: Git, into: Path | None) -> dict[str, str]:
    """The environment in which git writes objects into `into` and finds all others."""
    if into is None:
        return {}
    own = str(git.common_dir / "objects")
    return {"GIT_OBJECT_DIRECTORY": str(into), "GIT_ALTERNATE_OBJECT_DIRECTORIES": own}


def restore(git: Git, files: Mapping[str, str], folder: str, into: Path) -> None:
    """Write objects (repository path -> id) below `into`, as a checkout would.

    Where a filter is named, its other direction runs (git-lfs fetches the file); everything
    else is written as it is stored.
    """
    filtered = filters(git, files)
    plain = [path for path in files if path not in filtered]
    for path in files:
        (into / path[len(folder) + 1 :]).parent.mkdir(parents=True, exist_ok=True)
    for path in plain:
        target = into / path[len(folder) + 1 :]
        with open(target, "xb") as out:
            git.stream_blob(files[path], out)
    for path, name in filtered.items():
        with open(into / path[len(folder) + 1 :], "xb") as out:
            answer = git.stream(out, "cat-file", "--filters", f"--path={path}", files[path])
        if answer.code:
            raise EnvironmentFault(
                f"the git filter {name!r} failed on {path}: {answer.err[:200]}",
                f"install the program that {name} needs",
            )

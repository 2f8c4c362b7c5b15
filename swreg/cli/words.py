"""Words of the command line read as values; what is malformed is a `UsageError`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, TypeVar

from typer import Argument, Option

from swreg.domain.names import Reference, parse_reference
from swreg.domain.stage import Stage, parse_stage
from swreg.domain.version import BUMPS, Bump
from swreg.errors import BrokenFile, NotFound, UsageError

Name = Annotated[
    str, Argument(metavar="NAME", help="A model, or name@version, name@stage, name-v3.1.0.")
]
VersionWord = Annotated[
    str | None, Argument(metavar="[VERSION]", help="Like v3.1.0.", show_default=False)
]
Increment = Annotated[
    str | None,
    Option("--increment", metavar="ID", help="An increment, like 0042 or 0042-fraud-detection."),
]

Facts = Annotated[
    list[str] | None,
    Option("--metadata", metavar="FILE|KEY=VALUE", help="Facts of the version; repeatable."),
]
Force = Annotated[bool, Option("--force", help="Override a rule; recorded, needs --reason.")]

Word = TypeVar("Word", bound=str)


def one_version(name: str, version: str | None) -> Reference:
    """The reference of a command that needs one version named; `UsageError` where none is."""
    reference = parse_reference(name, version)
    if not reference.one_version:
        raise UsageError("no version is named", f"write: {name} v1.2.3 or {name}@production")
    return reference


def names_a_version(text: str) -> bool:
    """Whether one word names a version by itself, like `churn-v1.0.0` or `churn@production`."""
    return parse_reference(text).one_version


def stage(word: str | None) -> Stage | None:
    """The stage of a word, None for none."""
    return None if word is None else parse_stage(word)


def bump(word: str) -> Bump:
    """The kind of a version step."""
    for kind in BUMPS:
        if word.casefold() == kind:
            return kind
    raise UsageError(f"{word!r} is no kind of version", f"use {', '.join(BUMPS)}")


def choice(word: str, options: Iterable[Word], *, kind: str) -> Word:
    """One of a few words."""
    known = tuple(options)
    for one in known:
        if one == word:
            return one
    raise UsageError(f"{word!r} is no {kind}", f"use {', '.join(known)}")


def day(word: str | None) -> date | None:
    """A day like 2024-06-01, None for none."""
    try:
        return None if word is None else date.fromisoformat(word)
    except ValueError:
        raise UsageError(f"{word!r} is no day", "write it like 2024-06-01") from None


def metadata(words: Iterable[str]) -> dict[str, Any]:
    """The facts of `--metadata`, each a FILE (.json, .yaml, .yml) or key=value, which wins.

    The same key in two files, or twice as key=value, is a `UsageError`.
    """
    files: dict[str, Any] = {}
    pairs: dict[str, Any] = {}
    for word in words:
        facts, into = _facts(word), files if _is_file(word) else pairs
        twice = sorted(str(key) for key in facts.keys() & into.keys())
        if twice:
            raise UsageError(f"--metadata says {twice[0]!r} twice", "say it once")
        into.update(facts)
    return files | pairs


def artifact(word: str) -> Path:
    """The path of an artifact; an empty word, as an unset variable leaves it, is none."""
    if not word:
        raise UsageError("--artifact is empty", "name a file or folder")
    return Path(word)


def _is_file(word: str) -> bool:
    path = Path(word)
    return path.suffix in (".json", ".yaml", ".yml") and "=" not in path.name


def _facts(word: str) -> Mapping[str, Any]:
    if _is_file(word):
        return _from_file(Path(word))
    key, equals, value = word.partition("=")
    if not equals or not key.strip():
        raise UsageError(
            f"--metadata {word!r} is neither a file nor key=value",
            "write accuracy=0.87, or name a .json or .yaml file",
        )
    key = key.strip()
    if key == "features":
        return {key: [name.strip() for name in value.split(",")]}
    return {key: scalar(key, value)}


def _from_file(path: Path) -> Mapping[str, Any]:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise NotFound(f"there is no file {path}", "check --metadata") from None
    except IsADirectoryError:
        raise UsageError(f"{path} is a folder", "name a .json or .yaml file") from None
    raw = _json(data, path) if path.suffix == ".json" else _yaml(data, path)
    if not isinstance(raw, dict):
        raise UsageError(f"{path} holds no mapping of facts", 'write {"accuracy": 0.87, …}')
    return raw


def _json(data: bytes, path: Path) -> Any:
    def no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            raise ValueError("a key stands there twice")
        return found

    def no_constant(word: str) -> Any:
        raise ValueError(f"{word} is no number")

    try:
        return json.loads(data, object_pairs_hook=no_twins, parse_constant=no_constant)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is not JSON: {error}", "correct the file") from None


def _yaml(data: bytes, path: Path) -> Any:
    from swreg.storage.yaml_text import parse_yaml

    try:
        raw = parse_yaml(data, name=str(path))
    except BrokenFile as error:
        raise UsageError(error.what, "correct the file") from None
    return {key: _typed(key, value) for key, value in raw.items()} if isinstance(raw, dict) else raw


def _typed(key: str, value: Any) -> Any:
    if isinstance(value, str):
        return scalar(key, value)
    if isinstance(value, dict):
        return {name: _typed("", part) for name, part in value.items()}
    return [_typed(key or "", part) for part in value] if isinstance(value, list) else value


def scalar(key: str, text: str) -> Any:
    """The value that a text without quotes means: of a fact we know, what its schema says.

    So `python_version=3.10` stays text, while a number under a key of the team's own is one.
    """
    if key in _known_facts():
        return text
    try:
        value = json.loads(text, parse_constant=str)
    except ValueError:
        return text
    return value if isinstance(value, (bool, int, float)) else text


def _known_facts() -> frozenset[str]:
    from dataclasses import fields

    from swreg.domain.metadata_keys import Metadata

    return frozenset(field.name for field in fields(Metadata)) - {"further"}

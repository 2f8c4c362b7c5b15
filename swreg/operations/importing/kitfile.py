"""Read a Kitfile: the YAML in which KitOps describes a ModelKit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from swreg.domain.foreign import ForeignVersion
from swreg.errors import BrokenFile, NotFound, UsageError
from swreg.operations.importing.dvc_cache import copy_tree
from swreg.operations.importing.offer import Offer, Offered, Write, below, file_time
from swreg.storage.files import disk_errors
from swreg.storage.yaml_text import parse_yaml

_NAMES = ("Kitfile", "kitfile", ".kitfile")


def read_kitfile(source: Path) -> Offer:
    """The one model that a Kitfile describes; `source` is the file or its folder."""
    path = _kitfile(source)
    with disk_errors(f"read {path}"):
        raw = parse_yaml(path.read_bytes(), name=str(path))
    package, model = _part(raw, "package", path), _part(raw, "model", path)
    name = model.get("name") or package.get("name")
    if not model or not isinstance(name, str):
        raise UsageError(f"{path} describes no model by name", "give model: a name and a path")
    number = model.get("version") or package.get("version")
    version = ForeignVersion(
        name=name,
        version=str(number) if number else None,
        origin=f"kitfile {name} {number or 'without a version'}",
        at=file_time(path),
        author=_authors(package),
        facts=_facts(raw, package, model),
    )
    return Offer(system="kitfile", source=str(path), versions=(_offered(path, version, model),))


def _kitfile(source: Path) -> Path:
    if source.is_file():
        return source
    for name in _NAMES:
        if (source / name).is_file():
            return source / name
    raise NotFound(f"no Kitfile at {source}", "name the Kitfile or its folder")


def _part(raw: Any, key: str, path: Path) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise BrokenFile(f"{path} is no mapping", "see what kit init writes")
    part = raw.get(key) or {}
    if not isinstance(part, dict):
        raise BrokenFile(f"{path}: {key} is no mapping", "see what kit init writes")
    return part


def _authors(package: Mapping[str, Any]) -> str:
    authors = package.get("authors")
    return ", ".join(map(str, authors)) if isinstance(authors, list) else ""


def _facts(
    raw: Mapping[str, Any], package: Mapping[str, Any], model: Mapping[str, Any]
) -> dict[str, Any]:
    kept = {
        "from": "kitfile",
        "package": {key: package[key] for key in package if package[key]},
        "datasets": raw.get("datasets"),
        "code": raw.get("code"),
        "parameters": model.get("parameters"),
        "license": model.get("license") or package.get("license"),
        "description": model.get("description") or package.get("description"),
    }
    facts: dict[str, Any] = {"imported": {key: value for key, value in kept.items() if value}}
    if isinstance(model.get("framework"), str):
        facts["framework"] = model["framework"]
    datasets = raw.get("datasets")
    names = [one.get("name") for one in datasets or [] if isinstance(one, dict)]
    if len(names) == 1 and isinstance(names[0], str):
        facts["training_data_version"] = names[0]
    return facts


def _offered(path: Path, version: ForeignVersion, model: Mapping[str, Any]) -> Offered:
    places = [one for one in _places(model) if isinstance(one, str) and one]
    if not places:
        raise UsageError(f"{path} gives the model no path", "name its file or folder there")
    if len(places) == 1 and not (path.parent / places[0]).exists() and _reference(places[0]):
        return Offered(
            version=version,
            where={"modelkit": places[0]},
            why=f"{places[0]} is another ModelKit (kit unpack {places[0]})",
        )
    return Offered(version=version, write=_write(path.parent, places))


def _places(model: Mapping[str, Any]) -> Iterator[Any]:
    yield model.get("path")
    parts = model.get("parts")
    for part in parts if isinstance(parts, list) else []:
        yield part.get("path") if isinstance(part, dict) else None


def _reference(text: str) -> bool:
    """Whether a path is the name of a ModelKit: `host/owner/name:tag`."""
    return ":" in text and "/" in text and not text.startswith((".", "/"))


def _write(folder: Path, places: list[str]) -> Write:
    sources = [below(folder, place) for place in places]

    def write(into: Path) -> None:
        for source, place in zip(sources, places, strict=True):
            if not source.exists():
                raise NotFound(f"the Kitfile names {place}, which is not there", "kit unpack")
            copy_tree(source, into)

    return write

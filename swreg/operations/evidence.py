"""The files of a version, read from a commit: where its folder is, and what its facts are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from swreg.domain.catalog import Found, Model
from swreg.domain.stage import Stage
from swreg.domain.version import Version
from swreg.errors import BrokenFile
from swreg.operations.project import Project
from swreg.storage.layout import LIFECYCLE, METADATA, home_name
from swreg.storage.source import Revision

if TYPE_CHECKING:
    from swreg.domain.facts import Facts
    from swreg.domain.promotion import Promotion


def version_home(project: Project, commit: str | None, found: Found) -> str:
    """The folder of the increment that has the version's files, wherever SpecWeave moved it."""
    increment = found.entry.registered.increment
    if home_name(found.home) == increment or project.layout.environment or commit is None:
        return found.home
    top = project.layout.increments
    places = [f"{top}/{increment}", *(f"{top}/{name}/{increment}" for name in LIFECYCLE)]
    for place in places:
        if project.git.tree_of(commit, f"{place}/{found.entry.artifact.path}"):
            return place
    return places[0]


def folder_of(project: Project, commit: str | None, found: Found) -> str:
    """The repository path of the version's folder."""
    return f"{version_home(project, commit, found)}/{found.entry.artifact.path}"


def facts_of(project: Project, source: Revision, *found: Found) -> list[dict[str, Any]]:
    """The contents of `metadata.json` of each version, empty where there is none."""
    paths = [f"{folder_of(project, source.commit, one)}/{METADATA}" for one in found]
    return [_parse(data, path) for path, data in zip(paths, source.read_many(paths), strict=True)]


def fact_files(project: Project, source: Revision, *found: Found) -> list[str]:
    """The paths of the files that the facts of versions are read from."""
    from swreg.operations.version_files import FEATURES, SIGNATURE

    folders = [folder_of(project, source.commit, one) for one in found]
    return [f"{folder}/{name}" for folder in folders for name in (METADATA, FEATURES, SIGNATURE)]


def facts_of_version(project: Project, source: Revision, found: Found) -> Facts:
    """Metadata, features and signature of a version, parsed."""
    from swreg.operations.version_files import FEATURES, SIGNATURE, load_facts

    folder = folder_of(project, source.commit, found)
    contents = source.read_many(fact_files(project, source, found))
    names = (METADATA, FEATURES, SIGNATURE)
    return load_facts(str(found.version), dict(zip(names, contents, strict=True)), folder)


def _parse(data: bytes | None, path: str) -> dict[str, Any]:
    if data is None:
        return {}
    try:
        raw = json.loads(data)
    except (ValueError, RecursionError):
        raise BrokenFile(f"{path} is not JSON", "restore the file from git") from None
    if not isinstance(raw, dict):
        raise BrokenFile(f"{path} is not a JSON object", "restore the file from git")
    return raw


def promotion_of(
    project: Project, source: Revision, found: Found, to: Stage, **who: Any
) -> Promotion:
    """The wish to promote, with the facts that gates judge."""
    from swreg.domain.promotion import Promotion

    model: Model = found.model
    live: Version | None = model.production
    wanted = [found] if live is None else [found, Found(found.home, model, live)]
    facts: list[Mapping[str, Any]] = [*facts_of(project, source, *wanted)]
    folder = folder_of(project, source.commit, found)
    names = file_names(source, folder, found, facts[0])
    return Promotion(
        model=model,
        version=found.version,
        from_=found.stage,
        to=to,
        metadata=facts[0],
        production_metadata=facts[1] if live is not None else None,
        files=names,
        **who,
    )


def file_names(
    source: Revision, folder: str, found: Found, facts: Mapping[str, Any]
) -> tuple[str, ...]:
    """The paths of a version's files, those in a store (as its `facts` list them) included."""
    names = [item.path[len(folder) + 1 :] for item in source.files(folder)]
    if found.entry.artifact.store is not None:
        listed = [one.get("path") for one in facts.get("files", ()) if isinstance(one, dict)]
        names += [str(path) for path in listed if path not in names]
    return tuple(names)

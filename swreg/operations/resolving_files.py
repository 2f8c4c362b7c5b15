"""The files of versions in a merge that stands still: the winner's folder, whole or not at all.

git merges the files of two versions under one number one by one, which makes a third version that
nobody registered.
"""

from __future__ import annotations

from collections.abc import Iterator

from swreg.domain.catalog import Catalog
from swreg.domain.merging import Decisions
from swreg.domain.version import Version
from swreg.operations.project import Project
from swreg.storage import catalog_yaml
from swreg.storage.layout import CATALOG, home_name
from swreg.storage.unmerged import Stages, take_folder, unmerged_paths

_OTHER_SIDE = ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REBASE_HEAD")


def take_winners(project: Project, case: Stages, decided: Decisions) -> None:
    """Put the folder of each version that was decided as its winner has it, on disk and staged."""
    other = next((one for one in map(project.git.resolve, _OTHER_SIDE) if one), None)
    if other is None or not case.path.endswith(f"/{CATALOG}"):
        return
    sides = {"ours": _catalog(case, case.ours), "theirs": _catalog(case, case.theirs)}
    revisions = {"ours": "HEAD", "theirs": other}
    for (name, key), side in decided.items():
        version = Version.try_parse(key)
        held = [
            catalog.models[name].versions.get(version)
            for catalog in sides.values()
            if version is not None and name in catalog.models
        ]
        known = [entry for entry in held if entry is not None]
        if len({entry.artifact.digest for entry in known}) == 2:
            places = {(entry.registered.increment, entry.artifact.path) for entry in known}
            for folder in sorted(set(_folders(project, case, places))):
                take_folder(project.git, revisions[side], folder)


def left_unmerged(project: Project) -> list[str]:
    """The registry's own files that git still holds unmerged."""
    found = unmerged_paths(project.git, project.layout.specweave)
    return [path for path in found if project.layout.owns(path)]


def _catalog(case: Stages, data: bytes | None) -> Catalog:
    return catalog_yaml.load(data, name=case.path) if data else Catalog()


def _folders(project: Project, case: Stages, places: set[tuple[str, str]]) -> Iterator[str]:
    """Where these versions' files can be: in the catalog's home, or where they were registered."""
    home = case.path.removesuffix(f"/{CATALOG}")
    for increment, path in places:
        yield f"{home}/{path}"
        yield from (f"{one}/{path}" for one in project.increments() if home_name(one) == increment)

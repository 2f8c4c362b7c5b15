"""Model files that training left on disk become a registered version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from swreg.operations.numbering import Wish
from swreg.operations.outcome import Outcome
from swreg.operations.project import Project
from swreg.operations.register import Registration, register_files
from swreg.operations.storing import set_aside, store_of
from swreg.operations.transaction import WriteOptions
from swreg.operations.version_files import REQUIREMENTS, VersionFiles, from_artifact
from swreg.storage.artifacts.payload import Payload, collect


def register_saved(
    project: Project,
    wish: Wish,
    files: Sequence[Path],
    *,
    facts: Mapping[str, Any],
    requirements: tuple[str, ...] = (),
    options: WriteOptions = WriteOptions(),
) -> Outcome[Registration]:
    """Register model files as they lie side by side on disk.

    `facts` is the version's metadata, `requirements` the lines of its `requirements.txt`.
    """
    with set_aside(project, store_of(project, options)) as place:
        return register_files(project, wish, _collected(files, place, facts, requirements), options)


def _collected(
    files: Sequence[Path], place: Path, facts: Mapping[str, Any], requirements: tuple[str, ...]
) -> VersionFiles:
    found = [one for file in files for one in collect(file, place).files]
    payload = Payload(place, tuple(sorted(found, key=lambda one: one.path)))
    brought = from_artifact(payload, facts)
    if not requirements or REQUIREMENTS in {one.path for one in payload.files}:
        return brought
    return replace(brought, requirements=requirements)

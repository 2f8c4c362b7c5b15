"""Model files that a run left become a registered version whose lineage names the experiment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from swreg.domain.experiment import Run
from swreg.operations.outcome import Outcome
from swreg.operations.project import Project
from swreg.operations.register import Registration, Wish, register_files
from swreg.operations.transaction import WriteOptions
from swreg.operations.version_files import REQUIREMENTS, VersionFiles, from_artifact
from swreg.storage.artifacts.payload import Payload, collect, staging


def register_saved(
    project: Project,
    wish: Wish,
    files: Sequence[Path],
    *,
    run: Run,
    facts: Mapping[str, Any],
    options: WriteOptions = WriteOptions(),
) -> Outcome[Registration]:
    """Register model files as they lie in a run's folder; `facts` is the version's metadata."""
    with staging(project.git.common_dir / "swreg") as place:
        return register_files(project, wish, _collected(files, place, facts, run), options)


def _collected(
    files: Sequence[Path], place: Path, facts: Mapping[str, Any], run: Run
) -> VersionFiles:
    found = [one for file in files for one in collect(file, place).files]
    payload = Payload(place, tuple(sorted(found, key=lambda one: one.path)))
    brought = from_artifact(payload, facts)
    if run.requirements and REQUIREMENTS not in {one.path for one in payload.files}:
        return replace(brought, requirements=run.requirements)
    return brought

"""The files of a version, from MLflow, believed only when they have the digest that git says."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

from swreg.domain.catalog import Found
from swreg.domain.policy import MLflow
from swreg.errors import NotFound
from swreg.integrations import mlflow_tags as tags
from swreg.integrations.mlflow_follow import open_server
from swreg.integrations.mlflow_server import Server, download
from swreg.integrations.mlflow_state import There, name_there
from swreg.integrations.mlflow_upload import FOLDER
from swreg.operations.fetching import verify
from swreg.operations.loading import trusted_digests
from swreg.operations.project import Project
from swreg.storage.artifacts.payload import facts_of, staging


def fetch(server: Server, project: Project, found: Found, into: Path) -> There:
    """Download the files of a version and hold them against the committed catalog.

    MLflow lets anybody write over the files of a registered version, so nothing that it says of
    them counts. Raises `IntegrityError` where they are not those that were registered.
    """
    name = name_there(project, found.model.name)
    there = [
        There(number=int(one.version), run=one.run_id or "", tags=dict(one.tags))
        for one in server.versions(name, tags.semver(found.version))
    ]
    one = min((one for one in there if one.version), key=lambda one: one.number, default=None)
    if one is None or not one.run:
        raise NotFound(
            f"MLflow at {server.uri} has no {name} {found.version}",
            "swreg registry-sync mlflow --from git puts it there; ModelRegistry reads it from git",
        )
    download(server, one.run, FOLDER, into, size=found.entry.artifact.size)
    verify(found, facts_of(into))
    return one


def load(
    project: Project, setting: MLflow, found: Found, *, trust: bool, allow: AbstractSet[str]
) -> Any:
    """The model object of a version out of MLflow, verified before a byte is interpreted."""
    from swreg.formats.loading import load_model

    trust = trust or found.entry.artifact.digest in trusted_digests(project)
    with staging(project.git.common_dir / "swreg") as place:
        fetch(open_server(setting), project, found, place)
        return load_model(place, trust=trust, allow=allow)

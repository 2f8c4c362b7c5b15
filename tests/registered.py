"""Registering small versions in a test's repository."""

from __future__ import annotations

from pathlib import Path

from swreg.domain.names import parse_reference
from swreg.domain.stage import Stage
from swreg.operations.project import Project
from swreg.operations.promote import promote
from swreg.operations.register import register

NAME = "fraud-detection-model"


def add(repo: Path, version: str, to: Stage = Stage.DEV, **metadata: object) -> None:
    """Register a version of the model, and bring it up to a stage."""
    artifact = repo.parent / "model.bin"
    artifact.write_bytes(f"weights of {version}".encode())
    project = Project.open(repo)
    register(project, NAME, artifact=artifact, version=version, metadata=metadata)
    ways = {Stage.STAGING: [Stage.STAGING], Stage.PRODUCTION: [Stage.STAGING, Stage.PRODUCTION]}
    for stage in ways.get(to, []):
        promote(Project.open(repo), parse_reference(NAME, version), to=stage)

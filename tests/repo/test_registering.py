"""What a registration refuses, and what it leaves alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from swreg.domain.names import parse_reference
from swreg.errors import UsageError
from swreg.operations.describing import info
from swreg.operations.outcome import Outcome
from swreg.operations.project import Project
from swreg.operations.register import Registration, register
from tests.acts import enter, opened, ref
from tests.conftest import Repo


@pytest.fixture
def artifact(tmp_path: Path) -> Path:
    path = tmp_path / "model.bin"
    path.write_bytes(b"weights")
    return path


def add(repo: Repo, name: str, artifact: Path, version: str | None = None) -> Outcome[Registration]:
    return register(Project.open(repo.path), name, artifact=artifact, version=version)


@pytest.mark.parametrize("name", ["x-v1.0.0", "x-v2", "latest", "prod", "staging", "0042", "v3"])
def test_a_new_name_reads_as_nothing_else(repo: Repo, artifact: Path, name: str) -> None:
    with pytest.raises(UsageError, match="not as a new model"):
        add(repo, name, artifact)
    assert repo.status() == ""


def test_a_model_of_exactly_that_name_is_meant(repo: Repo) -> None:
    for name in ("x", "x-v1.0.0"):
        enter(opened(repo.path), "v1.0.0", name=name)
    enter(opened(repo.path), "v1.1.0", name="x")
    project = opened(repo.path)
    assert project.find(parse_reference("x-v1.0.0")).model.name == "x-v1.0.0"
    assert project.find(parse_reference("x-v1.1.0")).model.name == "x"
    assert info(project, ref("v1.0.0", "x")).data.version.model == "x"

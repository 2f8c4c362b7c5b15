"""A repository with two versions of a model, and ways to call the command."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from swreg.cli.app import run
from tests.conftest import Repo

MODEL = "fraud-detection-model"


@dataclass(frozen=True, slots=True)
class Said:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def envelope(self) -> Any:
        return json.loads(self.out)


Call = Callable[..., Said]


def register(repo: Repo, artifact: str, *words: str) -> None:
    """Register a small file as the next version."""
    path = repo.path.parent / "artifacts" / "model.bin"
    path.parent.mkdir(exist_ok=True)
    path.write_text(artifact)
    assert run(["registry-register", MODEL, "--repo", str(repo.path), "--artifact", str(path),
                *words]) == 0  # fmt: skip


@pytest.fixture(scope="session")
def registry_once(repo_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two versions, the older one in production; built once."""
    path = tmp_path_factory.mktemp("registry-once") / "repo"
    shutil.copytree(repo_once, path, symlinks=True)
    repo = Repo(path)
    repo.git("update-index", "-q", "--refresh")
    register(repo, "one", "--version", "v3", "--metadata", "accuracy=0.85", "--tag", "fraud")
    for stage in ("staging", "production"):
        assert run(["registry-promote", MODEL, "v3", "--to", stage, "--repo", str(path)]) == 0
    register(repo, "two", "--metadata", "accuracy=0.87")
    return path


@pytest.fixture
def registry(registry_once: Path, tmp_path: Path) -> Repo:
    """The test's own copy of that repository."""
    path = tmp_path / "registry"
    shutil.copytree(registry_once, path, symlinks=True)
    repo = Repo(path)
    repo.git("update-index", "-q", "--refresh")
    return repo


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Call:
    """Run a command in this process, from inside a repository."""

    def calling(repo: Repo, *words: str) -> Said:
        monkeypatch.chdir(repo.path)
        capfd.readouterr()
        code = run(list(words))
        out, err = capfd.readouterr()
        return Said(code, out, err)

    return calling


def spawn(folder: Path, *words: str, **environment: str) -> Said:
    """Run the command as a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "swreg", *words],
        cwd=folder,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )
    return Said(done.returncode, done.stdout, done.stderr)

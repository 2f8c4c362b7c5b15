"""Two branches of one registry, made by the real operations, and git set up to merge them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from swreg.domain.catalog import Model
from swreg.domain.stage import Stage
from swreg.operations.project import Project, reference
from swreg.operations.promote import promote
from swreg.operations.register import register
from swreg.storage.layout import CATALOG
from tests.conftest import INCREMENT, Repo

NAME = "fraud-detection-model"
HOME = f".specweave/increments/{INCREMENT}"
CATALOG_PATH = f"{HOME}/{CATALOG}"
ATTRIBUTES = """\
**/registry/model_catalog.yaml merge=swreg-catalog
**/registry/lineage_graph.json merge=swreg-catalog
**/registry/deployment_history.md merge=union
model-registry.history.md merge=union
"""
DRIVER = """\
import sys
from pathlib import Path
from swreg.operations.merge_driver import merge_driver

base, ours, theirs, path = sys.argv[1:]
done = merge_driver(Path(base), Path(ours), Path(theirs), path=path)
print(*done.data.open, sep="\\n", file=sys.stderr)
sys.exit(done.exit_code)
"""


def project(repo: Repo) -> Project:
    return Project.open(repo.path)


def add(repo: Repo, version: str, *, name: str = NAME, **more: object) -> None:
    """Register a small file as a version."""
    file = repo.path.parent / f"{name}-{version}.bin"
    file.write_text(f"{name} {version} {sorted(more.items())}", encoding="utf-8")
    register(project(repo), name, artifact=file, version=version, **more)  # type: ignore[arg-type]


def bring(repo: Repo, version: str, *stages: Stage, name: str = NAME) -> None:
    """Promote a version from stage to stage."""
    for stage in stages:
        promote(project(repo), reference(name, version), to=stage)


_BUILT: list[Path] = []


def registered(repo: Repo) -> None:
    """v1.0.0 in production, v2.0.0 and v3.0.0 in dev, on the branch main; built once, then copied."""
    if _BUILT:
        shutil.rmtree(repo.path)
        shutil.copytree(_BUILT[0], repo.path)
        repo.git("update-index", "-q", "--refresh")
        return
    _register(repo)
    _BUILT.append(repo.path.parent / "registered-once")
    shutil.copytree(repo.path, _BUILT[0])


def _register(repo: Repo) -> None:
    for version in ("v1.0.0", "v2.0.0", "v3.0.0"):
        add(repo, version)
    bring(repo, "v1.0.0", Stage.STAGING, Stage.PRODUCTION)


def use_driver(repo: Repo, folder: Path) -> None:
    """Configure the driver as this checkout has it, and the attributes that name it."""
    script = folder / "driver.py"
    script.write_text(DRIVER, encoding="utf-8")
    repo.git("config", "merge.swreg-catalog.driver", f"'{sys.executable}' '{script}' %O %A %B %P")
    repo.write(".specweave/.gitattributes", ATTRIBUTES)
    repo.commit("chore: attributes", ".specweave/.gitattributes")


def use_attributes_only(repo: Repo) -> None:
    """As on a host: git knows nothing of our driver, and merges text."""
    repo.write(".specweave/.gitattributes", "")
    repo.commit("chore: attributes", ".specweave/.gitattributes")


def git(repo: Repo, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run git and look at how it ends."""
    return subprocess.run(
        ["git", *arguments], cwd=repo.path, capture_output=True, text=True, check=False,
        env={**os.environ, "GIT_EDITOR": "true"},
    )  # fmt: skip


def model(repo: Repo, name: str = NAME) -> Model:
    """The model at HEAD."""
    return project(repo).registry().model(name)[1]


def pointers(repo: Repo, name: str = NAME) -> dict[str, str]:
    return {str(stage): str(version) for stage, version in model(repo, name).stages.items()}

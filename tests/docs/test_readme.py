"""The README is true: its tour runs, its worked examples are what the code writes and reads."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from swreg.domain.record import Record, parse
from swreg.storage import catalog_yaml
from tests.conftest import ROOT, Repo

README = (ROOT / "README.md").read_text("utf-8")


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on PATH in which `swreg` is this checkout's."""
    folder = tmp_path / "bin"
    folder.mkdir()
    script = folder / "swreg"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m swreg "$@"\n', "utf-8")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def tour() -> str:
    marked = re.search(
        r"<!-- tour:begin -->\n```sh\n(.*?)```\n<!-- tour:end -->", README, re.DOTALL
    )
    assert marked
    return marked[1]


def test_the_tour_runs_as_written(command: Path, tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    run = subprocess.run(
        ["sh", "-e", "-c", tour()], cwd=place, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    repo = Repo(place / "churn")
    assert repo.status() == "?? model.bin"
    assert "Accuracy improved from 0.85 to 0.87" in run.stdout
    assert "roll back churn-model v1.1.0 -> v1.0.0" in run.stdout
    assert repo.git("log", "--format=%s", "-1") == "docs(registry): update the model registry page"
    page = repo.path / ".specweave/docs/internal/architecture/model-registry.md"
    assert "v1.0.0" in page.read_text("utf-8")


def example(language: str, contains: str) -> str:
    blocks: list[tuple[str, str]] = re.findall(
        r"^```(\w*)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE
    )
    return next(text for kind, text in blocks if kind == language and contains in text)


def test_the_catalog_in_the_readme_is_one() -> None:
    text = example("yaml", "fraud-detection-model:")
    catalog = catalog_yaml.load(text.encode())
    assert str(catalog.models["fraud-detection-model"].production) == "v3.0.0"
    assert catalog_yaml.dump(catalog).decode() == text


def test_the_record_in_the_readme_is_one() -> None:
    (found,) = parse(example("", "Swreg-Event: promoted"))
    assert isinstance(found, Record), found


def test_python_in_the_readme_names_what_exists() -> None:
    import swreg

    for name in re.findall(r"from swreg import (\w+)", README):
        assert name in swreg.__all__

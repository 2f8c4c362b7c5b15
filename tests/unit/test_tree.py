"""What lies in the repository, and what does not."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOP = {
    "CHANGELOG.md", "LICENSE", "Makefile", "README.md", "bench", "completions", "pyproject.toml",
    "specweave.py", "swreg", "templates", "tests",
}  # fmt: skip
LOCKS = {
    "Pipfile.lock", "package-lock.json", "pdm.lock", "poetry.lock", "pylock.toml", "uv.lock",
    "yarn.lock",
}  # fmt: skip
# Where packages come from is the business of each machine's own settings.
# (The names are put together here, so that this file is no exception to its own rule.)
HOSTS = re.compile(r"\b(?:" + "|".join(["pypi", "pythonhosted", "npmjs"]) + r")\.(?:org|com)\b")


@pytest.fixture(scope="module")
def tracked() -> list[str]:
    run = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if run.returncode:
        pytest.skip("not a git checkout")
    return [name for name in run.stdout.decode().split("\0") if (ROOT / name).is_file()]


def test_the_top_level_holds_what_was_agreed_and_dot_files(tracked: list[str]) -> None:
    top = {name.partition("/")[0] for name in tracked}
    assert {name for name in top if not name.startswith(".")} <= TOP


def test_there_is_no_lock_file(tracked: list[str]) -> None:
    assert [name for name in tracked if Path(name).name in LOCKS] == []


def test_no_file_names_the_host_of_a_package_registry(tracked: list[str]) -> None:
    found = [
        f"{name}: {match[0]}"
        for name in tracked
        for match in HOSTS.finditer((ROOT / name).read_text(encoding="utf-8", errors="replace"))
    ]
    assert found == []


def test_no_checked_in_model_or_pickle(tracked: list[str]) -> None:
    endings = {
        ".h5",
        ".joblib",
        ".onnx",
        ".pickle",
        ".pkl",
        ".pt",
        ".pth",
        ".safetensors",
        ".skops",
    }
    assert [name for name in tracked if Path(name).suffix in endings] == []

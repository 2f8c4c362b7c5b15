"""Help and completion load nothing heavy; reads load no framework they do not need."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import MODEL
from tests.conftest import Repo

HEAVY = ("git", "yaml", "jinja2", "sqlite3", "pydantic", "rich.console", "semver", "asyncio")
REPORT = """
import sys
sys.argv = ["swreg", *sys.argv[1:]]
from swreg.cli import main
code = main()
print("\\n" + " ".join(sys.modules), file=sys.__stdout__)
sys.exit(code)
"""


def modules(folder: Path, *words: str, **environment: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", REPORT, *words],
        cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("words", [["--help"], [], ["registry-promote", "--help"], ["--version"]])
def test_help_loads_nothing_heavy(tmp_path: Path, words: list[str]) -> None:
    loaded = modules(tmp_path, *words)
    assert "typer" in loaded
    assert loaded.isdisjoint({*HEAVY, "swreg.operations.transaction", "swreg.domain.events"})


def test_completing_a_command_loads_not_even_typer(tmp_path: Path) -> None:
    loaded = modules(tmp_path, "registry-l", _SWREG_COMPLETE="complete_bash")
    assert loaded.isdisjoint({*HEAVY, "typer", "rich", "subprocess"})


def test_completing_options_loads_nothing_heavy(tmp_path: Path) -> None:
    loaded = modules(tmp_path, "registry-list", "--s", _SWREG_COMPLETE="complete_zsh")
    assert loaded.isdisjoint(HEAVY)


def test_completing_names_loads_no_more_than_the_cache_needs(registry: Repo) -> None:
    loaded = modules(registry.path, "registry-info", "f", _SWREG_COMPLETE="complete_fish")
    assert loaded.isdisjoint({*HEAVY} - {"sqlite3", "yaml"})


@pytest.mark.parametrize(
    "words",
    [
        ["registry-list"],
        ["registry-info", MODEL],
        ["registry-compare", MODEL, "v3.0.0", "v3.1.0"],
        ["registry-history"],
        ["registry-list", "--json"],
    ],
    ids=" ".join,
)
def test_a_read_loads_no_framework(registry: Repo, words: list[str]) -> None:
    subprocess.run(
        [sys.executable, "-m", "swreg", "registry-list"],
        cwd=registry.path, stdout=subprocess.DEVNULL, check=True,
    )  # fmt: skip
    loaded = modules(registry.path, *words)
    assert loaded.isdisjoint({"git", "jinja2", "pydantic", "rich.console", "asyncio"})

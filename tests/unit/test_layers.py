"""Imports point down only, and each heavy library has one place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SWREG = Path(__file__).parents[2] / "swreg"
LEVEL = {
    "errors": 0,
    "domain": 1,
    "storage": 2,
    "docs": 2,
    "formats": 2,
    "monitoring": 2,
    "operations": 3,
    "api": 4,
    "cli": 4,
    "integrations": 4,
}
# Where a library may be imported at all.
PINNED = {
    "git": ["storage/remote.py"],
    "jinja2": ["docs/"],
    "typer": ["cli/"],
    "click": ["cli/"],
    "rich": ["cli/"],
    "fsspec": ["storage/artifacts/"],
    "obstore": ["storage/artifacts/"],
    "mlflow": ["integrations/mlflow_"],
}
# What is imported where it is used, never at the top of a module.
LAZY = {
    "git",
    "jinja2",
    "yaml",
    "sqlite3",
    "numpy",
    "pandas",
    "scipy",
    "mlflow",
    "fsspec",
    "obstore",
    "rich",
}
# Modules that are themselves imported only where they are used, and what they may then have.
LATE = {"cli/pretty.py": {"rich"}}
# A domain module that asks the machine anything is no longer a pure decision.
IMPURE = {"os", "pathlib", "subprocess", "time", "io", "shutil", "socket", "random", "tempfile"}
MODULES = sorted(path for path in SWREG.rglob("*.py"))


def imports(tree: ast.AST, *, top_only: bool = False) -> Iterator[str]:
    nodes = tree.body if top_only and isinstance(tree, ast.Module) else ast.walk(tree)
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def part_of(name: str) -> str | None:
    parts = name.split(".")
    return parts[1] if parts[0] == "swreg" and len(parts) > 1 else None


def ids(path: Path) -> str:
    return path.relative_to(SWREG).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=ids)
def test_imports_point_down(path: Path) -> None:
    own = path.relative_to(SWREG).parts[0].removesuffix(".py")
    if own not in LEVEL:
        return
    for name in imports(ast.parse(path.read_text("utf-8"))):
        part = part_of(name)
        if part is None or part == own:
            continue
        assert part in LEVEL, f"{name} is no layer"
        beside = LEVEL[part] == LEVEL[own] == 4
        assert LEVEL[part] < LEVEL[own] or beside, f"{own} must not import {name}"


@pytest.mark.parametrize("path", MODULES, ids=ids)
def test_libraries_stay_in_their_place(path: Path) -> None:
    tree, here = ast.parse(path.read_text("utf-8")), ids(path)
    for name in imports(tree):
        places = PINNED.get(name.partition(".")[0])
        assert places is None or any(here.startswith(place) for place in places), name
    at_once = set(imports(tree, top_only=True))
    assert not at_once & {f"swreg.{late[:-3].replace('/', '.')}" for late in LATE}
    heavy = {name.partition(".")[0] for name in at_once} & LAZY - LATE.get(here, set())
    assert not heavy, f"import {heavy} inside the function that uses it"


@pytest.mark.parametrize("path", [p for p in MODULES if ids(p).startswith("domain/")], ids=ids)
def test_the_domain_is_pure(path: Path) -> None:
    names = {name.partition(".")[0] for name in imports(ast.parse(path.read_text("utf-8")))}
    assert not names & IMPURE

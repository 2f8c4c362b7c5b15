"""The names people import: complete, sorted, lazy, and the same under both module names."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import specweave
import swreg
from swreg import errors

ROOT = Path(__file__).parents[2]


def test_all_is_sorted_and_has_no_name_twice() -> None:
    assert swreg.__all__ == sorted(set(swreg.__all__))


@pytest.mark.parametrize("name", swreg.__all__)
def test_every_public_name_loads_and_is_itself_in_both_modules(name: str) -> None:
    value = getattr(swreg, name)
    assert value.__name__ == name
    assert value.__doc__, f"{name} has no docstring"
    assert getattr(specweave, name) is value


def test_every_error_class_is_public() -> None:
    classes = {
        name
        for name, value in vars(errors).items()
        if inspect.isclass(value) and issubclass(value, errors.SwregError)
    }
    assert classes <= set(swreg.__all__)


def test_type_checkers_see_exactly_the_public_names() -> None:
    tree = ast.parse((ROOT / "swreg/__init__.py").read_text(encoding="utf-8"))
    guarded = next(node for node in tree.body if isinstance(node, ast.If))
    seen = [
        alias.asname or alias.name
        for node in guarded.body
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("swreg.")
        for alias in node.names
    ]
    assert sorted(seen) == swreg.__all__


def test_the_table_of_homes_names_only_public_names() -> None:
    assert set(swreg._HOMES) <= set(swreg.__all__)


@pytest.mark.parametrize("module", [swreg, specweave])
def test_an_unknown_name_is_an_ordinary_attribute_error(module: object) -> None:
    with pytest.raises(AttributeError, match="no attribute 'NoSuchName'"):
        _ = module.NoSuchName  # type: ignore[attr-defined]


def test_importing_swreg_loads_nothing_else_of_ours_and_nothing_heavy() -> None:
    code = "import sys; bare = set(sys.modules); import swreg; print(*set(sys.modules) - bare)"
    out = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert [name for name in out if name.startswith("swreg")] == ["swreg"]
    heavy = {"typer", "rich", "git", "yaml", "jinja2", "semver", "typing", "dataclasses"}
    assert heavy.isdisjoint(out)

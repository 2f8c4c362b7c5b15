"""What a type checker tells people who use the library."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mypy", reason="mypy is missing")
ROOT = Path(__file__).parents[2]
SCRIPT = """\
from {module} import ModelRegistry, Stage
from {module} import Foo

reveal_type(ModelRegistry)
reveal_type(Stage.PRODUCTION.value)
"""


def test_a_strict_checker_knows_every_name_and_no_other(tmp_path: Path) -> None:
    scripts = []
    for module in ("swreg", "specweave"):
        file = tmp_path / f"uses_{module}.py"
        file.write_text(SCRIPT.format(module=module), encoding="utf-8")
        scripts.append(str(file))
    run = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", *scripts],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    said = run.stdout
    for module in ("swreg", "specweave"):
        assert f'Module "{module}" has no attribute "Foo"' in said, said
    assert said.count("error:") == 2, said
    assert said.count("swreg.api.registry.ModelRegistry") == 2, said

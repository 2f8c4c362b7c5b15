"""The facts and paths of the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from swreg.cli import words
from swreg.errors import UsageError


def test_a_fact_is_said_once_and_over_a_file(tmp_path: Path) -> None:
    one, two = tmp_path / "one.json", tmp_path / "two.json"
    one.write_text('{"own": 0.1, "recall": 0.2}')
    two.write_text('{"recall": 0.3}')
    assert words.metadata(["own=0.9", str(one)]) == {"own": 0.9, "recall": 0.2}
    for twice in (["own=0.9", "own=0.8"], [str(one), str(two)]):
        with pytest.raises(UsageError, match=r"--metadata says '(own|recall)' twice"):
            words.metadata(twice)


def test_an_empty_path_is_no_artifact() -> None:
    with pytest.raises(UsageError, match="--artifact is empty"):
        words.artifact("")
    assert words.artifact(".") == Path(".")

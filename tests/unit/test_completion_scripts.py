"""The committed completion scripts are what their generator writes."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_the_committed_scripts_are_current() -> None:
    run = subprocess.run(
        [sys.executable, "completions/generate.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")


def test_zsh_finds_its_marker_on_the_first_line() -> None:
    first = (ROOT / "completions/_swreg").read_text(encoding="utf-8").splitlines()[0]
    assert first == "#compdef swreg"


def test_the_powershell_script_parses() -> None:
    tree_sitter = pytest.importorskip("tree_sitter", reason="tree-sitter is not installed")
    grammar = pytest.importorskip("tree_sitter_powershell", reason="no grammar of PowerShell")
    parser = tree_sitter.Parser(tree_sitter.Language(grammar.language()))
    script = (ROOT / "completions/swreg.ps1").read_bytes()
    assert not parser.parse(script).root_node.has_error
    assert parser.parse(script.replace(b"finally {", b"finally")).root_node.has_error


@pytest.mark.parametrize(
    ("shell", "name"), [("bash", "swreg.bash"), ("zsh", "_swreg"), ("fish", "swreg.fish")]
)
def test_each_script_parses_in_its_own_shell(shell: str, name: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    path = ROOT / "completions" / name
    run = subprocess.run([shell, "-n", str(path)], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")

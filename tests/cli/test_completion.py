"""Completion of commands, options, names, versions and stages, in the real shells too."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from swreg.cli.completion import answer, joined
from tests.cli.conftest import MODEL, spawn
from tests.conftest import ROOT, Repo

SCRIPTS = ROOT / "completions"


def replies(folder: Path, *words: str, shell: str = "bash") -> list[str]:
    said = spawn(folder, *words, _SWREG_COMPLETE=f"complete_{shell}")
    assert (said.code, said.err) == (0, "")
    return said.out.splitlines()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["registry-l"], ["registry-list", "registry-lineage"]),
        (["registry-lineage", MODEL, "--format", "m"], ["mermaid"]),
        (["sch"], ["schema"]),
        (["--v"], ["--version"]),
        (["registry-list", "--st"], ["--stage"]),
        (["registry-list", "--stage", "pr"], ["production"]),
        (["registry-list", "--stage=pr"], ["--stage=production"]),
        (["registry-list", "--stage", "=", "pr"], ["production"]),
        (["registry-info", ""], [MODEL]),
        (["registry-info", MODEL, "v3"], ["v3.1.0", "v3.0.0"]),
        (["registry-info", "--json", MODEL, "v3.1"], ["v3.1.0"]),
        (["registry-compare", MODEL, "v3.0.0", "v3.1"], ["v3.1.0"]),
        (["registry-info", MODEL, "@", "pro"], ["production"]),
        (["registry-info", MODEL, "@"], ["latest", "production", "v3.1.0", "v3.0.0"]),
        (["registry-promote", MODEL, "v3.1.0", "--to", ""],
         ["dev", "staging", "production", "archived"]),
        (["registry-rollback", MODEL, "--to", ""], ["v3.1.0", "v3.0.0"]),
        (["registry-register", "x", "--increment", ""], ["0042-fraud-detection"]),
        (["registry-list", "--tag", ""], ["fraud"]),
        (["registry-promote", "--branch", ""], ["main"]),
        (["registry-version", MODEL, "m"], ["major", "minor"]),
        (["schema", "c"], ["catalog"]),
        (["sync-docs", ""], ["update", "check"]),
        (["registry-info", "nobody", ""], ["production", "staging"]),
        (["registry-info", "../x", "v"], []),
        (["registry-register", "x", "--artifact", ""], []),
        (["no-such-command", ""], []),
    ],
)  # fmt: skip
def test_replies(registry: Repo, words: list[str], expected: list[str]) -> None:
    assert replies(registry.path, *words) == expected


def test_help_goes_along_where_the_shell_shows_it(registry: Repo) -> None:
    assert replies(registry.path, "registry-info", MODEL, "v3.0", shell="fish") == [
        "v3.0.0\tproduction"
    ]
    assert replies(registry.path, "registry-lis", shell="zsh") == [
        "registry-list:List models and what is in which stage"
    ]


@pytest.mark.parametrize("words", [["registry-info", ""], ["registry-info", "x", ""], [""]])
def test_completing_says_nothing_where_there_is_no_repository(
    tmp_path: Path, words: list[str]
) -> None:
    replies(tmp_path, *words)


@pytest.mark.parametrize("instruction", ["complete_tcsh", "source_tcsh", "nonsense", "_"])
def test_an_unknown_shell_gets_nothing(tmp_path: Path, instruction: str) -> None:
    said = spawn(tmp_path, "registry-", _SWREG_COMPLETE=instruction)
    assert (said.code, said.out, said.err) == (1, "", "")


@pytest.mark.parametrize(("shell", "name"), [("bash", "swreg.bash"), ("zsh", "_swreg"),
                                             ("fish", "swreg.fish"), ("powershell", "swreg.ps1")])  # fmt: skip
def test_the_command_prints_the_script_that_is_installed(shell: str, name: str) -> None:
    assert answer(f"source_{shell}", []) == (SCRIPTS / name).read_text(encoding="utf-8")


def test_bash_takes_words_apart_and_we_put_them_together() -> None:
    assert joined(["registry-info", "m", "@", "p"]) == ["registry-info", "m@p"]
    assert joined(["registry-list", "--stage", "=", ""]) == ["registry-list", "--stage="]
    assert joined(["registry-info", ""]) == ["registry-info", ""]


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A `swreg` on PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "swreg").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m swreg "$@"\n')
    (folder / "swreg").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")


def in_shell(shell: str, script: str, folder: Path) -> list[str]:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    done = subprocess.run(
        [shell, *({"fish": ["--no-config"], "zsh": ["-f"], "bash": ["--norc"]}[shell]), "-c", script],
        cwd=folder, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.mark.usefixtures("program")
def test_in_bash(registry: Repo) -> None:
    script = f"""
    source {SCRIPTS}/swreg.bash
    complete -p swreg
    COMP_WORDS=(swreg registry-info {MODEL} @ pro); COMP_CWORD=4
    _swreg_completion swreg; printf '%s\\n' "${{COMPREPLY[@]}}"
    COMP_WORDS=(swreg registry-info {MODEL} ""); COMP_CWORD=3
    _swreg_completion swreg; printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    assert in_shell("bash", script, registry.path) == [
        "complete -o default -F _swreg_completion swreg",
        "production", "v3.1.0", "v3.0.0", "production", "staging",
    ]  # fmt: skip


@pytest.mark.usefixtures("program")
def test_in_fish(registry: Repo) -> None:
    (registry.path / "weights.bin").write_text("")
    script = f"""
    source {SCRIPTS}/swreg.fish
    complete -C 'swreg registry-info {MODEL} v3.1'
    complete -C 'swreg registry-register x --artifact weig'
    """
    lines = in_shell("fish", script, registry.path)
    assert lines[0] == "v3.1.0\tdev"
    assert lines[1].startswith("weights.bin")


def test_powershell_marks_what_is_being_typed(registry: Repo) -> None:
    """An empty word would be lost on its way, so the last one begins with a sign of the script's."""
    words = ("registry-info", MODEL)
    assert replies(registry.path, *words, "+", shell="powershell") == [
        "v3.1.0\tdev", "v3.0.0\tproduction", "production", "staging",
    ]  # fmt: skip
    assert replies(registry.path, *words, "+v3.0", shell="powershell") == ["v3.0.0\tproduction"]
    assert replies(registry.path, "registry-list", "+--stage=pr", shell="powershell") == [
        "--stage=production"
    ]


@pytest.mark.usefixtures("program")
def test_in_powershell(registry: Repo) -> None:
    program = shutil.which("pwsh")
    if program is None:
        pytest.skip("pwsh is not installed")
    line = f"swreg registry-info {MODEL} v3.1"
    script = (
        f". {SCRIPTS}/swreg.ps1; $line = '{line}'; "
        "(TabExpansion2 $line $line.Length).CompletionMatches.CompletionText"
    )
    done = subprocess.run([program, "-NoProfile", "-Command", script], cwd=registry.path,
                          capture_output=True, text=True, check=True, timeout=60)  # fmt: skip
    assert done.stdout.split() == ["v3.1.0"]


@pytest.mark.usefixtures("program")
def test_in_zsh(registry: Repo) -> None:
    """The script's own part: zsh's `_describe` and `_files` need a terminal, so they only report."""
    script = f"""
    compdef() {{ print compdef "$@" }}
    _describe() {{ print -l -- "${{(@P)@[-1]}}" }}
    _files() {{ print files }}
    source {SCRIPTS}/_swreg
    words=(swreg registry-info {MODEL} v3.0); CURRENT=4; _swreg
    words=(swreg registry-register x --artifact ""); CURRENT=5; _swreg
    """
    assert in_shell("zsh", script, registry.path) == [
        "compdef _swreg swreg", "v3.0.0:production", "files",
    ]  # fmt: skip

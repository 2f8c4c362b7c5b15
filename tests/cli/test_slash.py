"""Text from a slash command becomes words, whatever is in it, in every shell there is."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swreg.cli import slash_commands
from swreg.cli.commands.slash import LAST_LINE, words
from swreg.cli.commands_table import COMMANDS
from swreg.errors import UsageError
from tests.cli.conftest import MODEL, Call
from tests.conftest import Repo

ROW = COMMANDS["registry-info"]
END = slash_commands.end_mark(ROW)
HOSTILE = {
    "quotes": ("""a "b c" 'd e' f\\ g""", ["a", "b c", "d e", "f g"]),
    "substitution": ("$(touch pwned) `touch pwned` ${HOME}",
                     ["$(touch", "pwned)", "`touch", "pwned`", "${HOME}"]),
    "operators": ("a; touch pwned | b && c > pwned &",
                  ["a;", "touch", "pwned", "|", "b", "&&", "c", ">", "pwned", "&"]),
    "newlines": ("a\n\nb\ttouch", ["a", "b", "touch"]),
    "dashes": ("-- -x --=y", ["--", "-x", "--=y"]),
    "comment": ("a #b", ["a", "#b"]),
    "globs": ("* ~ [a] {b,c} !x", ["*", "~", "[a]", "{b,c}", "!x"]),
    "nothing": ("", []),
    "signs": ("modèle-é 模型 \x01", ["modèle-é", "模型", "\x01"]),
    "a mark of another document": (
        "a\nSWREG-ARGUMENTS\ntouch pwned\nEOF\ntouch pwned",
        ["a", "SWREG-ARGUMENTS", "touch", "pwned", "EOF", "touch", "pwned"]),
    "a part of the mark": (f"{END[:-1]}\n {END}\n{END} x", [END[:-1], END, END, "x"]),
    "our last line": (f"a\n{LAST_LINE}\nb", ["a", "end", "of", "arguments", "b"]),
}  # fmt: skip
# Looking like the end of the file, or of the line, to one shell or another.
HOSTILE |= {
    "carriage returns": ("a\r\nb\r", ["a", "b"]),
    "an unfinished line": ("a \\", ["a", "\n"]),
    "a long text": ("x " * 5000, ["x"] * 5000),
}
SHELLS = ("sh", "bash", "dash", "zsh")


def document(text: str) -> str:
    """The shell script that a slash command's file is, with the person's text in it."""
    body = slash_commands.text_of(ROW)
    block = re.search(r"```!\n(.*?)```", body, re.DOTALL)
    assert block is not None
    return block[1].replace("$ARGUMENTS", text)


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(("text", "wanted"), HOSTILE.values(), ids=HOSTILE)
def test_a_real_shell_hands_the_text_over_and_runs_nothing_of_it(
    shell: str, text: str, wanted: list[str], tmp_path: Path
) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    fake = tmp_path / "bin" / "swreg"
    fake.parent.mkdir()
    fake.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/words\ncat > {tmp_path}/text\n')
    fake.chmod(0o755)
    (place := tmp_path / "place").mkdir()
    path = f"{fake.parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path}
    subprocess.run([program, "-c", document(text)], cwd=place, check=True, env=environment)
    assert (tmp_path / "words").read_text() == "slash registry-info\n"
    assert words(ROW, (tmp_path / "text").read_text("utf-8")) == wanted
    assert list(place.iterdir()) == []


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_quoted_words_come_through_as_they_are(given_words: list[str]) -> None:
    import shlex

    assert words(ROW, f"{shlex.join(given_words)}\n{LAST_LINE}\n") == given_words


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("it's\nend of arguments\n", "no closing quotation"),
        ("a b\n", "cut short"),
        ("", "cut short"),
        ("a end of arguments\n", "cut short"),
        ('{"name": "fraud"}\nend of arguments\n', "are JSON"),
        ('["fraud"]\nend of arguments\n', "are JSON"),
    ],
)
def test_what_cannot_be_taken_apart_is_a_usage_error(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        words(ROW, text)


def slash(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", StringIO(f"{text}\n{LAST_LINE}\n"))


def test_a_success_and_a_failure_both_end_well_with_the_real_code_last(
    registry: Repo, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    slash(monkeypatch, MODEL)
    said = call(registry, "slash", "registry-info")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(f"{MODEL} v3.0.0 (production)\n")
    assert said.out.endswith("\nexit code 0: done\n")
    slash(monkeypatch, "nobody")
    said = call(registry, "slash", "registry-info")
    assert (said.code, said.err) == (0, "")
    assert "swreg: no model called 'nobody'" in said.out
    assert said.out.endswith("\nexit code 1: refused by the facts\n")


def test_json_stays_json_before_the_last_line(
    registry: Repo, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    slash(monkeypatch, "--json")
    said = call(registry, "slash", "registry-list")
    first, last = said.out.rstrip("\n").split("\n")
    assert json.loads(first)["ok"] is True
    assert last == "exit code 0: done"


@pytest.mark.parametrize("name", ["slash", "touch", "--help"])
def test_only_a_command_of_ours_is_run(
    registry: Repo, call: Call, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    slash(monkeypatch, "x")
    said = call(registry, "slash", "--", name)
    assert said.code == 0
    assert "exit code 2: wrong usage" in said.out


def test_the_committed_files_are_what_the_table_makes(capsys: pytest.CaptureFixture[str]) -> None:
    assert slash_commands.main(["--check"]) == 0, capsys.readouterr().err


def test_what_changes_state_is_never_called_by_a_model() -> None:
    for row in slash_commands.rows():
        text = slash_commands.text_of(row)
        assert ("disable-model-invocation: true\n" in text) == row.writes
        assert "\nallowed-tools: Bash(swreg:*)\n" in text
        mark = slash_commands.end_mark(row)
        assert f"\nswreg slash {row.name} <<'{mark}'\n$ARGUMENTS\n" in text
        assert re.fullmatch(r"SWREG-[0-9A-F]{32}", mark)


def test_what_remains_is_the_very_mark_of_the_file_alone_on_a_line(tmp_path: Path) -> None:
    """Nothing in a shell can prevent it, which is why each project has a mark of its own."""
    script = document(f"a\n{END}\ntouch pwned").replace("swreg slash", "true")
    subprocess.run(["sh", "-c", script], cwd=tmp_path, check=False, capture_output=True)
    assert (tmp_path / "pwned").exists()

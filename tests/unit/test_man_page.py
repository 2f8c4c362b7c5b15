"""The manual page: current, complete, and read by the programs that show such pages."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from swreg.cli import man_page
from swreg.cli.commands.slash import MEANINGS
from swreg.cli.commands_table import COMMANDS

READERS = {
    "man": ["man", "--warnings", "-E", "UTF-8", "-l"],
    "groff": ["groff", "-man", "-Tutf8", "-ww"],
    "mandoc": ["mandoc", "-Tutf8", "-Wwarning"],
}


def test_the_committed_page_is_current(capsys: pytest.CaptureFixture[str]) -> None:
    assert man_page.main(["--check"]) == 0, capsys.readouterr().err


@pytest.mark.parametrize("reader", READERS)
def test_it_is_shown_whole_and_without_a_complaint(reader: str) -> None:
    if shutil.which(reader) is None:
        pytest.skip(f"{reader} is not installed")
    command = [*READERS[reader], str(man_page.PAGE)]
    run = subprocess.run(command, capture_output=True, text=True, check=False, encoding="utf-8")
    # A page without a date is the same whenever it is made.
    fine = ("missing date", "see above the output for WARNING messages")
    said = [line for line in run.stderr.splitlines() if not any(one in line for one in fine)]
    assert said == []
    text = re.sub(r"\x1b\[[0-9;]*m|.\x08", "", run.stdout)
    for name, row in COMMANDS.items():
        assert re.search(rf"^ +{name}\b", text, re.MULTILINE), name
        assert row.example.split()[1] in text
    for code in MEANINGS:
        assert re.search(rf"^ +{code} ", text, re.MULTILINE), code


def test_no_text_of_ours_is_taken_for_an_order() -> None:
    orders = {line.split()[0] for line in man_page.page().splitlines() if line[:1] in ".'"}
    assert orders == {
        '.\\"', ".TH", ".SH", ".SS", ".B", ".I", ".PP", ".TP", ".RS", ".RE", ".EX", ".EE", ".BR",
    }  # fmt: skip

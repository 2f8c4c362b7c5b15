"""On a terminal: tables, colours unless refused, JSON that people can read, nothing that acts."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from swreg.cli.output import counting
from tests.cli.conftest import MODEL
from tests.conftest import Repo

SIZE = {"COLUMNS": "100", "LINES": "40"}


def on_terminal(folder: Path, *words: str, **environment: str) -> str:
    """What a command writes to a terminal of 100 columns."""
    ours, theirs = pty.openpty()
    environ = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    process = subprocess.Popen(
        [sys.executable, "-m", "swreg", *words],
        cwd=folder, env={**environ, **SIZE, "TERM": "xterm-256color", **environment},
        stdin=theirs, stdout=theirs, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    parts = []
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # Linux says so where the other end is closed
            break
        if not part:
            break
        parts.append(part)
    os.close(ours)
    assert process.wait() == 0
    return b"".join(parts).decode().replace("\r\n", "\n")


def test_a_table_has_bold_headings_and_a_rule(registry: Repo) -> None:
    text = on_terminal(registry.path, "registry-list")
    assert "\x1b[1m" in text
    assert "───" in text
    assert MODEL in text


@pytest.mark.parametrize(
    ("words", "environment"),
    [(["--no-color"], {}), ([], {"NO_COLOR": "1"}), ([], {"TERM": "dumb"})],
)
def test_no_colour_where_it_is_refused(
    registry: Repo, words: list[str], environment: dict[str, str]
) -> None:
    text = on_terminal(registry.path, "registry-list", *words, **environment)
    assert "\x1b[3" not in text
    assert MODEL in text


def test_json_is_indented(registry: Repo) -> None:
    assert on_terminal(registry.path, "registry-list", "--json").startswith('{\n  "schema": 1,\n')


def test_what_a_person_wrote_cannot_act(registry: Repo) -> None:
    catalog = registry.increment / "registry" / "model_catalog.yaml"
    text = catalog.read_text(encoding="utf-8")
    catalog.write_text(text.replace('["fraud"]', '["\\x1b]0;owned\\x07[red]"]'), encoding="utf-8")
    registry.commit("chore: edit by hand")
    for words in (["registry-list", "--no-color"], ["registry-info", MODEL, "--no-color"]):
        shown = on_terminal(registry.path, *words)
        assert "\x1b]0;" not in shown
        assert "\x07" not in shown
        assert "[red]" in "".join(shown.split())


def test_counting_says_nothing_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    with counting("registering") as count:
        count(10**9)
    assert capsys.readouterr().err == ""


def test_counting_on_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with counting("registering") as count:
        for _ in range(30):
            count(10**7)
    assert capsys.readouterr().err == (
        "\rswreg: registering: 100 MB\rswreg: registering: 200 MB\rswreg: registering: 300 MB\n"
    )

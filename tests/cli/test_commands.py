"""Every command has help and an example that parses; its file and its row go together."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from swreg.cli.app import load, run
from swreg.cli.commands_table import COMMANDS, GROUPS, Command
from swreg.cli.options import (
    Anywhere,
    Committing,
    Placed,
    Reading,
    ReadingSeveral,
    Watching,
    Writing,
    shared_by,
)
from swreg.cli.reference import PARTS, inserted, main, reference

ROWS = list(COMMANDS.values())
FOLDER = Path(__file__).parents[2] / "swreg" / "cli" / "commands"


def named(row: Command) -> str:
    return row.name


def kind_of(row: Command) -> type[Anywhere]:
    from importlib import import_module

    return shared_by(import_module(row.module).command)


def test_every_file_is_in_the_table_and_every_row_has_a_file() -> None:
    files = {path.stem for path in FOLDER.glob("*.py")} - {"__init__"}
    assert files == {row.module.rpartition(".")[2] for row in ROWS}


@pytest.mark.parametrize("row", ROWS, ids=named)
def test_each_has_one_line_of_help_an_example_and_a_group(row: Command) -> None:
    assert row.group in GROUPS
    assert row.help
    assert not row.help.endswith(".")
    program, name, *words = shlex.split(row.example)
    assert (program, name) == ("swreg", row.name)
    with load(row).make_context(name, words):
        pass


@pytest.mark.parametrize("row", ROWS, ids=named)
def test_help_shows_the_summary_every_option_with_help_and_the_example(
    row: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([row.name, "--help"]) == 0
    out = capsys.readouterr().out
    assert f"{row.help}." in " ".join(out.split())
    assert row.example.split(" --")[0] in out
    for parameter in load(row).params:
        assert parameter.help, f"{row.name} {parameter.name} has no help"


STATELESS = {"install", "mcp", "merge-driver", "plugin", "schema", "site", "slash"}


@pytest.mark.parametrize("row", ROWS, ids=named)
def test_reads_take_at_and_writes_take_what_writes_take(row: Command) -> None:
    kind = kind_of(row)
    # Neither a state of the registry nor a commit.
    if kind in (Placed, Watching) or row.name in STATELESS:
        return
    assert issubclass(kind, Committing) == row.writes
    assert issubclass(kind, (Reading, ReadingSeveral)) == (not row.writes)
    without_reason = ("init", "sync-docs", "reconcile", "registry-signature")
    if row.name not in (*without_reason, "monitor-check", "monitor-watch"):
        assert issubclass(kind, Writing) == row.writes


def test_the_list_of_commands_names_each_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 0
    out = capsys.readouterr().out
    for row in ROWS:
        assert out.count(f"  {row.name} ") == 1


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    from swreg import __version__

    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"swreg {__version__}\n"


def test_the_reference_has_every_command_and_is_the_same_at_any_width(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = reference()
    for row in ROWS:
        assert f"#### {row.name}\n" in text
    monkeypatch.setenv("COLUMNS", "40")
    assert reference() == text


def test_the_reference_goes_between_the_markers_and_is_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "README.md"
    marked = "\n".join(f"<!-- {name}:begin -->\nold\n<!-- {name}:end -->" for name in PARTS)
    path.write_text(f"before\n{marked}\nafter\n", encoding="utf-8")
    assert main(["--check", str(path)]) == 1
    assert "is stale" in capsys.readouterr().err
    assert main([str(path)]) == 0
    assert main(["--check", str(path)]) == 0
    text = path.read_text(encoding="utf-8")
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert inserted(text) == text


def test_a_readme_without_markers_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "README.md").write_text("nothing\n", encoding="utf-8")
    assert main([str(tmp_path / "README.md")]) == 1
    assert "markers" in capsys.readouterr().err

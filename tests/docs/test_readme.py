"""The README is true: its tour runs, its worked examples are what the code writes and reads."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from swreg.cli.app import load
from swreg.cli.commands_table import COMMANDS, GROUPS, one_word
from swreg.cli.formats import schema_of
from swreg.cli.reference import PARTS, inserted
from swreg.domain.lineage import read_lineage, write_lineage
from swreg.domain.metadata import read_metadata, write_metadata
from swreg.domain.record import Record, parse
from swreg.domain.signature import write_signature
from swreg.operations.version_files import (
    dump_features,
    dump_json,
    load_features,
    load_signature,
)
from swreg.storage import catalog_yaml
from tests.conftest import ROOT, Repo

README = (ROOT / "README.md").read_text("utf-8")


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on PATH in which `swreg` is this checkout's."""
    folder = tmp_path / "bin"
    folder.mkdir()
    script = folder / "swreg"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m swreg "$@"\n', "utf-8")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def tour() -> str:
    marked = re.search(
        r"<!-- tour:begin -->\n```sh\n(.*?)```\n<!-- tour:end -->", README, re.DOTALL
    )
    assert marked
    return marked[1]


def test_the_tour_runs_as_written(command: Path, tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    run = subprocess.run(
        ["sh", "-e", "-c", tour()], cwd=place, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    repo = Repo(place / "churn")
    assert repo.status() == "?? model.bin"
    assert "Accuracy improved from 0.85 to 0.87" in run.stdout
    assert "roll back churn-model v1.1.0 -> v1.0.0" in run.stdout
    assert repo.git("log", "--format=%s", "-1") == "docs(registry): update the model registry page"
    page = repo.path / ".specweave/docs/internal/architecture/model-registry.md"
    assert "v1.0.0" in page.read_text("utf-8")


def example(language: str, contains: str) -> str:
    blocks: list[tuple[str, str]] = re.findall(
        r"^```(\w*)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE
    )
    return next(text for kind, text in blocks if kind == language and contains in text)


def test_the_catalog_in_the_readme_is_one() -> None:
    text = example("yaml", "fraud-detection-model:")
    catalog = catalog_yaml.load(text.encode())
    assert str(catalog.models["fraud-detection-model"].production) == "v3.0.0"
    assert catalog_yaml.dump(catalog).decode() == text


FILES = {
    "metadata": ("json", '"versioning"'),
    "features": ("yaml", "features:"),
    "signature": ("json", '"inputs"'),
    "lineage": ("json", '"edges"'),
}


@pytest.mark.parametrize("name", FILES)
def test_a_worked_example_is_what_its_schema_says_and_what_we_write(name: str) -> None:
    text = example(*FILES[name])
    raw = json.loads(text) if FILES[name][0] == "json" else typed_yaml(text)
    jsonschema.validate(raw, schema_of(name))
    if name == "metadata":
        assert dump_json(write_metadata(read_metadata(raw, name))).decode() == text
    if name == "features":
        assert dump_features(load_features(text.encode(), name)).decode() == text
    if name == "signature":
        assert dump_json(write_signature(load_signature(text.encode(), name))).decode() == text
    if name == "lineage":
        assert dump_json(write_lineage(read_lineage(raw, name))).decode() == text


def typed_yaml(text: str) -> object:
    import yaml

    return yaml.safe_load(text)


def test_every_key_of_the_configuration_is_in_the_readme() -> None:
    part = README.partition("<!-- configuration:begin -->")[2]
    part = part.partition("<!-- configuration:end -->")[0]
    assert "#### `stages.STAGE.approval`" in part
    assert "| `min_approvals` | whole number | `1` |" in part
    assert "#### `monitoring.triggers[]`" in part
    assert "| `for` | text | none |" in part
    assert inserted(README) == README


def test_the_record_in_the_readme_is_one() -> None:
    (found,) = parse(example("", "Swreg-Event: promoted"))
    assert isinstance(found, Record), found


def test_python_in_the_readme_names_what_exists() -> None:
    import swreg

    for name in re.findall(r"from swreg import (\w+)", README):
        assert name in swreg.__all__


def test_the_reference_has_every_command_in_the_order_of_the_table() -> None:
    part = README.partition("<!-- commands:begin -->")[2].partition("<!-- commands:end -->")[0]
    wanted = [row.name for group in GROUPS for row in COMMANDS.values() if row.group == group]
    assert re.findall(r"^#### (\S+)$", part, re.MULTILINE) == wanted
    assert re.findall(r"^\| \[`([^`]+)`\]", part, re.MULTILINE) == wanted


def written_commands() -> list[str]:
    """Every call of swreg in a code span or block that people wrote, without redirections."""
    text = README
    for name in PARTS:
        before, _, rest = text.partition(f"<!-- {name}:begin -->")
        text = before + rest.partition(f"<!-- {name}:end -->")[2]
    blocks = re.findall(r"^```\w*\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    lines = [line.partition("#")[0] for block in blocks for line in block.splitlines()]
    spans = [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", prose)]
    called = re.compile(r"(?:^|[ /=])swreg ([a-z-]+(?: [^#|>&]*)?)")
    found = [called.search(one) for one in (*lines, *spans)]
    return [one[1].strip() for one in found if one and "import" not in one[1].split()]


@pytest.mark.parametrize("words", sorted(set(written_commands())))
def test_what_the_readme_says_to_run_is_a_command_with_such_words(words: str) -> None:
    name, *rest = one_word(shlex.split(words))
    # A page may name a group of commands, or one command without what it takes.
    group = [row.name for row in COMMANDS.values() if row.name.startswith(f"{name}-")]
    if name not in COMMANDS:
        assert group, words
        return
    with load(COMMANDS[name]).make_context(name, rest, resilient_parsing=not rest):
        pass


def test_the_readme_names_commands_at_all() -> None:
    """What looks for them would else prove nothing."""
    assert len({words.partition(" ")[0] for words in written_commands()}) > 15

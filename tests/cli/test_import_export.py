"""`registry-import` and `registry-export`, as they are called and what they say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import MODEL, Call
from tests.conftest import Repo


@pytest.fixture
def models(tmp_path: Path) -> Path:
    folder = tmp_path / "old"
    folder.mkdir()
    (folder / "churn-v1.pkl").write_text("one")
    (folder / "model.pkl").write_text("whose?")
    return folder


def test_an_import_says_what_came_in_and_what_did_not(
    registry: Repo, call: Call, models: Path
) -> None:
    before = registry.head
    dry = call(registry, "registry-import", "flat", str(models), "--dry-run")
    assert (dry.code, registry.head) == (1, before)
    assert "would import" in dry.out
    said = call(registry, "registry-import", "flat", str(models))
    assert said.code == 1
    assert "which model is it? --rename model=NAME" in said.out
    assert "1 versions and 0 changes of stage; 0 were here already" in said.out
    again = call(registry, "registry-import", "flat", str(models), "--rename", "model=none-such")
    assert again.code == 0
    last = call(registry, "registry-import", "flat", str(models), "--rename", "model=none-such")
    assert last.out.startswith("nothing to import: 2 versions and changes of stage are here")
    assert registry.status() == ""


def test_an_import_for_programs(registry: Repo, call: Call, models: Path) -> None:
    words = ("registry-import", "flat", str(models), "--only", "churn", "--json")
    told = call(registry, *words).envelope
    assert (told["ok"], told["data"]["rows"][0]["version"]) == (True, "v1.0.0")
    assert told["events"][0]["event"] == "imported"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["svn", "x"], 2, "is no registry to import"),
        (["flat", "gone"], 1, "no folder gone"),
        (["flat", ".", "--rename", "x"], 2, "is no pair"),
        (["flat", ".", "--rename", "a=A B"], 2, "is no model name"),
        (["flat", ".", "--stage-as", "a=b"], 2, "is no stage"),
        (["flat", ".", "--force"], 2, "--force needs a reason"),
        (["gto", "gone"], 1, "no folder gone"),
        (["mlflow", "mlruns"], 2, "no address of an MLflow server"),
        (["mlflow", "http://127.0.0.1:1"], 5, "no MLflow server answers"),
    ],
)
def test_what_cannot_be_imported_is_one_line(
    registry: Repo, call: Call, words: list[str], code: int, said: str
) -> None:
    before = registry.head
    got = call(registry, "registry-import", *words)
    assert (got.code, registry.head) == (code, before)
    assert said in got.err
    assert got.err.count("\n") == 1


def test_texts_go_to_the_output_or_a_file(registry: Repo, call: Call, tmp_path: Path) -> None:
    shown = json.loads(call(registry, "registry-export", "json").out)
    assert [one["name"] for one in shown["models"]] == [MODEL]
    file = tmp_path / "registry.json"
    assert call(registry, "registry-export", "json", "--output", str(file)).code == 0
    assert json.loads(file.read_text()) == shown
    card = call(registry, "registry-export", "model-card", MODEL).out
    assert card.startswith('---\ntags: ["swreg", "production", "fraud"]\n')
    assert call(registry, "registry-export", "json", "--json").envelope["data"] == shown


def test_tags_go_only_where_they_are_sent(registry: Repo, call: Call, tmp_path: Path) -> None:
    registry.git("clone", "--quiet", str(registry.path), str(tmp_path / "there"))
    there = Repo(tmp_path / "there")
    words = ("registry-export", "gto-tags", "--to", str(there.path))
    assert f"would make {MODEL}@v3.0.0" in call(registry, *words, "--dry-run").out
    assert there.git("tag", "--list") == ""
    assert call(registry, *words).code == 0
    assert f"{MODEL}@v3.0.0" in there.git("tag", "--list")
    assert "\n0 tags in " in "\n" + call(registry, *words).out
    assert registry.git("tag", "--list") == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["xml"], "is no format"),
        (["gto-tags"], "needs the repository that gets it"),
        (["mlflow"], "needs the MLflow server that gets it"),
        (["json", "--to", "x"], "changes nothing anywhere"),
        (["gto-tags", "--to", ".", "--output", "x"], "is no text"),
        (["gto-tags", MODEL, "v3", "--to", "."], "takes whole models"),
        (["model-card"], "is of one version"),
    ],
)
def test_a_bad_wish_for_an_export_is_one_line(
    registry: Repo, call: Call, words: list[str], said: str
) -> None:
    got = call(registry, "registry-export", *words)
    assert got.code == 2
    assert said in got.err
    assert got.err.count("\n") == 1

"""`registry-check` and `registry-verify` as commands: formats, exit codes, the hook's index."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from swreg.cli.app import run
from tests.repo.registry_world import CATALOG, World, build


@pytest.fixture(scope="module")
def edited(_pinned_session: None, tmp_path_factory: pytest.TempPathFactory) -> World:
    """A registry whose catalog somebody edited by hand."""
    world = build(tmp_path_factory.mktemp("cli-checks") / "repo")
    world.put_entry("v0.8.0", hold=None)
    world.commit()
    return world


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """Run the command; its exit code and what it printed."""
    code = run([*words])
    return code, capsys.readouterr().out


def test_text(edited: World, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = said(
        capsys, "registry-check", "--range", "HEAD~1..HEAD", "--repo", str(edited.path)
    )
    assert code == 4
    assert out.startswith(f"{CATALOG}:")
    assert "error SWR201" in out
    assert out.rstrip().endswith("1 finding in HEAD~1..HEAD (1 commits judged)")


def test_annotations(edited: World, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = said(
        capsys, "registry-check", "--range", "HEAD~1..", "--format", "github", "--repo",
        str(edited.path),
    )  # fmt: skip
    assert code == 4
    assert out.startswith(f"::error file={CATALOG},line=")
    assert out.count("\n") == 1


def test_sarif(edited: World, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = said(
        capsys, "registry-check", "--range", "HEAD~1..", "--format", "sarif", "--repo",
        str(edited.path),
    )  # fmt: skip
    assert code == 4
    assert json.loads(out)["runs"][0]["results"][0]["ruleId"] == "SWR201"


def test_the_envelope(edited: World, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = said(capsys, "registry-check", "--json", "--repo", str(edited.path))
    assert code == 4
    answer = json.loads(out)
    assert answer["command"] == "registry-check"
    assert {one["id"] for one in answer["data"]["findings"]} == {"SWR201", "SWR208"}


def test_nothing_staged(
    edited: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/index")
    code, out = said(capsys, "registry-check", "--staged", "--repo", str(edited.path))
    assert (code, out) == (0, "nothing found in staged (0 commits judged)\n")


def test_an_unknown_format(edited: World, capsys: pytest.CaptureFixture[str]) -> None:
    code, _ = said(capsys, "registry-check", "--format", "xml", "--repo", str(edited.path))
    assert code == 2


def test_verify(edited: World, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = said(capsys, "registry-verify", "--repo", str(edited.path))
    assert (code, out) == (0, "5 versions hashed, 0 signatures looked at\n")
    code, out = said(capsys, "registry-verify", "no-model", "--repo", str(Path(edited.path)))
    assert code == 1


def test_an_environment_is_refused_in_words_that_fit(
    edited: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["registry-check", "--env", "staging", "--repo", str(edited.path)]) == 2
    error = capsys.readouterr().err
    assert "registry-check is about the whole repository, not one environment" in error


def test_an_audit_as_json_names_every_event(
    edited: World, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out = said(capsys, "registry-audit", "--format", "json", "--repo", str(edited.path))
    report = json.loads(out)
    assert code == 0
    assert {"registered", "approved", "promoted", "rolled-back"} <= {
        one["event"] for one in report["events"]
    }
    code, out = said(capsys, "registry-audit", "--json", "--repo", str(edited.path))
    assert json.loads(out)["data"]["events"] == report["events"]

"""`--limit` and `--fields`: an answer that fits, which says what it leaves out."""

from __future__ import annotations

import sys
from io import StringIO

import pytest

from swreg.cli import bounds
from swreg.cli.commands.slash import LAST_LINE
from tests.cli.conftest import MODEL, Call
from tests.conftest import Repo

SHOWN = "only the first 1 rows are shown; --limit 0 shows all"


@pytest.mark.parametrize(
    "words",
    [["registry-list", "--all-versions"], ["registry-history"], ["registry-history", MODEL]],
)
def test_what_is_left_out_is_said(registry: Repo, call: Call, words: list[str]) -> None:
    every = call(registry, *words, "--json").envelope
    one = call(registry, *words, "--json", "--limit", "1").envelope
    assert (every["truncated"], every["warnings"]) == (False, [])
    assert one["data"] == every["data"][:1]
    assert (one["truncated"], one["warnings"], one["ok"]) == (True, [SHOWN], True)
    exact = call(registry, *words, "--json", "--limit", str(len(every["data"]))).envelope
    assert (exact["data"], exact["truncated"]) == (every["data"], False)
    said = call(registry, *words, "--limit", "1")
    assert (said.out.count("\n"), said.err) == (2, f"swreg: warning: {SHOWN}\n")


def test_programs_get_so_many_rows_and_people_all(
    registry: Repo, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "ENOUGH", 1)
    words = ["registry-list", "--all-versions"]
    assert call(registry, *words).out.count("\n") == 3
    assert call(registry, *words, "--json").envelope["truncated"] is True
    everything = call(registry, *words, "--json", "--limit", "0").envelope
    assert (len(everything["data"]), everything["truncated"]) == (2, False)
    monkeypatch.setattr(sys, "stdin", StringIO(f"--all-versions\n{LAST_LINE}\n"))
    assert "--limit 0 shows all" in call(registry, "slash", "registry-list").out
    monkeypatch.setattr(sys, "stdin", StringIO(f"--all-versions --limit 9\n{LAST_LINE}\n"))
    assert "--limit 0 shows all" not in call(registry, "slash", "registry-list").out


def test_a_list_inside_an_answer_is_cut_too(registry: Repo, call: Call) -> None:
    envelope = call(registry, "registry-info", MODEL, "--json", "--limit", "1").envelope
    assert [one["version"] for one in envelope["data"]["versions"]] == ["v3.1.0"]
    assert envelope["warnings"] == [
        "only the first 1 rows of each list are shown; --limit 0 shows all"
    ]


def test_findings_are_cut_but_counted_and_the_exit_code_stays(registry: Repo, call: Call) -> None:
    for name in ("a", "b"):
        registry.write(f".specweave/increments/{name}", "x")
    catalog = registry.increment / "registry/model_catalog.yaml"
    text = catalog.read_text("utf-8")
    catalog.write_text(text.replace('"fraud"', '"frond"'), encoding="utf-8")
    (registry.increment / "registry/lineage_graph.json").write_text("{}", encoding="utf-8")
    registry.commit("chore: by hand")
    every = call(registry, "registry-check", "--json").envelope["data"]["findings"]
    assert len(every) > 1
    said = call(registry, "registry-check", "--limit", "1")
    assert (said.code, f"{len(every)} findings in" in said.out) == (4, True)
    assert said.out.count("error SWR") + said.out.count("warning SWR") == 1
    cut = call(registry, "registry-check", "--json", "--limit", "1", "--fields", "findings.id")
    assert cut.code == 4
    assert cut.envelope["data"] == {"findings": [{"id": every[0]["id"]}]}
    annotated = call(registry, "registry-check", "--limit", "1", "--format", "github")
    assert annotated.out.count("::") == 2 * len(every)
    assert call(registry, "registry-check", "--fields", "findings", "--format", "sarif").code == 2


def test_only_the_fields_that_are_asked_for(registry: Repo, call: Call) -> None:
    words = ["registry-list", "--fields", "model, stage,version"]
    assert call(registry, *words, "--json").envelope["data"] == [
        {"model": MODEL, "stage": "dev", "version": "v3.1.0"},
        {"model": MODEL, "stage": "production", "version": "v3.0.0"},
    ]
    assert call(registry, *words).out.splitlines()[0].split() == ["MODEL", "STAGE", "VERSION"]
    words = ["registry-info", MODEL, "--fields", "metadata.accuracy,versions.version,folder"]
    data = call(registry, *words, "--json").envelope["data"]
    assert list(data) == ["metadata", "versions", "folder"]
    assert data["metadata"] == {"accuracy": 0.85}
    assert data["versions"] == [{"version": "v3.1.0"}, {"version": "v3.0.0"}]
    assert call(registry, *words).out.split()[:5] == [
        "metadata.accuracy", "0.85", "versions.version", "v3.1.0,", "v3.0.0",
    ]  # fmt: skip


@pytest.mark.parametrize("fields", ["nonsense", "model.name", "", "model,,stage", "model.", "."])
def test_a_field_that_there_is_not_is_named(registry: Repo, call: Call, fields: str) -> None:
    said = call(registry, "registry-list", "--fields", fields, "--json")
    assert (said.code, said.envelope["error"]["code"]) == (2, "usage")
    assert "no field" in said.envelope["error"]["message"]


def test_fields_of_nothing(repo: Repo, call: Call) -> None:
    said = call(repo, "registry-list", "--fields", "model", "--json")
    assert (said.code, said.envelope["data"]) == (0, [])
    assert call(repo, "registry-list", "--fields", "model").out == "nothing\n"

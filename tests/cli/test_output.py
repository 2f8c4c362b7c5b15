"""What commands say: golden text in a pipe, one envelope on --json, exit codes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from swreg.cli.envelope import Envelope, plain
from swreg.cli.output import Table, columns
from swreg.domain.version import Version
from tests.cli.conftest import MODEL, Call, register, spawn
from tests.conftest import Repo

KEYS = ["schema", "command", "ok", "data", "truncated", "events", "commit", "warnings", "error"]
DAY = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?")


def golden(text: str) -> str:
    """The text with days and commit ids that differ from run to run made equal."""
    return re.sub(r"\b[0-9a-f]{10,12}\b", "COMMIT", DAY.sub("DAY", text))


def lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in golden(text).splitlines()]


def test_list(registry: Repo, call: Call) -> None:
    said = call(registry, "registry-list")
    assert lines(said.out) == [
        "MODEL VERSION STAGE REGISTERED DEPLOYED TAGS NOTES",
        "fraud-detection-model v3.1.0 dev DAY - - -",
        "fraud-detection-model v3.0.0 production DAY DAY fraud -",
    ]
    assert (said.code, said.err) == (0, "")


def test_list_of_nothing(repo: Repo, call: Call) -> None:
    assert call(repo, "registry-list").out == "no versions\n"


@pytest.mark.parametrize(
    ("words", "versions"),
    [
        (["--stage", "prod"], ["v3.0.0"]),
        (["--tag", "fraud"], ["v3.0.0"]),
        (["--increment", "0042", "--all-versions", "--sort", "version"], ["v3.1.0", "v3.0.0"]),
        (["--stage", "archived"], []),
    ],
)
def test_list_narrowed(registry: Repo, call: Call, words: list[str], versions: list[str]) -> None:
    said = call(registry, "registry-list", "--json", *words)
    assert [one["version"] for one in said.envelope["data"]] == versions


def test_info(registry: Repo, call: Call) -> None:
    said = call(registry, "registry-info", MODEL)
    assert said.out.splitlines()[0] == "fraud-detection-model v3.0.0 (production)"
    assert "accuracy 0.85" in lines(said.out)
    assert lines(said.out)[-3:] == [
        "VERSION STAGE REGISTERED NOTES",
        "v3.1.0 dev DAY -",
        "v3.0.0 production DAY -",
    ]


@pytest.mark.parametrize(
    "reference",
    [
        ["fraud-detection-model", "v3.1.0"],
        ["fraud-detection-v3.1.0"],
        ["fraud-detection-model-v3.1.0"],
        ["fraud-detection-model@3.1.0"],
        ["fraud-detection-model@latest"],
        ["fraud-detection-model", "0042-v3.1"],
    ],
)
def test_every_way_to_name_a_version(registry: Repo, call: Call, reference: list[str]) -> None:
    assert call(registry, "registry-info", *reference).out.startswith(f"{MODEL} v3.1.0 (dev)\n")


@pytest.mark.parametrize(
    "words", [[MODEL, "v3.0.0", "v3.1.0"], ["fraud-detection-v3.0.0", f"{MODEL}@latest"]]
)
def test_compare(registry: Repo, call: Call, words: list[str]) -> None:
    said = call(registry, "registry-compare", *words)
    assert said.code == 0
    assert said.out.startswith("Comparison: v3.0.0 vs v3.1.0\n============================\n")
    assert "- Accuracy: 0.85 → 0.87 (+2.4%) ✅" in said.out
    assert said.out.splitlines()[-1] == "Verdict: better"


def test_compare_fails_where_asked_to(registry: Repo, call: Call) -> None:
    worse = [MODEL, "v3.1.0", "v3.0.0"]
    assert call(registry, "registry-compare", *worse).code == 0
    told = call(registry, "registry-compare", *worse, "--fail-if-worse").err
    assert told == "swreg: warning: exit code 4: the verdict is worse, worse in Accuracy\n"
    said = call(registry, "registry-compare", *worse, "--fail-if-worse", "--json")
    assert said.code == 4
    assert (said.envelope["ok"], said.envelope["data"]["verdict"]) == (False, "worse")


def test_compare_for_a_pull_request(registry: Repo, call: Call) -> None:
    said = call(registry, "registry-compare", MODEL, "v3.0.0", "v3.1.0", "--markdown")
    assert "|" in said.out


def test_history_and_limit(registry: Repo, call: Call) -> None:
    said = call(registry, "registry-history", MODEL, "--limit", "2")
    assert lines(said.out) == [
        "AT WHAT BY COMMIT REASON",
        "DAY register fraud-detection-model v3.1.0 Ada Lovelace COMMIT -",
        "DAY promote fraud-detection-model v3.0.0 staging -> production Ada Lovelace COMMIT -",
    ]


def test_get_writes_verified_files(registry: Repo, call: Call, tmp_path: Path) -> None:
    folder = tmp_path / "served"
    said = call(registry, "registry-get", MODEL, "--output", str(folder))
    assert said.out.startswith(f"{MODEL} v3.0.0 is in {folder}, verified\n")
    assert (folder / "model.bin").read_text() == "one"


def test_get_names_the_folder_like_the_version(registry: Repo, call: Call) -> None:
    assert call(registry, "registry-get", MODEL, "latest").code == 0
    assert (registry.path / "fraud-detection-v3.1.0" / "model.bin").read_text() == "two"


def test_a_write_says_what_happened_and_its_commit(registry: Repo, call: Call) -> None:
    said = call(registry, "registry-promote", "fraud-detection-v3.1.0", "--to", "staging")
    assert golden(said.out) == f"promote {MODEL} v3.1.0 dev -> staging\ncommit COMMIT\n"
    assert registry.head[:12] in said.out


def test_a_dry_run_changes_nothing(registry: Repo, call: Call) -> None:
    before = registry.head
    said = call(registry, "registry-archive", MODEL, "v3.1.0", "--dry-run")
    assert said.out == (f"would archive {MODEL} v3.1.0\nnothing was changed: this is a dry run\n")
    assert registry.head == before


def test_rollback_and_the_hold(registry: Repo, call: Call) -> None:
    for stage in ("staging", "production"):
        call(registry, "registry-promote", MODEL, "v3.1", "--to", stage)
    said = call(registry, "registry-rollback", MODEL, "--reason", "too many false positives")
    assert said.out.startswith(f"roll back {MODEL} v3.1.0 -> v3.0.0\n")
    listed = call(registry, "registry-list", "--all-versions").out
    assert "held: too many false positives" in listed
    again = call(registry, "registry-promote", MODEL, "v3.1", "--to", "staging", "--reason", "x")
    assert again.code == 1
    assert again.err.startswith("swreg: ")


def test_tags_deprecation_and_their_reasons(registry: Repo, call: Call) -> None:
    tagged = call(
        registry, "registry-tag", MODEL, "v3.1", "--add", "a", "--add", "b", "--reason", "tidy"
    )
    assert tagged.code == 0
    assert "Swreg-Reason: tidy" in registry.git("log", "-1", "--format=%B")
    said = call(
        registry, "registry-deprecate", MODEL, "v3.1", "--end-of-life", "2999-01-01",
        "--reason", "old",
    )  # fmt: skip
    assert said.code == 0
    assert "deprecated: old; end of life 2999-01-01" in call(registry, "registry-list").out


def test_a_request_an_approval_and_a_rejection(registry: Repo, call: Call) -> None:
    asked = call(
        registry, "registry-promote", MODEL, "v3.1", "--to", "staging", "--approval-required",
        "--json",
    )  # fmt: skip
    assert asked.code == 3
    envelope = asked.envelope
    assert envelope["error"]["code"] == "approval-pending"
    assert envelope["commit"] == registry.head
    assert envelope["events"][0]["event"] == "promotion-requested"
    waiting = call(registry, "registry-requests")
    assert "v3.1.0" in waiting.out
    own = call(registry, "registry-approve", MODEL, "v3.1", "--comment", "fine")
    assert own.code == 3
    assert own.err.startswith("swreg: ")
    rejected = call(registry, "registry-reject", MODEL, "v3.1", "--reason", "not yet")
    assert rejected.code == 0
    assert call(registry, "registry-requests").out == "nothing waits for approval\n"


def test_the_next_version_of_the_same_bytes(registry: Repo, call: Call) -> None:
    said = call(registry, "registry-version", MODEL, "patch", "--reason", "again")
    assert said.out.startswith(f"register {MODEL} v3.1.1\n")
    assert call(registry, "registry-version", "major").out.startswith(f"register {MODEL} v4.0.0\n")


def test_metadata_files_and_words(registry: Repo, call: Call, tmp_path: Path) -> None:
    facts = tmp_path / "facts.yaml"
    facts.write_text(
        "accuracy: 0.9\npython_version: 3.10\nrows: 100\nhyperparameters: {depth: 6, loss: log}\n"
    )
    register(
        registry, "three", "--metadata", str(facts), "--metadata", "accuracy=0.91",
        "--metadata", "features=amount, place",
    )  # fmt: skip
    data = call(registry, "registry-info", f"{MODEL}@latest", "--json").envelope["data"]
    assert data["metadata"]["accuracy"] == 0.91
    assert data["metadata"]["python_version"] == "3.10"
    assert data["metadata"]["rows"] == 100
    assert data["metadata"]["hyperparameters"] == {"depth": 6, "loss": "log"}
    assert data["metadata"]["features"] == ["amount", "place"]


@pytest.mark.parametrize(
    "words",
    [
        ["registry-list"],
        ["registry-info", MODEL],
        ["registry-history"],
        ["registry-compare", MODEL, "v3.0.0", "v3.1.0"],
        ["registry-requests"],
        ["registry-promote", MODEL, "v3.1.0", "--to", "staging"],
        ["registry-info", "nobody"],
        ["registry-list", "--stage", "nowhere"],
        ["registry-list", "--no-such-option"],
        ["registry-info"],
        ["schema", "catalog"],
    ],
    ids=" ".join,
)
def test_the_envelope_has_these_keys_in_this_order_and_nothing_else(
    registry: Repo, call: Call, words: list[str]
) -> None:
    said = call(registry, *words, "--json")
    assert said.err == ""
    envelope = said.envelope
    assert list(envelope) == KEYS
    assert (envelope["schema"], envelope["command"]) == (1, words[0])
    assert envelope["ok"] is (said.code == 0)
    if said.code:
        assert list(envelope["error"]) == ["code", "message", "hint"]
    else:
        assert envelope["error"] is None


def test_the_envelope_of_a_write_has_its_events(registry: Repo, call: Call) -> None:
    envelope = call(
        registry, "registry-promote", MODEL, "v3.1.0", "--to", "staging", "--json"
    ).envelope
    assert envelope["commit"] == registry.head
    (event,) = envelope["events"]
    assert (event["event"], event["model"], event["to"]) == ("promoted", MODEL, "staging")
    assert re.fullmatch("[0-9a-f]{16}", event["id"])
    assert envelope["data"]["stage"] == "staging"


def test_time_travel(registry: Repo, call: Call) -> None:
    before = registry.git("rev-parse", "HEAD~1")
    said = call(registry, "registry-list", "--at", before, "--json")
    assert [one["version"] for one in said.envelope["data"]] == ["v3.0.0"]


def test_a_hand_edit_is_warned_of_on_the_error_stream(registry: Repo, call: Call) -> None:
    catalog = registry.increment / "registry" / "model_catalog.yaml"
    catalog.write_text(catalog.read_text() + "\n")
    said = call(registry, "registry-list")
    assert said.err.startswith("swreg: warning: .specweave/")
    assert said.err.count("\n") == 1
    assert call(registry, "registry-list", "--json").envelope["warnings"]


def test_plain_data_keeps_every_field_and_no_infinity() -> None:
    data = plain(Envelope(command=None, ok=True, data={Version.parse("v1"): float("inf")}))
    assert list(data) == KEYS
    assert data["data"] == {"v1.0.0": None}
    json.dumps(data, allow_nan=False)


def test_columns_are_aligned_without_trailing_blanks() -> None:
    table = Table(("model", "notes"), [("a-long-name", ""), ("b", "held")])
    assert list(columns(table)) == ["MODEL        NOTES", "a-long-name", "b            held"]


def test_the_graph_shows_who_moved_where_and_the_way_back(registry: Repo, call: Call) -> None:
    for stage in ("staging", "production"):
        assert call(registry, "registry-promote", MODEL, "v3.1.0", "--to", stage).code == 0
    assert call(registry, "registry-rollback", MODEL, "--reason", "worse").code == 0
    said = call(registry, "registry-history", "--graph")
    assert DAY.sub("DAY", said.out).splitlines() == [
        MODEL,
        "DEV  STAGING  PRODUCTION  ARCHIVED  AT          VERSION  WHY",
        " │      │          ◀══════════┤     DAY  v3.0.0   back from v3.1.0: worse",
        " │      │          ├──────────▶     DAY  v3.1.0   held",
        " │      ├──────────▶          │     DAY  v3.1.0   promoted",
        " │      │          ├──────────▶     DAY  v3.0.0   replaced by v3.1.0",
        " ├──────▶          │          │     DAY  v3.1.0   promoted",
        " ●      │          │          │     DAY  v3.1.0   registered",
        " │      ├──────────▶          │     DAY  v3.0.0   promoted",
        " ├──────▶          │          │     DAY  v3.0.0   promoted",
        " ●      │          │          │     DAY  v3.0.0   registered",
    ]
    words = ["registry-history", MODEL, "--json"]
    assert call(registry, *words, "--graph").out == call(registry, *words).out
    cut = call(registry, "registry-history", "--graph", "--limit", "1")
    assert (cut.out.count("\n"), "only the first 1 rows" in cut.err) == (4, True)


def test_the_graph_in_ascii_and_of_nothing(registry: Repo, repo: Repo, call: Call) -> None:
    said = spawn(registry.path, "registry-history", "--graph", PYTHONIOENCODING="ascii")
    assert " +------>          |          |  " in said.out
    assert said.out.isascii()
    assert call(repo, "registry-history", "--graph").out == "nothing moved yet\n"

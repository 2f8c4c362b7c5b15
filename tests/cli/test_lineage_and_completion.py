"""`registry-lineage`, `registry-signature`, `reconcile` and `registry-compare --plot`."""

from __future__ import annotations

import json

import pytest

from swreg.api.experiments import track_experiment
from swreg.api.registry import ModelRegistry
from tests.cli.conftest import MODEL, Call, register
from tests.conftest import INCREMENT, Repo

V4 = "model:fraud-detection-v4.0.0"


@pytest.fixture
def traced(registry: Repo) -> Repo:
    """The repository with a third version that knows where it comes from."""
    words = ("training_data_version=v2024-01", "experiment=exp-003", "features=amount,risk")
    register(registry, "three", "--version", "v4", *(w for f in words for w in ("--metadata", f)))
    return registry


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ("tree", "data:v2024-01\n  └─> experiment:exp-003\n        └─> " + V4 + "\n"),
        ("mermaid", "flowchart LR\n  n0["),
        ("dot", "digraph lineage {\n  rankdir=LR;\n"),
        ("json", '{\n  "schema": 1,\n  "nodes": [\n    "data:v2024-01",\n'),
        ("openlineage", '{"eventType": "START", "eventTime": "'),
    ],
)
def test_lineage_in_every_format(traced: Repo, call: Call, shape: str, expected: str) -> None:
    said = call(traced, "registry-lineage", MODEL, "v4.0.0", "--format", shape)
    assert (said.code, said.out[: len(expected)], said.err) == (0, expected, "")
    if shape == "openlineage":
        events = [json.loads(line) for line in said.out.splitlines()]
        assert [event["job"]["name"] for event in events] == ["experiment:exp-003"] * 2


def test_lineage_of_a_model_is_that_of_its_production(traced: Repo, call: Call) -> None:
    said = call(traced, "registry-lineage", MODEL)
    assert said.out == "model:fraud-detection-v3.0.0\n  └─> deployment:production\n"
    said = call(traced, "registry-lineage", MODEL, "v4", "--json")
    assert V4 in said.envelope["data"]["nodes"]


def test_impact_and_users(traced: Repo, call: Call) -> None:
    said = call(traced, "registry-lineage", "--impact", "feature:amount")
    assert said.out.splitlines() == [
        "Changing feature:amount touches:",
        "  in production: none",
        f"  used by:       {V4}",
        "  derived:       none",
    ]
    said = call(traced, "registry-lineage", "--uses", "feature:amount", "--uses", "feature:risk")
    assert said.out == f"{V4}\n"
    said = call(traced, "registry-lineage", "--uses", "feature:unheard-of")
    assert said.out == "no version uses that\n"
    assert call(traced, "registry-lineage", "--impact", "deployment:production").out.count(
        "model:fraud-detection-v3.0.0"
    ) == 2  # fmt: skip


def test_impact_on_one_model(traced: Repo, call: Call) -> None:
    said = call(traced, "registry-lineage", MODEL, "--impact", "feature:amount")
    assert f"  used by:       {V4}\n" in said.out
    said = call(traced, "registry-lineage", MODEL + "@v3.0.0", "--impact", "feature:amount")
    assert "  used by:       none\n" in said.out
    found = ModelRegistry(path=traced.path).get_impact("feature:amount", name=MODEL)
    assert found.versions == (V4,)
    said = call(traced, "registry-lineage", "nobody", "--impact", "feature:amount")
    assert said.code == 1


def test_impact_of_what_nothing_names(traced: Repo, call: Call) -> None:
    said = call(traced, "registry-lineage", "--impact", "feature:amuont")
    assert (said.code, said.out) == (1, "")
    assert "did you mean feature:amount" in said.err


def test_only_what_is_wrong_with_the_asked_part(traced: Repo, call: Call) -> None:
    orphan = ("--metadata", "parent_model=elsewhere" + "@v9")
    register(traced, "four", "--version", "v5", *orphan)
    said = call(traced, "registry-lineage", MODEL, "v4")
    assert (said.code, said.err) == (0, "")
    assert "is missing" in call(traced, "registry-lineage", MODEL, "v5").err
    found = ModelRegistry(path=traced.path)
    assert "\nnote: model:elsewhere-v9.0.0 is missing" in str(found.get_lineage(MODEL, "v5"))
    assert "note:" not in str(found.get_lineage(MODEL, "v4"))


@pytest.mark.parametrize(
    "words",
    [[], [MODEL, "--uses", "feature:x"], ["--impact", "nonsense"], [MODEL, "--format", "png"]],
)
def test_lineage_asked_wrongly(traced: Repo, call: Call, words: list[str]) -> None:
    said = call(traced, "registry-lineage", *words)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("swreg: ")


def test_a_signature_is_declared_once(registry: Repo, call: Call) -> None:
    fields = ("--input", "amount=float", "--output", "risk_score=float")
    said = call(registry, "registry-signature", MODEL, "v3.1.0", *fields)
    assert (said.code, said.err) == (0, "")
    assert f"commit {registry.head[:12]}" in said.out
    folder = f".specweave/increments/{INCREMENT}/models/fraud-detection-v3.1.0"
    raw = json.loads(registry.git("show", f"HEAD:{folder}/signature.json"))
    assert (raw["inputs"], raw["outputs"]) == ({"amount": "float"}, {"risk_score": "float"})
    again = call(registry, "registry-signature", MODEL, "v3.1.0", *fields)
    assert (again.code, "declared already" in again.err) == (1, True)


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--output", "x"],
        ["--output", "x=float", "--output", "x=int"],
        ["--output", "=float"],
        ["--output", "x="],
    ],
)
def test_a_signature_that_is_none(registry: Repo, call: Call, words: list[str]) -> None:
    before = registry.head
    said = call(registry, "registry-signature", MODEL, "v3.1.0", *words)
    assert (said.code, said.out, registry.head) == (2, "", before)


def test_reconcile_tells_what_it_did(registry: Repo, call: Call) -> None:
    said = call(registry, "reconcile")
    assert (said.code, said.out) == (0, "no completed increment left a model behind\n")
    with track_experiment("exp-1", path=registry.path) as exp:
        exp.save_model([1, 2], register_as="churn")
    file = registry.increment / "metadata.json"
    file.write_text(file.read_text().replace('"active"', '"completed"'))
    said = call(registry, "reconcile", "--dry-run")
    assert "experiments/exp-1  would register  churn  v1.0.0   first version" in said.out
    said = call(registry, "reconcile")
    assert said.out.endswith(f"\ncommit {registry.head[:12]}\n")
    said = call(registry, "reconcile", "--json")
    (row,) = said.envelope["data"]
    assert (row["result"], row["model"], row["version"]) == ("present", "churn", "v1.0.0")
    assert said.envelope["commit"] is None
    said = call(registry, "reconcile", "--env", "staging")
    assert said.code == 2


def test_a_comparison_is_drawn(registry: Repo, call: Call) -> None:
    pytest.importorskip("matplotlib")
    out = registry.path.parent / "out.svg"
    said = call(registry, "registry-compare", MODEL, "v3.0.0", "v3.1.0", "--plot", str(out))
    assert (said.code, said.err) == (0, "")
    assert out.read_bytes().startswith(b"<?xml")
    said = call(registry, "registry-compare", MODEL, "v3.0.0", "v3.1.0", "--plot", "out.gif")
    assert (said.code, said.err[:30]) == (2, "swreg: cannot draw out.gif; na")

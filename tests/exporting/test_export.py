"""Exports: everything is in them, and the programs of others read what is for them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from swreg.cli.formats import schema_of
from swreg.domain.catalog import Model
from swreg.domain.document import read_document, write_document
from swreg.domain.exported import RegistryExport, events_of, models_of
from swreg.domain.names import parse_reference
from swreg.domain.stage import POINTED, Stage
from swreg.domain.version import Version
from swreg.errors import AlreadyExists, FactError, MissingExtra, NotFound, NotReady
from swreg.integrations.cyclonedx_bom import bill_of_materials
from swreg.operations.declare_signature import declare_signature
from swreg.operations.exporting.gto import export_gto
from swreg.operations.exporting.model_card import model_card
from swreg.operations.exporting.whole import gather
from swreg.operations.importing.gto import read_gto
from swreg.operations.importing.run import ImportOptions, run_import
from swreg.operations.project import Project
from swreg.operations.promote import promote
from swreg.operations.retire import archive, deprecate
from swreg.operations.rollback import rollback
from tests.acts import enter, logged, state
from tests.conftest import Repo
from tests.importing.others import Elsewhere, history, program, run
from tests.registered import NAME, add

EVIL = "a|b\n# <script>alert(1)</script> [x](http://evil) \x1b[31m ---"


@pytest.fixture
def world(repo: Repo) -> Repo:
    """Versions in every stage, a rollback, a deprecation, a model without facts."""
    add(repo.path, "v1.0.0", Stage.PRODUCTION, accuracy=0.85, framework="scikit-learn==1.5.0")
    add(
        repo.path, "v1.1.0", Stage.PRODUCTION, accuracy=0.87, framework="scikit-learn==1.5.0",
        algorithm="XGBoost", training_data_version="payments-2024-01", description=EVIL,
        hyperparameters={"depth": 3}, license="apache-2.0", inference_latency_p50="35ms",
        parent_model="fraud-detection-v1.0.0", features=["amount", "hour"],
    )  # fmt: skip
    declare_signature(
        project(repo), parse_reference(NAME, "v1.1.0"),
        inputs={"amount": "float"}, outputs={"fraud": "bool"},
    )  # fmt: skip
    rollback(project(repo), parse_reference(NAME), reason="worse")
    add(repo.path, "v1.2.0", Stage.STAGING, accuracy=0.9)
    deprecate(project(repo), parse_reference(NAME, "v1.0.0"), reason="old data")
    enter(project(repo), "v1.0.0", name="churn")
    return repo


def project(repo: Repo) -> Project:
    return Project.open(repo.path)


def exported(repo: Repo, name: str | None = None, version: str | None = None) -> RegistryExport:
    reference = parse_reference(name, version) if name else None
    return gather(project(repo), reference)


def pointers(models: dict[str, Model]) -> dict[str, dict[Stage, Version]]:
    return {
        name: {s: v for s in POINTED if (v := one.stages.get(s))} for name, one in models.items()
    }


def test_json_has_everything_and_reads_back(world: Repo) -> None:
    export = exported(world)
    text = json.dumps(write_document(export))
    jsonschema.validate(json.loads(text), schema_of("export"))
    back = read_document(RegistryExport, json.loads(text), "registry.json")
    assert back == export
    assert {model.name: model for _, model in models_of(back)} == state(world.path)
    assert events_of(back) == logged(project(world))
    told = back.models[1].versions[Version.parse("v1.1.0")]
    assert told.metadata["hyperparameters"] == {"depth": 3}
    assert told.signature["inputs"] == {"amount": "float"}
    assert [one["name"] for one in told.features["features"]] == ["amount", "hour"]
    assert told.requirements == ("scikit-learn==1.5.0",)


def test_a_part_and_the_past_can_be_exported(world: Repo) -> None:
    (one,) = exported(world, "churn").models
    assert one.name == "churn"
    (model,) = exported(world, NAME, "v1.1.0").models
    assert list(model.versions) == [Version.parse("v1.1.0")]
    before = gather(project(world), at=world.git("rev-list", "--max-parents=0", "HEAD"))
    assert (before.models, before.events) == ((), ())


def bom(repo: Repo) -> dict[str, Any]:
    pytest.importorskip("cyclonedx", reason="the package cyclonedx-python-lib is not installed")
    made: dict[str, Any] = json.loads(bill_of_materials(exported(repo), project="payments"))
    return made


def test_the_bill_of_materials_is_valid_and_the_same_for_the_same_commit(world: Repo) -> None:
    made = bom(world)  # the library's strict validator has seen it
    assert (made["bomFormat"], made["specVersion"]) == ("CycloneDX", "1.6")
    assert bom(world) == made
    by_name = {(one["name"], one.get("version")): one for one in made["components"]}
    one = by_name[NAME, "v1.1.0"]
    assert one["type"] == "machine-learning-model"
    assert [file["name"] for file in one["components"]] == ["model.bin"]
    card = one["modelCard"]
    assert card["quantitativeAnalysis"]["performanceMetrics"] == [
        {"type": "accuracy", "value": "0.87"}
    ]
    assert card["modelParameters"]["architectureFamily"] == "XGBoost"
    assert by_name["scikit-learn", "1.5.0"]["purl"] == "pkg:pypi/scikit-learn@1.5.0"
    needs = {one["ref"]: set(one.get("dependsOn", ())) for one in made["dependencies"]}
    assert {"pkg:pypi/scikit-learn@1.5.0", "data:payments-2024-01"} <= needs[one["bom-ref"]]


def test_an_empty_registry_has_a_valid_bill_too(repo: Repo) -> None:
    assert bom(repo).get("components", []) == []


def test_without_the_library_the_extra_is_named(
    world: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cyclonedx.output.json", None)
    with pytest.raises(MissingExtra, match=r"pip install 'swreg\[sbom\]'"):
        bill_of_materials(exported(world), project="payments")


def test_a_model_card_is_read_by_the_hubs_own_library(world: Repo) -> None:
    hub = pytest.importorskip("huggingface_hub", reason="huggingface_hub is not installed")
    (model,) = exported(world, NAME, "v1.1.0").models
    text = model_card(model, Version.parse("v1.1.0"))
    card = hub.ModelCard(text)
    assert card.data.library_name == "sklearn"
    assert card.data.license == "apache-2.0"
    (result,) = card.data.eval_results
    assert (result.metric_type, result.metric_value) == ("accuracy", 0.87)
    assert result.dataset_name == "payments-2024-01"
    assert card.data.tags == ["swreg", "archived"]
    assert "<script>" not in card.text
    assert "\x1b" not in text
    assert hub.ModelCard(text).content == card.content


def test_a_card_without_facts_claims_nothing(world: Repo) -> None:
    hub = pytest.importorskip("huggingface_hub", reason="huggingface_hub is not installed")
    (model,) = exported(world, "churn", "v1.0.0").models
    card = hub.ModelCard(model_card(model, Version.parse("v1.0.0")))
    assert card.data.to_dict() == {"tags": ["swreg", "dev"]}
    assert "No description is recorded." in card.text


def clone(repo: Repo, path: Path) -> Repo:
    repo.git("clone", "--quiet", str(repo.path), str(path))
    return Repo(path)


def test_tags_come_back_as_the_same_pointers(world: Repo, tmp_path: Path) -> None:
    there = clone(world, tmp_path / "there")
    refs = world.git("for-each-ref")
    export_gto(project(world), exported(world), there.path)
    assert world.git("for-each-ref") == refs
    other = Repo(tmp_path / "other")
    other.path.mkdir()
    other.git("init", "--quiet", "--initial-branch=main")
    other.write(".specweave/increments/0001-import/spec.md", "# Import\n")
    other.commit("chore: start")
    how = ImportOptions()
    run_import(Project.open(other.path), read_gto(there.path), how=how)
    mine, theirs = state(world.path), state(other.path)
    assert pointers(theirs) == pointers(mine)
    for name, model in mine.items():
        assert set(theirs[name].versions) == set(model.versions)
        for version, entry in model.versions.items():
            copy = theirs[name].versions[version]
            assert copy.artifact.content == entry.artifact.content
            assert copy.registered.at == entry.registered.at


def test_a_second_export_makes_no_tag_and_a_dry_run_none_at_all(
    world: Repo, tmp_path: Path
) -> None:
    there = clone(world, tmp_path / "there")
    export = exported(world)
    assert export_gto(project(world), export, there.path, dry_run=True).data.tags
    assert there.git("tag", "--list") == ""
    export_gto(project(world), export, there.path)
    before = there.git("for-each-ref")
    again = export_gto(project(world), exported(world), there.path)
    assert not [one for one in again.data.tags if one.fresh]
    assert there.git("for-each-ref") == before
    archive(project(world), parse_reference("churn", "v1.0.0"), reason="unused")
    promote(project(world), parse_reference(NAME, "v1.2.0"), to=Stage.PRODUCTION)
    more = export_gto(project(world), exported(world), there.path)
    assert [str(one.said) for one in more.data.tags if one.fresh]


def test_what_gto_cannot_hold_and_what_is_not_there_is_refused(world: Repo, tmp_path: Path) -> None:
    with pytest.raises(NotReady, match="no git repository"):
        export_gto(project(world), exported(world), tmp_path)
    empty = Repo(tmp_path / "empty")
    empty.path.mkdir()
    empty.git("init", "--quiet")
    with pytest.raises(NotFound, match="lacks the commit that registered"):
        export_gto(project(world), exported(world), empty.path)
    there = clone(world, tmp_path / "there")
    Elsewhere(there).tag("churn@v1.0.0", "2020-01-01T10:00:00Z")
    with pytest.raises(AlreadyExists, match=r"churn@v1\.0\.0 is there and says something else"):
        export_gto(project(world), exported(world), there.path)
    assert there.git("tag", "--list") == "churn@v1.0.0"
    enter(project(world), "v1.0.0", name="a.b")
    with pytest.raises(FactError, match=r"gto takes no such name: a\.b"):
        export_gto(project(world), exported(world), there.path)


@pytest.mark.real
def test_gto_shows_the_stages_as_they_are_here(world: Repo, tmp_path: Path) -> None:
    gto = program("gto")
    there = clone(world, tmp_path / "there")
    export_gto(project(world), exported(world), there.path)
    shown = json.loads(run(gto, "show", "--json", cwd=there.path))
    mine = state(world.path)
    assert {
        name: {stage: told for stage, told in one["stage"].items() if told}
        for name, one in shown.items()
    } == {
        name: {str(stage): str(version) for stage, version in model.stages.items()}
        for name, model in mine.items()
    }
    for name, one in shown.items():
        assert one["version"] == str(mine[name].latest)


@pytest.mark.real
def test_gto_takes_two_versions_of_one_commit_each_by_itself(repo: Repo, tmp_path: Path) -> None:
    """Imported together they share a commit, on which GTO would refuse to work at all."""
    gto = program("gto")
    theirs = history(tmp_path / "theirs")
    run_import(project(repo), read_gto(theirs.repo.path))
    there = clone(repo, tmp_path / "there")
    export_gto(project(repo), exported(repo), there.path)
    shown = json.loads(run(gto, "show", "churn", "--json", cwd=there.path))
    assert {one["version"] for one in shown} == {"v1.0.0", "v1.1.0"}

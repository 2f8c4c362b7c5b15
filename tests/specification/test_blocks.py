"""Every Python block of the specification, executed as written and in its order.

One script in one repository: the blocks share their names, as a reader would run them. Around a
block stands only what it takes for granted (a trained model, outcomes of an A/B test, who is
asking), and after it what it promised is looked at. The blocks whose ground is not built yet are
named with what is missing, and fail here on the day it is.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import swreg
from swreg.domain.version import Version
from swreg.operations.approve import PendingRequest
from tests.conftest import ROOT, Repo
from tests.specification.world import FEATURES, NAME, World, block_texts, trained
from tests.stores.servers.table import serve

BLOCKS = block_texts(Path(__file__).with_name("blocks.md"))


@dataclass(frozen=True)
class Step:
    """What stands before a block, and what must hold after it; or why it cannot run yet.

    A block that needs somebody else's server runs `elsewhere`.
    """

    before: Callable[[World, pytest.MonkeyPatch], None] = lambda world, patch: None
    after: Callable[[World], None] = lambda world: None
    missing: str | None = None
    elsewhere: str | None = None


def train(world: World, patch: pytest.MonkeyPatch) -> None:
    world.names |= {"trained_model": trained(1), "feature_names": FEATURES}


def registered(world: World) -> None:
    made = world.names["model_version"]
    assert (made.version, made.stage) == ("v3.0.0", "dev")
    assert made.metadata["hyperparameters"]["n_estimators"] == 673
    files = {path.name for path in made.path.iterdir()}
    assert {"model.pkl", "metadata.json", "requirements.txt", "features.yaml"} <= files


def minor_made(world: World) -> None:
    assert world.version("v3.1.0").stage == "dev"


def first_live(world: World, patch: pytest.MonkeyPatch) -> None:
    """v3.0.0 serves before v3.1.0 is asked for, and somebody else has approved that already."""
    for stage in ("staging", "production"):
        world.registry.promote_model(NAME, "v3.0.0", to_stage=stage)
    world.act_as("Grace Hopper", "grace@example.org", patch)
    world.registry.approve_model(NAME, "v3.1.0", stage="staging")
    world.act_as("Ada Lovelace", "ada@example.org", patch)
    world.outcomes(better=True)


def promoted(world: World) -> None:
    assert world.names["ab_test_results"]["treatment_is_better"] is True
    assert world.in_production() == "v3.1.0"


def rolled_back(world: World) -> None:
    assert world.in_production() == "v3.0.0"
    assert "high false positive rate" in world.version("v3.1.0").metadata["held"]
    page = world.repo.path / ".specweave/model-registry.yaml"
    assert "error_rate" in page.read_text("utf-8")


def retrieved(world: World) -> None:
    for name in ("model", "model_v3", "model_jan"):
        assert world.names[name].predict([[3.0, 0.0, 3.0]])[0]


def known(world: World) -> None:
    told = world.names["model_metadata"]
    kept = world.version("v3.1.0").metadata
    same = ("name", "version", "algorithm", "framework", "accuracy", "recall", "features")
    assert {"stage", "created_at", "updated_at", "tags", "model_size"} <= kept.keys() & told.keys()
    assert [key for key in same if key not in kept] == []


def traced(world: World) -> None:
    tree = str(world.names["lineage"])
    assert "data:v2024-01" in tree
    assert "model:fraud-detection-v3.1.0" in tree


def compared(world: World) -> None:
    assert str(world.names["comparison"]).startswith("Comparison: v3.0.0 vs v3.1.0\n====")


def training(world: World, patch: pytest.MonkeyPatch) -> None:
    rows = [[0.0, 0.0, 0.0]]
    world.names |= {"train_model": lambda x, y: trained(2), "X_train": rows, "y_train": [0]}
    world.names["track_experiment"] = swreg.track_experiment


def from_experiment(world: World) -> None:
    latest = world.registry.get_version(NAME)
    assert latest.metadata["experiment"] == "xgboost-v1"


def in_a_bucket(world: World, patch: pytest.MonkeyPatch) -> None:
    """A server of S3 with that bucket, as the environment names it; the later blocks use it, too."""
    server = world.servers.enter_context(serve("moto", world.repo.path.parent))
    for name, value in server.environment.items():
        patch.setenv(name, value)


def from_the_bucket(world: World) -> None:
    made = world.registry.register_model(NAME, trained(7), metadata={"accuracy": 0.88})
    assert {path.name for path in made.path.iterdir()}.isdisjoint({"model.pkl"})
    assert world.registry.get_model(NAME, made.version).predict([[3.0, 0.0, 3.0]])[0]
    stores = {row.version: row.store for row in world.registry.list_models(all_versions=True)}
    assert stores[Version.parse(made.version)] == "s3://ml-models/registry"


def one_model(world: World, patch: pytest.MonkeyPatch) -> None:
    world.count = len(world.registry.list_models(all_versions=True))


def three_more(world: World) -> None:
    assert len(world.registry.list_models(all_versions=True)) == world.count + 3


def signed(world: World) -> None:
    text = (world.version("v3.1.0").path / "signature.json").read_text("utf-8")
    assert '"risk_score": "float"' in text
    assert '"declared"' in text


def someone_asks(world: World, patch: pytest.MonkeyPatch) -> None:
    """Ada asks for v3.1.0, once its hold is lifted; the block is Grace's."""
    registry = world.registry
    registry.promote_model(
        NAME, "v3.1.0", to_stage="dev", lift_hold=True, reason="threshold mended"
    )
    registry.promote_model(NAME, "v3.1.0", to_stage="staging")
    asked = registry.promote_model(NAME, "v3.1.0", approval_required=True)
    assert isinstance(asked, PendingRequest)
    world.act_as("Grace Hopper", "grace@example.org", patch)


def approved(world: World) -> None:
    assert world.in_production() == "v3.1.0"
    assert world.version("v3.1.0").metadata["approver"].startswith("[email")


def older(world: World, patch: pytest.MonkeyPatch) -> None:
    world.registry.register_model(NAME, trained(9), "v2.5.0", {"accuracy": 0.8})


def deprecated(world: World) -> None:
    assert world.version("v2.5.0").metadata["end_of_life"] == "2024-06-01"


def monitored(world: World, patch: pytest.MonkeyPatch) -> None:
    world.names["ModelMonitor"] = swreg.ModelMonitor


def watched(world: World) -> None:
    text = (world.repo.path / ".specweave/model-registry.yaml").read_text("utf-8")
    assert "accuracy" in text


def governed(world: World, patch: pytest.MonkeyPatch) -> None:
    world.names["ModelGovernance"] = swreg.ModelGovernance


def audited(world: World) -> None:
    report = world.names["audit_report"]
    assert str(report).startswith("# Audit of fraud-detection-model")
    assert report.integrity == (), report.integrity


def environments(world: World, patch: pytest.MonkeyPatch) -> None:
    world.names["ModelRegistry"] = swreg.ModelRegistry
    world.registry.promote_to("fraud-detection-v3.1.0", "dev")


def copied(world: World) -> None:
    staging = world.names["registry_staging"]
    assert [row.stage for row in staging.list_models()] == ["dev"]


STEPS = {
    "1. Model Registration": Step(train, registered),
    "2. Model Versioning": Step(after=minor_made),
    "3. Model Promotion": Step(first_live, promoted),
    "4. Model Rollback": Step(after=rolled_back),
    "5. Model Retrieval": Step(after=retrieved),
    "Tracked Metadata": Step(after=known),
    "Tracking Model Lineage": Step(after=traced),
    "Model Comparison": Step(after=compared),
    "Automatic Registration": Step(training, from_experiment),
    "MLflow Model Registry": Step(elsewhere="tests/mlflow/test_specification.py"),
    "Custom Registry": Step(in_a_bucket, from_the_bucket),
    "1. Semantic Versioning": Step(one_model, three_more),
    "2. Model Signatures": Step(after=signed),
    "3. Model Approval Workflow": Step(someone_asks, approved),
    "4. Model Deprecation": Step(older, deprecated),
    "1. Model Monitoring Integration": Step(monitored, watched),
    "2. Model Governance": Step(governed, audited),
    "3. Multi-Environment Registry": Step(environments, copied),
}


def test_every_block_is_in_the_table() -> None:
    assert list(STEPS) == list(BLOCKS)


@pytest.mark.slow
def test_the_blocks_run_as_written(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repo.path)
    # The specification asks what was live on 15 January 2024, so its story happens before.
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2024-01-10T09:00:00Z")
    world = World(repo)
    world.names["run_ab_test"] = swreg.run_ab_test
    with world.servers:
        run(world, monkeypatch)


def run(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for heading, step in STEPS.items():
        if step.missing is not None:
            assert step.missing not in swreg.__all__, f"{heading} can run now"
            continue
        if step.elsewhere is not None:
            assert (ROOT / step.elsewhere).is_file()
            continue
        step.before(world, monkeypatch)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(compile(BLOCKS[heading], heading, "exec"), world.names)
        step.after(world)
        # A run's own files are the user's to commit; all else is committed.
        assert [
            line for line in world.repo.status().splitlines() if "/experiments/" not in line
        ] == []

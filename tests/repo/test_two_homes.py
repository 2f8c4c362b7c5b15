"""One model that two branches registered in two increments: git merges it, writes refuse it."""

from __future__ import annotations

import pytest

from swreg.domain.events import UnitedEvent
from swreg.domain.lineage import read_lineage
from swreg.domain.stage import Stage
from swreg.errors import BrokenFile, Contention, UsageError
from swreg.operations.auditing import audit
from swreg.operations.describing import info
from swreg.operations.doctor import doctor
from swreg.operations.history import history
from swreg.operations.project import reference
from swreg.operations.resolving import resolve
from swreg.operations.uniting import models_in_two_homes
from swreg.operations.verifying import verify
from swreg.operations.version_files import load_json
from tests.conftest import INCREMENT, Repo
from tests.repo.branches import HOME, NAME, add, bring, model, pointers, project

OTHER = "0043-fraud-again"
OTHER_HOME = f".specweave/increments/{OTHER}"


@pytest.fixture
def twice(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """v1.0.0 of the model in 0042, v2.0.0 later in 0043, and another model there."""
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2024-01-20T10:00:00Z")
    repo.write(f"{OTHER_HOME}/spec.md", "# Again\n")
    repo.commit("feat: a second increment")
    repo.git("switch", "--quiet", "--create", "side")
    data = {"training_data_version": "v2024-02"}
    add(repo, "v2.0.0", increment="0043", metadata=data)
    add(repo, "v1.0.0", name="churn-model", increment="0043", metadata=data)
    repo.git("switch", "--quiet", "main")
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2024-01-10T10:00:00Z")
    add(repo, "v1.0.0", increment="0042", metadata={"training_data_version": "v2024-01"})
    monkeypatch.delenv("GIT_COMMITTER_DATE")
    return repo


def merge(repo: Repo) -> None:
    repo.git("merge", "--quiet", "--no-edit", "side")


def lineage(repo: Repo, home: str) -> tuple[str, ...]:
    path = repo.path / home / "registry/lineage_graph.json"
    return read_lineage(load_json(path.read_bytes(), "graph")).nodes


def test_both_become_one(twice: Repo) -> None:
    merge(twice)
    assert models_in_two_homes(project(twice)) == [NAME]
    with pytest.raises(BrokenFile, match="swreg resolve"):
        bring(twice, "v2.0.0", Stage.STAGING)
    outcome = resolve(project(twice))
    assert outcome.data.united == (f"{NAME} stands in {INCREMENT} now, no longer in {OTHER}",)
    (record,) = outcome.records
    assert isinstance(record.event, UnitedEvent)
    assert twice.status() == ""
    assert twice.head == outcome.commit
    registry = project(twice).registry()
    assert registry.homes_of(NAME) == [HOME]
    assert registry.homes_of("churn-model") == [OTHER_HOME]
    # The files of v2.0.0 are found where they were registered.
    bring(twice, "v2.0.0", Stage.STAGING)
    assert lineage(twice, HOME) == (
        "data:v2024-01", "data:v2024-02", "model:fraud-detection-v1.0.0",
        "model:fraud-detection-v2.0.0",
    )  # fmt: skip
    assert lineage(twice, OTHER_HOME) == ("data:v2024-02", "model:churn-v1.0.0")
    assert resolve(project(twice)).data.united == ()


def test_reads_that_want_one_version_refuse_and_others_warn(twice: Repo) -> None:
    bring(twice, "v1.0.0", Stage.STAGING, Stage.PRODUCTION)
    merge(twice)
    for word in (NAME, f"{NAME}@latest"):
        with pytest.raises(BrokenFile, match=f"{HOME}, {OTHER_HOME}; run: swreg resolve"):
            info(project(twice), reference(word))
    told = info(project(twice), reference(NAME, "v2.0.0"))
    assert told.warnings == (f"{NAME} stands in several catalogs; run swreg resolve",)
    assert [one.kind for one in history(project(twice), NAME).data].count("registered") == 2
    assert audit(project(twice), NAME).data.model == NAME
    assert verify(project(twice), reference(NAME)).data.versions == 2


def test_doctor_finds_it(twice: Repo) -> None:
    def said() -> tuple[str, str]:
        (check,) = (one for one in doctor(project(twice)).data if one.id == "SWR918")
        return check.finding, check.fix

    assert said() == ("", "")
    add(twice, "v1.0.0", name="churn", increment="0042")
    merge(twice)
    assert said() == (f"{NAME} stands in two catalogs: {HOME}, {OTHER_HOME}", "swreg resolve")
    resolve(project(twice))
    assert said()[0] == "models share their folders: churn and churn-model"


def test_two_productions_wait_for_a_decision(twice: Repo) -> None:
    live = (Stage.STAGING, Stage.PRODUCTION)
    bring(twice, "v1.0.0", *live)
    twice.git("switch", "--quiet", "side")
    bring(twice, "v2.0.0", *live)
    twice.git("switch", "--quiet", "main")
    merge(twice)
    before = twice.head
    with pytest.raises(Contention, match=f"production of {NAME}: ours has v1.0.0, theirs v2.0.0"):
        resolve(project(twice))
    with pytest.raises(UsageError, match="is in no conflict"):
        resolve(project(twice), ours=["churn-model:production"])
    assert twice.head == before
    resolve(project(twice), theirs=[f"{NAME}:production"])
    assert pointers(twice) == {"production": "v2.0.0"}
    first, second = (model(twice).versions[one] for one in sorted(model(twice).versions))
    assert first.deployed_at is None
    assert second.deployed_at is not None


def test_a_dry_run_changes_nothing(twice: Repo) -> None:
    merge(twice)
    before = twice.head
    outcome = resolve(project(twice), dry_run=True)
    assert (outcome.commit, twice.head, twice.status()) == (None, before, "")
    assert outcome.data.united

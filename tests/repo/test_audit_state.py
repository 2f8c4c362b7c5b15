"""The audit lists what is broken instead of stopping at it."""

from __future__ import annotations

from swreg.operations.auditing import audit
from swreg.operations.register import register
from tests.conftest import Repo
from tests.repo.branches import HOME, NAME, project, registered

OTHER = "0043-other"


def test_a_broken_catalog_is_a_finding(repo: Repo) -> None:
    registered(repo)
    file = repo.path.parent / "churn.bin"
    file.write_text("churn", encoding="utf-8")
    repo.write(f".specweave/increments/{OTHER}/spec.md", "# other\n")
    register(project(repo), "churn-model", artifact=file, version="v1", increment=OTHER)
    repo.write(f".specweave/increments/{OTHER}/registry/model_catalog.yaml", "models: [\n")
    repo.commit("chore: break it")
    report = audit(project(repo)).data
    broken = [one for one in report.integrity if one.id == "SWR312"]
    assert [one.where.split("/")[2] for one in broken] == [OTHER]
    assert {one.model for one in report.versions} == {NAME}
    assert "SWR312" in str(report)
    assert audit(project(repo), NAME).data.deployments


def test_other_bytes_are_a_finding(repo: Repo) -> None:
    registered(repo)
    assert not [one for one in audit(project(repo)).data.integrity if one.id == "SWR311"]
    folder = repo.path / HOME / "models" / "fraud-detection-v2.0.0"
    changed = next(one for one in folder.iterdir() if one.suffix == ".bin")
    changed.write_text("other bytes", encoding="utf-8")
    repo.commit("chore: swap")
    found = [one for one in audit(project(repo)).data.integrity if one.id == "SWR311"]
    assert len(found) == 1
    assert "v2.0.0" in found[0].what
    assert found[0].where

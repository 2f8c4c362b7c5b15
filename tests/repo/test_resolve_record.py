"""A decision of `swreg resolve` is on record: the checks and the audit agree with it for ever."""

from __future__ import annotations

import pytest

from swreg.domain.stage import Stage
from swreg.operations.auditing import audit
from swreg.operations.checking import check
from swreg.operations.resolving import resolve
from tests.conftest import Repo
from tests.repo.branches import NAME, bring, git, model, pointers, project
from tests.repo.test_resolve import diverge, textual

__all__ = ["textual"]


def faults(repo: Repo) -> list[str]:
    """What the check calls errors, and the audit a disagreement of state and records."""
    found = check(project(repo)).data.findings
    told = [f"{one.id} {one.what}" for one in found if one.severity == "error"]
    integrity = audit(project(repo)).data.integrity
    ids = ("SWR303", "SWR304", "SWR305")
    return [*told, *(f"{one.id} {one.what}" for one in integrity if one.id in ids)]


@pytest.mark.parametrize(("side", "staged"), [("ours", "v2.0.0"), ("theirs", "v3.0.0")])
@pytest.mark.parametrize("stage", [Stage.STAGING, Stage.PRODUCTION])
def test_what_was_decided_is_recorded(textual: Repo, side: str, staged: str, stage: Stage) -> None:
    before = faults(textual)
    way = (Stage.STAGING, Stage.PRODUCTION)[: 1 + (stage is Stage.PRODUCTION)]
    diverge(textual, lambda: bring(textual, "v2.0.0", *way), lambda: bring(textual, "v3.0.0", *way))
    git(textual, "merge", "side")
    outcome = resolve(project(textual), **{side: [f"{NAME}:{stage}"]})  # type: ignore[arg-type]
    assert outcome.exit_code == 0
    textual.git("commit", "--quiet", "--no-edit")
    assert pointers(textual)[str(stage)] == staged
    assert f'Swreg-Decided: ["{stage}={side}"]' in textual.git("log", "-1", "--format=%B")
    assert faults(textual) == before == []
    assert check(project(textual), staged=False, commit_range="HEAD^1..HEAD").exit_code == 0
    bring(textual, "v2.0.0" if staged == "v3.0.0" else "v3.0.0", Stage.STAGING)
    assert faults(textual) == []
    assert model(textual).versions

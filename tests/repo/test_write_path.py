"""The one write path in a real repository."""

from __future__ import annotations

from tests.acts import back, bring, enter, opened, require_consistent, state
from tests.conftest import Repo


def test_a_model_on_its_way(repo: Repo) -> None:
    project = opened(repo.path)
    enter(project, "v1.0.0")
    enter(project, "v1.1.0")
    for version in ("v1.0.0", "v1.1.0"):
        bring(project, version, "staging")
        bring(project, version, "production")
    back(project)
    require_consistent(repo.path)
    (model,) = state(repo.path).values()
    assert str(model.production) == "v1.0.0"
    assert repo.status() == ""

"""What an A/B test may do to a deployment, and what ends the test."""

from __future__ import annotations

import time

import pytest

from swreg.domain.stage import Stage
from swreg.operations.ab.dealing import record_outcomes
from swreg.operations.ab.plan import Plan
from swreg.operations.ab.start import start
from swreg.operations.project import Project
from tests.conftest import Repo
from tests.monitoring.monitored import ERRORS, deploy, live, look, rules
from tests.registered import NAME, add


@pytest.fixture
def arms(repo: Repo) -> Repo:
    """v1.0.0 was in production, v1.1.0 is, v2.0.0 is in staging."""
    deploy(repo, "v1.0.0", "v1.1.0")
    add(repo.path, "v2.0.0", Stage.STAGING, accuracy=0.9)
    return repo


def begin(repo: Repo) -> None:
    start(Project.open(repo.path), NAME, Plan(metric="error_rate", split=0.5))


def test_outcomes_of_a_test_are_no_samples_of_the_service(arms: Repo) -> None:
    begin(arms)
    rules(arms, ERRORS)
    said = [(f"user-{n}", 1.0) for n in range(100)]
    record_outcomes(Project.open(arms.path), NAME, said, now=time.time() + 1)
    (checked,) = look(arms).data
    assert checked.judged.decision.outcome == "unknown"
    assert live(arms) == "v1.1.0"

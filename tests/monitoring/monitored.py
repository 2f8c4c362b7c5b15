"""A model with versions that were in production one after the other, and its samples."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from swreg.domain.policy import TriggerRule
from swreg.domain.stage import Stage
from swreg.monitoring.batch import Series
from swreg.operations.monitoring.check import Checked, check
from swreg.operations.monitoring.configuring import set_auto_rollback
from swreg.operations.monitoring.sources import sample_store
from swreg.operations.outcome import Outcome
from swreg.operations.policy_rules import drop_trigger
from swreg.operations.project import Project
from swreg.operations.transaction import WriteOptions
from tests.conftest import Repo
from tests.registered import NAME, add

ERRORS = TriggerRule(metric="error_rate", threshold=0.05, window="1h", min_samples=10)


def deploy(repo: Repo, *versions: str) -> None:
    """Each version in production, the last one live."""
    for version in versions:
        add(repo.path, version, Stage.PRODUCTION, accuracy=0.9)


def rules(repo: Repo, *wanted: TriggerRule) -> None:
    set_auto_rollback(Project.open(repo.path), wanted)


def alerts(repo: Repo, rule: TriggerRule) -> None:
    """A rule that only tells, in place of the one that rolls back for the same figure."""
    drop_trigger(Project.open(repo.path), replace(rule, mode="rollback"))
    rules(repo, replace(rule, mode="alert"))


def behave(
    path: Path,
    version: str,
    values: Sequence[float],
    *,
    metric: str = "error_rate",
    at: float | None = None,
) -> None:
    """Samples of a version, all of the same moment, by default a second from now."""
    project = Project.open(path)
    when = time.time() + 1 if at is None else at
    with sample_store(project) as store:
        series = Series(model=NAME, version=version, metric=metric)
        store.add(series, [when] * len(values), values, now=when)


def look(repo: Repo, *, after: float = 60.0, dry_run: bool = False) -> Outcome[tuple[Checked, ...]]:
    """Check as it will be some seconds from now."""
    options = WriteOptions(dry_run=dry_run)
    return check(Project.open(repo.path), now=time.time() + after, options=options)


def live(repo: Repo) -> str:
    """The version in production."""
    return str(Project.open(repo.path).registry().model(NAME)[1].production)

"""The registry's own state in the Prometheus text format, as text, into a file, or by HTTP."""

from __future__ import annotations

import os
from pathlib import Path

from swreg.domain.catalog import Model
from swreg.domain.decisions import Decision
from swreg.domain.stage import POINTED, Stage
from swreg.domain.version import Version
from swreg.errors import EnvironmentFault
from swreg.monitoring.exposition import Deployed, exposition
from swreg.operations.monitoring.baseline import seconds
from swreg.operations.monitoring.branch import seen_from
from swreg.operations.monitoring.judging import judge
from swreg.operations.monitoring.sources import sample_store
from swreg.operations.outcome import Outcome, read_outcome
from swreg.operations.project import Project

_GRAVITY = ("ok", "unknown", "pending", "fire")


def export(project: Project, *, now: float) -> Outcome[str]:
    """What stands in which stage since when, what is held, and what the triggers say."""
    project.require_layout()
    project = seen_from(project)
    deployed = [
        one
        for _, model in project.registry().models()
        for version in model.versions
        if (one := _deployed(model, version)) is not None
    ]
    worst: dict[tuple[str, str], Decision] = {}
    with sample_store(project) as store:
        for judged in judge(project, store, now=now):
            key = (judged.model, judged.decision.metric)
            worst[key] = max(worst.get(key, judged.decision), judged.decision, key=_gravity)
    decisions: dict[str, list[Decision]] = {}
    for (name, _), decision in worst.items():
        decisions.setdefault(name, []).append(decision)
    return read_outcome("monitor-export", exposition(deployed, decisions))


def _deployed(model: Model, version: Version) -> Deployed | None:
    entry, stage = model.versions[version], model.stage_of(version)
    if stage not in POINTED and entry.hold is None:
        return None
    since = entry.deployed_at if stage is Stage.PRODUCTION else None
    return Deployed(
        model=model.name,
        version=str(version),
        stage=str(stage),
        since=None if since is None else seconds(since),
        held=entry.hold is not None,
    )


def _gravity(decision: Decision) -> int:
    """Of several rules for one metric the gravest is shown."""
    return _GRAVITY.index(decision.outcome)


def write_whole(path: Path, text: str) -> None:
    """Replace the file at once: a collector that reads it never sees half of it."""
    half = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        half.write_text(text, encoding="utf-8")
        half.replace(path)
    except OSError as error:
        half.unlink(missing_ok=True)
        raise EnvironmentFault(f"{path} cannot be written: {error.strerror}") from error

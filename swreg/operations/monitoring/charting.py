"""A chart of what a model's metric did while versions came and went."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from swreg.domain.names import parse_name
from swreg.domain.readings import READINGS
from swreg.monitoring.plot import Mark, plot
from swreg.operations.monitoring.deployments import deployments, live_at
from swreg.operations.monitoring.recording import require_metric
from swreg.operations.monitoring.rules import plain_look, rules_of
from swreg.operations.monitoring.sources import sample_store, source_of
from swreg.operations.monitoring.status import observe
from swreg.operations.outcome import Outcome, read_outcome
from swreg.operations.past import model_events
from swreg.operations.project import Project
from swreg.storage.source import Revision

STEPS = 120


def chart(
    project: Project, name: str, metric: str, path: Path, *, now: float, window: float
) -> Outcome[str]:
    """Write the metric over the window, of whichever version was in production at each time."""
    require_metric(project.policy, parse_name(name), metric)
    home, model = project.registry(names=[name]).model(name)
    source = Revision(project.git, project.tip)
    there = deployments(list(model_events(source, home, model.name)))
    rules = rules_of(project.policy.monitoring, model.name)
    trigger = plain_look(metric, window, rules=rules)
    part = window / STEPS
    look = replace(trigger, window=part)
    figures: list[tuple[float, float | None]] = []
    with sample_store(project) as store:
        asked = source_of(project, store)
        for left in range(STEPS - 1, -1, -1):
            end = now - part * left
            version = live_at(there, end - part / 2)
            seen = version and observe(asked, look, model.name, version, end)
            figures.append((end, seen.known if seen else None))
    ruled = [one.trigger for one in rules if one.trigger.metric == metric]
    plot(
        path,
        figures,
        title=f"{model.name}: {metric} ({trigger.aggregate})",
        unit=READINGS[metric].unit if metric in READINGS else "",
        limit=next((one.threshold for one in ruled if one.relative_to is None), None),
        marks=[Mark(at=one.at, text=one.text) for one in there if one.at > now - window],
    )
    return read_outcome("monitor-status", str(path))

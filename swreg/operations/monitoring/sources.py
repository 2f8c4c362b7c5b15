"""Where a project's samples are, and which source answers for its figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from swreg.domain.duration import parse_duration
from swreg.domain.policy import Monitoring
from swreg.errors import UsageError
from swreg.monitoring.batch import Retention
from swreg.monitoring.prometheus import Prometheus
from swreg.monitoring.promql import Query
from swreg.monitoring.samples import SampleStore
from swreg.monitoring.secrets import PROMETHEUS_TOKEN, secret
from swreg.monitoring.sources import Source, StoredSamples
from swreg.operations.project import Project

ENDING = ".sqlite3"


def samples_path(project: Project) -> Path:
    """The file of the sample store: as configured, else in git's own directory.

    An environment has a file of its own, because its models may have the same names.
    """
    said = project.policy.monitoring.samples
    if said is None:
        own = f"-{project.layout.environment}" if project.layout.environment else ""
        return project.git.common_dir / "swreg" / f"samples{own}{ENDING}"
    # A corrupt store is renamed, so a committed path must not be able to name just any file.
    if not said.endswith(ENDING):
        raise UsageError(
            f"monitoring.samples {said!r} does not end with {ENDING}",
            f"write it like var/samples{ENDING}",
        )
    inside = PurePosixPath(said)
    if inside.is_absolute() or ".." in inside.parts or "\\" in said or ":" in said:
        raise UsageError(
            f"monitoring.samples {said!r} leaves the repository", f"write var/samples{ENDING}"
        )
    path = project.git.root / inside
    for part in (path, *list(path.parents)[: len(inside.parts) - 1]):
        if part.is_symlink():
            raise UsageError(
                f"monitoring.samples {said!r} goes through the link {part.name}",
                "name the real place, in the repository",
            )
    return path


@contextmanager
def sample_store(project: Project) -> Iterator[SampleStore]:
    """The sample store of the project, closed again at the end."""
    ours = project.policy.monitoring.samples is None
    with SampleStore(samples_path(project), ours=ours) as store:
        yield store


def source_of(project: Project, store: SampleStore) -> Source:
    """The source that the configuration names: a Prometheus server, else the sample store."""
    monitoring = project.policy.monitoring
    if monitoring.prometheus is None:
        return StoredSamples(store)
    return prometheus(monitoring)


def prometheus(monitoring: Monitoring) -> Prometheus:
    """The configured server; `SWREG_PROMETHEUS_TOKEN` in the environment is its bearer token."""
    token = secret(PROMETHEUS_TOKEN)
    return Prometheus(
        monitoring.prometheus or "",
        queries=queries(monitoring.queries),
        headers={"Authorization": f"Bearer {token}"} if token else None,
    )


def queries(configured: Mapping[str, str]) -> dict[str, Query]:
    """The queries by metric; `latency.samples` counts the samples that `latency` rests on.

    >>> queries({"latency": "a", "latency.samples": "b"})["latency"].samples
    'b'
    """
    return {
        metric: Query(value=text, samples=configured.get(f"{metric}.samples"))
        for metric, text in configured.items()
        if not metric.endswith(".samples")
    }


def retention(monitoring: Monitoring) -> Retention:
    """How long samples are kept: the defaults, cut at the configured length."""
    longest = parse_duration(monitoring.retention, kind="retention")
    usual = Retention()
    return Retention(
        points=min(usual.points, longest),
        minutes=min(usual.minutes, longest),
        hours=longest,
    )

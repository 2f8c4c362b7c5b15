"""A version's lineage as OpenLineage run events, which data catalogs such as Marquez take.

OpenLineage knows jobs, that read and write data sets. Here data, features and versions are data
sets; feature engineering, experiments and deployments are jobs, and each had one run for this
version. What one job hands to the next is a data set named after the job and the version.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from swreg.domain.lineage import LineageGraph, kind_of, place
from swreg.domain.names import parse_reference

SCHEMA = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
_FACET = "https://openlineage.io/spec/facets/{0}.json#/$defs/{1}"
PRODUCER = "urn:swreg:registry"
NAMESPACE = "swreg"
_JOBS = frozenset(["feature-engineering", "experiment", "deployment"])


@dataclass(slots=True)
class _Job:
    """A job with the data sets it reads and writes, in order and each once."""

    name: str
    inputs: dict[str, None] = field(default_factory=dict)
    outputs: dict[str, None] = field(default_factory=dict)


def events(
    origin: LineageGraph,
    version: str,
    *,
    at: str,
    deployed_at: str | None = None,
    namespace: str = NAMESPACE,
) -> list[dict[str, Any]]:
    """The events of one version node, as plain data, in the order the jobs ran.

    `at` is when the version was registered, `deployed_at` when it went live, both UTC times. A
    run is begun and completed by an event each; its id follows from the names, so the same lineage
    is the same events every time.

    >>> from swreg.domain.lineage import Edge, graph
    >>> model = "model:m-v1.0.0"
    >>> _, event = events(graph(["data:d1", model], [Edge("data:d1", model, model)]), model,
    ...                  at="2024-01-15T10:30:00Z")
    >>> event["job"]["name"], [one["name"] for one in event["inputs"]]
    ('training:m-v1.0.0', ['data:d1'])
    """
    own = origin.of(version)
    features = [node.partition(":")[2] for node in own.nodes if kind_of(node) == "feature"]
    found: list[dict[str, Any]] = []
    for job in _jobs(own, version):
        when = deployed_at or at if kind_of(job.name) == "deployment" else at
        names = {"version": version, "namespace": namespace}
        read = features if version in job.outputs else []
        run = {
            "eventTime": when,
            "run": {"runId": str(uuid5(NAMESPACE_URL, f"{namespace} {job.name} {version}"))},
            "job": {"namespace": namespace, "name": job.name},
            "inputs": [_data_set(one, features=read, **names) for one in job.inputs],
            "outputs": [_data_set(one, features=[], **names) for one in job.outputs],
            "producer": PRODUCER,
            "schemaURL": SCHEMA,
        }
        # OpenLineage wants every run begun and ended; the registry knows only that both happened.
        found += [{"eventType": "START", **run}, {"eventType": "COMPLETE", **run}]
    return found


def _jobs(own: LineageGraph, version: str) -> list[_Job]:
    """The jobs of a version's part of the graph; what no job made, its training made."""
    jobs = {node: _Job(node) for node in own.nodes if kind_of(node) in _JOBS}
    producers = [edge.from_ for edge in own.edges if edge.to == version and edge.from_ in jobs]
    training = _Job(f"training:{version.partition(':')[2]}")
    maker = jobs[producers[-1]] if producers else training
    maker.outputs[version] = None
    for edge in own.edges:
        start, end = jobs.get(edge.from_), jobs.get(edge.to)
        if start and end:
            between = f"{edge.from_} for {version}"
            start.outputs[between] = end.inputs[between] = None
        elif end:
            end.inputs[edge.from_] = None
        elif start is None and edge.to == version and kind_of(edge.from_) != "feature":
            maker.inputs[edge.from_] = None
    if not maker.inputs and any(kind_of(node) == "feature" for node in own.nodes):
        maker.inputs[f"features for {version}"] = None
    every = [*jobs.values()] if producers else [*jobs.values(), training]
    return sorted(every, key=_rank)


def _rank(job: _Job) -> tuple[int, str]:
    """Jobs stand as their nodes do; training comes where an experiment would."""
    kind, _, name = job.name.partition(":")
    return place(f"experiment:{name}" if kind == "training" else job.name)


def _data_set(name: str, *, features: list[str], version: str, namespace: str) -> Mapping[str, Any]:
    facets: dict[str, Any] = {}
    if name == version:
        number = parse_reference(version.partition(":")[2]).version
        facets["version"] = {
            **_base("1-0-1/DatasetVersionDatasetFacet", "DatasetVersionDatasetFacet"),
            "datasetVersion": str(number),
        }
    elif features and kind_of(name) != "model":
        facets["schema"] = {
            **_base("1-2-0/SchemaDatasetFacet", "SchemaDatasetFacet"),
            "fields": [{"name": feature} for feature in features],
        }
    return {"namespace": namespace, "name": name, **({"facets": facets} if facets else {})}


def _base(path: str, name: str) -> dict[str, str]:
    return {"_producer": PRODUCER, "_schemaURL": _FACET.format(path, name)}

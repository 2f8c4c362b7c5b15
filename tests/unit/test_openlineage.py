"""The events are held against the classes of OpenLineage's own client library."""

from __future__ import annotations

from typing import Any

import pytest

from swreg.domain.lineage import LineageGraph, merged, model_node, version_graph, with_deployments
from swreg.domain.metadata import make_metadata
from swreg.domain.openlineage import events
from swreg.domain.stage import Stage
from swreg.domain.version import Version

NAME = "fraud-detection-model"
V3, V31 = (model_node(NAME, one) for one in ("v3.0.0", "v3.1.0-rc.1"))
REGISTERED, DEPLOYED = "2024-01-15T10:30:00Z", "2024-01-20T14:00:00Z"


def one(version: str, **metadata: Any) -> LineageGraph:
    return version_graph(NAME, version, metadata=make_metadata(metadata))


def registry() -> LineageGraph:
    origin = merged(
        [
            one("v3.0.0", training_data_version="v2023-12", features=["amount"]),
            one("v3.1.0-rc.1", training_data_version="v2024-01", feature_engineering_version="v1",
                experiment="exp-003", features=["amount", "risk"],
                parent_model="fraud-detection-v3.0.0"),
        ]
    )  # fmt: skip
    return with_deployments(origin, {NAME: {Stage.PRODUCTION: Version.parse("v3.1.0-rc.1")}})


def shape(found: list[dict[str, Any]]) -> list[tuple[str, list[str], list[str]]]:
    return [
        (
            event["job"]["name"],
            [put["name"] for put in event["inputs"]],
            [put["name"] for put in event["outputs"]],
        )
        for event in completed(found)
    ]


def completed(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [event for event in found if event["eventType"] == "COMPLETE"]


def test_every_run_is_begun_and_completed_once() -> None:
    found = events(registry(), V31, at=REGISTERED)
    assert [event["eventType"] for event in found] == ["START", "COMPLETE"] * 3
    for start, end in zip(found[::2], found[1::2], strict=True):
        assert {**start, "eventType": "COMPLETE"} == end


def test_jobs_read_and_write_data_sets_in_the_order_they_ran() -> None:
    found = completed(events(registry(), V31, at=REGISTERED, deployed_at=DEPLOYED))
    between = f"feature-engineering:v1 for {V31}"
    assert shape(found) == [
        ("feature-engineering:v1", ["data:v2024-01"], [between]),
        ("experiment:exp-003", [between, V3], [V31]),
        ("deployment:production", [V31], []),
    ]
    assert [event["eventTime"] for event in found] == [REGISTERED, REGISTERED, DEPLOYED]
    trained = found[1]
    fields = trained["inputs"][0]["facets"]["schema"]["fields"]
    assert fields == [{"name": "amount"}, {"name": "risk"}]
    assert trained["outputs"][0]["facets"]["version"]["datasetVersion"] == "v3.1.0-rc.1"
    assert "facets" not in trained["inputs"][1]


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({}, [("training:fraud-detection-v3.0.0", [], [V3])]),
        (
            {"features": ["amount"]},
            [("training:fraud-detection-v3.0.0", [f"features for {V3}"], [V3])],
        ),
        (
            {"feature_engineering_version": "v1", "training_data_version": "d"},
            [("feature-engineering:v1", ["data:d"], [V3])],
        ),
    ],
)
def test_what_is_not_recorded_is_not_invented(
    metadata: dict[str, Any], expected: list[tuple[str, list[str], list[str]]]
) -> None:
    assert shape(events(one("v3.0.0", **metadata), V3, at=REGISTERED)) == expected


def test_the_same_lineage_has_the_same_run_ids_and_other_versions_have_others() -> None:
    def ids(version: str, **more: str) -> list[str]:
        found = completed(events(registry(), version, at=REGISTERED, **more))
        return [event["run"]["runId"] for event in found]

    assert ids(V31) == ids(V31)
    every = [*ids(V31), *ids(V3), *ids(V31, namespace="payments")]
    assert len(set(every)) == len(every)


@pytest.mark.parametrize("version", [V3, V31])
def test_the_client_library_builds_the_same_events(version: str) -> None:
    """Its classes check identifiers and times, and write the addresses of the schemas."""
    from openlineage.client import event_v2 as ol
    from openlineage.client.facet_v2 import dataset_version_dataset, schema_dataset
    from openlineage.client.serde import Serde

    def facet(name: str, raw: dict[str, Any]) -> Any:
        producer = raw["_producer"]
        if name == "version":
            return dataset_version_dataset.DatasetVersionDatasetFacet(
                datasetVersion=raw["datasetVersion"], producer=producer
            )
        assert name == "schema"
        fields = [schema_dataset.SchemaDatasetFacetFields(**one) for one in raw["fields"]]
        return schema_dataset.SchemaDatasetFacet(fields=fields, producer=producer)

    def data_set(kind: Any, raw: dict[str, Any]) -> Any:
        facets = {name: facet(name, one) for name, one in raw.get("facets", {}).items()}
        return kind(namespace=raw["namespace"], name=raw["name"], facets=facets)

    for raw in events(registry(), version, at=REGISTERED, deployed_at=DEPLOYED):
        built = ol.RunEvent(
            eventType=ol.RunState[raw["eventType"]],
            eventTime=raw["eventTime"],
            run=ol.Run(runId=raw["run"]["runId"]),
            job=ol.Job(**raw["job"]),
            inputs=[data_set(ol.InputDataset, one) for one in raw["inputs"]],
            outputs=[data_set(ol.OutputDataset, one) for one in raw["outputs"]],
            producer=raw["producer"],
        )
        assert without_empty(Serde.to_dict(built)) == without_empty(raw)


def without_empty(raw: Any) -> Any:
    """The client writes empty facets and lists, which mean what leaving them out means."""
    if isinstance(raw, dict):
        parts = {key: without_empty(part) for key, part in raw.items()}
        return {key: part for key, part in parts.items() if part not in ({}, [])}
    return [without_empty(part) for part in raw] if isinstance(raw, list) else raw

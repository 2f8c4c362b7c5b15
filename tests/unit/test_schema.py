"""JSON Schemas are valid, and real files of ours fit them; broken ones do not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import jsonschema
import pytest
import yaml

from swreg.cli.envelope import Envelope, Fault, plain
from swreg.cli.formats import FORMATS, schema_of
from swreg.domain.schema import framed, json_schema
from swreg.domain.stage import Stage
from swreg.domain.version import Version

DIGEST = f"sha256:{'0' * 64}"
CATALOG = f"""\
schema: 1
models:
  fraud-detection-model:
    stages:
      production: "v3.0.0"
    versions:
      "v3.0.0":
        registered: {{at: "2024-01-10T09:12:44Z", by: "Ada <ada@example.org>", increment: "0042-x"}}
        artifact: {{path: "models/fraud-detection-v3.0.0", digest: "{DIGEST}", content: "{DIGEST}",
          size: 3}}
        deployed_at: "2024-01-10T11:00:00Z"
        approvals:
          - {{by: "Grace <grace@example.org>", for: production, at: "2024-01-10T10:00:00Z",
            digest: "{DIGEST}"}}
"""
POLICY = """\
schema: 1
stages:
  production:
    approval: {required: true, approvers: ["ada@example.org"], min_approvals: 1}
gates:
  metrics:
    accuracy: {minimum: 0.8}
metrics:
  directions: {cost: lower}
"""
EXAMPLES: dict[str, Any] = {
    "catalog": yaml.safe_load(CATALOG),
    "policy": yaml.safe_load(POLICY),
    "metadata": {"schema": 1, "accuracy": 0.87, "inference_latency_p50": "35ms", "team": "risk"},
    "features": {"schema": 1, "features": [{"name": "amount", "dtype": "float64", "minimum": 0.0}]},
    "signature": {
        "schema": 1, "inputs": {"amount": "float"}, "outputs": {"fraud": "bool"},
        "source": "declared",
    },
    "lineage": {
        "schema": 1, "nodes": ["data:v2024-01", "model:fraud-v1.0.0"],
        "edges": [{"from": "data:v2024-01", "to": "model:fraud-v1.0.0", "via": "model:fraud-v1.0.0"}],
    },
    "export": {
        "schema": 1, "commit": "0" * 40, "committed_at": "2024-01-20T14:00:00Z",
        "models": [{"name": "churn", "home": ".specweave/increments/0042-churn", "versions": {
            "v1.0.0": {
                "stage": "dev", "folder": "models/churn-v1.0.0",
                "entry": {
                    "registered": {"at": "2024-01-10T09:12:44Z", "by": "A <a@b.c>",
                                   "increment": "0042-churn"},
                    "artifact": {"path": "models/churn-v1.0.0", "digest": DIGEST,
                                 "content": DIGEST, "size": 3},
                },
            },
        }}],
        "events": [{"id": "0" * 16, "kind": "held", "facts": {"model": "churn"}}],
    },
    "envelope": plain(
        Envelope(command=None, ok=False, error=Fault(code="usage", message="what", hint="do"))
    ),
}  # fmt: skip
BROKEN: dict[str, Any] = {
    "catalog": {"schema": 1, "models": {"m": {"stages": {"prod": "v1.0.0"}}}},
    "policy": {"schema": 1, "stage": {}},
    "metadata": {"schema": 1, "accuracy": "high"},
    "features": {"schema": 1},
    "signature": {"schema": 1, "inputs": {}, "outputs": {}, "source": "guessed"},
    "lineage": {"schema": 1, "nodes": [], "edges": [{"from": "a"}]},
    "export": {"schema": 1, "models": [{"name": "churn"}]},
    "envelope": {"schema": 1, "command": None, "ok": True},
}


def test_every_format_has_a_worked_example() -> None:
    assert set(EXAMPLES) == set(BROKEN) == set(FORMATS)


@pytest.mark.parametrize("name", FORMATS)
def test_the_schema_is_one_and_tells_right_from_wrong(name: str) -> None:
    schema = schema_of(name)
    json.dumps(schema, allow_nan=False)
    jsonschema.Draft202012Validator.check_schema(schema)
    check = jsonschema.Draft202012Validator(schema)
    check.validate(EXAMPLES[name])
    assert not check.is_valid(BROKEN[name])
    assert not check.is_valid({**EXAMPLES[name], "schema": "two"})


def test_the_examples_are_read_by_the_readers() -> None:
    from swreg.domain.document import read_document
    from swreg.domain.features import Features
    from swreg.domain.lineage import LineageGraph
    from swreg.domain.metadata import read_metadata
    from swreg.domain.signature import Signature
    from swreg.storage import catalog_yaml
    from swreg.storage.source import parse_policy

    catalog_yaml.load(CATALOG.encode())
    parse_policy(POLICY.encode(), name="policy")
    read_metadata(EXAMPLES["metadata"])
    for name, cls in (("features", Features), ("signature", Signature), ("lineage", LineageGraph)):
        read_document(cls, EXAMPLES[name], name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A class that holds itself."""

    for_: Stage
    kind: Literal["a", "b"] = "a"
    count: int = 0
    by_version: Mapping[Version, bool] = field(default_factory=dict)
    by_stage: Mapping[Stage, float] = field(default_factory=dict)
    anything: Any = None
    branches: tuple[Branch, ...] = ()


def test_every_kind_of_field() -> None:
    schema = framed(json_schema(Branch))
    check = jsonschema.Draft202012Validator(schema)
    leaf = {"for": "dev", "kind": "b", "count": 1, "by_version": {"v1.0.0": True}}
    check.validate({"schema": 1, "for": "staging", "branches": [leaf], "anything": [None]})
    for wrong in (
        {"for": "moon"}, {"kind": "c"}, {"count": 1.5}, {"by_version": {"one": True}},
        {"by_stage": {"moon": 1.0}}, {"branches": [{"kind": "a"}]}, {"surplus": 1},
    ):  # fmt: skip
        assert not check.is_valid({"schema": 1, "for": "dev", **wrong}), wrong
    assert schema["required"] == ["schema", "for"]
    assert schema["properties"]["kind"]["default"] == "a"

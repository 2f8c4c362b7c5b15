from itertools import pairwise
from typing import Any

import pytest

from swreg.domain.lineage import (
    Edge,
    LineageGraph,
    graph,
    merged,
    model_node,
    parse_node,
    read_lineage,
    version_graph,
    with_deployments,
    write_lineage,
)
from swreg.domain.lineage_faults import findings
from swreg.domain.lineage_query import Impact, impact, lineage_of, using
from swreg.domain.lineage_text import dot, mermaid, tree
from swreg.domain.metadata import make_metadata
from swreg.domain.stage import Stage
from swreg.domain.version import Version
from swreg.errors import BrokenFile, NotFound, UsageError

SPECIFICATION = """\
data:v2024-01
  └─> feature-engineering:v1
        └─> experiment:exp-003-xgboost
              └─> model:fraud-detection-v3.1.0
                    └─> deployment:production"""

NAME = "fraud-detection-model"
V2, V3, V31 = (f"model:fraud-detection-{v}" for v in ("v2.5.0", "v3.0.0", "v3.1.0"))


def one(version: str, name: str = NAME, **metadata: Any) -> LineageGraph:
    return version_graph(name, version, metadata=make_metadata(metadata))


def registry() -> LineageGraph:
    """Three versions of one model and one of another, as two increments would hold them."""
    origin = merged(
        [
            one("v2.5.0", training_data_version="v2023-10", experiment="exp-001",
                feature_engineering_version="v1", features=["amount", "age"]),
            one("v3.0.0", training_data_version="v2023-12", experiment="exp-002",
                feature_engineering_version="v1", features=["amount", "obsolete"],
                parent_model="fraud-detection-v2.5.0"),
            one("v3.1.0", training_data_version="v2024-01", experiment="exp-003-xgboost",
                feature_engineering_version="v1", features=["amount", "risk"],
                parent_model="fraud-detection-model@v3.0.0"),
            one("v1.0.0", "churn", training_data_version="v2024-01", features=["age"]),
        ]
    )  # fmt: skip
    pointers = {
        NAME: {Stage.PRODUCTION: Version.parse("v3.1.0")},
        "churn": {Stage.STAGING: Version.parse("v1.0.0")},
    }
    return with_deployments(origin, pointers)


def test_the_specification_s_tree_byte_for_byte() -> None:
    lineage = lineage_of(registry(), model_node(NAME, "v3.1.0"))
    assert str(lineage) == SPECIFICATION
    assert lineage.tree() == SPECIFICATION


def test_versions_that_share_a_step_keep_their_data_apart() -> None:
    shared = registry()
    assert lineage_of(shared, V31).data == ("data:v2024-01",)
    assert lineage_of(shared, V3).data == ("data:v2023-12",)


def test_the_experiments_that_led_to_a_version() -> None:
    lineage = lineage_of(registry(), V31)
    assert lineage.experiments == (
        "experiment:exp-003-xgboost", "experiment:exp-002", "experiment:exp-001",
    )  # fmt: skip
    assert lineage.ancestors == (V3, V2)
    assert lineage_of(registry(), V2).ancestors == ()


def test_what_a_version_takes_and_where_it_runs() -> None:
    lineage = lineage_of(registry(), V31)
    assert lineage.features == ("feature:amount", "feature:risk")
    assert lineage.deployments == ("deployment:production",)
    assert lineage_of(registry(), V3).deployments == ()


@pytest.mark.parametrize(
    ("nodes", "versions"),
    [
        (["feature:amount"], (V2, V3, V31)),
        (["feature:age"], ("model:churn-v1.0.0", V2)),
        (["feature:amount", "feature:risk"], (V31,)),
        (["feature:amount", "data:v2024-01"], (V31,)),
        (["feature-engineering:v1"], (V2, V3, V31)),
        (["deployment:staging"], ("model:churn-v1.0.0",)),
        ([V3], (V3, V31)),
        (["feature:unheard-of"], ()),
    ],
)
def test_who_uses_what(nodes: list[str], versions: tuple[str, ...]) -> None:
    assert using(registry(), *nodes) == versions


def test_the_impact_of_changing_a_feature() -> None:
    assert impact(registry(), "feature:amount") == Impact(
        node="feature:amount", versions=(V2, V3, V31), derived=(), production=(V31,)
    )
    assert impact(registry(), "feature:obsolete") == Impact(
        node="feature:obsolete", versions=(V3,), derived=(V31,), production=(V31,)
    )


def test_the_impact_of_changing_a_version() -> None:
    assert impact(registry(), V2) == Impact(
        node=V2, versions=(V2,), derived=(V3, V31), production=(V31,)
    )
    external = one("v1.0.0", "chat", parent_model="google/bert")
    assert impact(external, "model:google/bert").versions == ("model:chat-v1.0.0",)


@pytest.mark.parametrize("text", ["", "amount", "feature:", "feature: ", "stage:production", ":x"])
def test_what_is_no_node_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no part of a lineage; write kind:name with data, "):
        parse_node(text)
    with pytest.raises(UsageError):
        impact(registry(), text)


def test_a_version_without_lineage_is_not_found() -> None:
    with pytest.raises(NotFound) as caught:
        lineage_of(registry(), "model:fraud-detection-v9.0.0")
    line = "no lineage of model:fraud-detection-v9.0.0; swreg registry-list shows the models"
    assert str(caught.value) == line


@pytest.mark.parametrize(
    ("written", "node"),
    [
        ("fraud-detection-v3.0.0", "model:fraud-detection-v3.0.0"),
        ("fraud-detection-model-v3.0.0", "model:fraud-detection-v3.0.0"),
        ("fraud-detection-model@v3", "model:fraud-detection-v3.0.0"),
        ("bert-base-uncased", "model:bert-base-uncased"),
        ("google/bert", "model:google/bert"),
    ],
)
def test_a_parent_is_found_however_it_is_written(written: str, node: str) -> None:
    (edge,) = one("v4.0.0", parent_model=written).edges
    assert edge == Edge(node, "model:fraud-detection-v4.0.0", "model:fraud-detection-v4.0.0")


def test_a_recorded_feature_list_wins_over_the_metadata_s() -> None:
    facts = make_metadata({"features": ["a"]})
    found = version_graph(NAME, "v1.0.0", metadata=facts, features=["b"])
    assert found.nodes[0] == "feature:b"
    assert version_graph(NAME, "v1.0.0", metadata=facts, features=[]).edges == ()


@pytest.mark.parametrize(
    ("metadata", "shown"),
    [
        ({}, "model:m-v1.0.0"),
        ({"features": ["a"], "parent_model": "m-v0.9.0"}, "model:m-v1.0.0"),
        ({"experiment": "e"}, "experiment:e\n  └─> model:m-v1.0.0"),
        ({"training_data_version": "d\x1b[31m"}, "data:d\\x1b[31m\n  └─> model:m-v1.0.0"),
    ],
)
def test_trees_of_little(metadata: dict[str, Any], shown: str) -> None:
    assert lineage_of(one("v1.0.0", "m", **metadata), "model:m-v1.0.0").tree() == shown


M = "model:m-v1.0.0"


def test_a_tree_with_several_branches() -> None:
    edges = [
        Edge(start, end, M)
        for start, end in [
            ("data:a", "experiment:x"), ("data:a", "experiment:y"), ("data:b", "experiment:x"),
            ("experiment:x", M), ("experiment:y", M), (M, "deployment:production"),
        ]
    ]  # fmt: skip
    found = graph([M], edges)
    assert tree(found, M) == (
        "data:a\n"
        "  ├─> experiment:x\n"
        "  │     └─> model:m-v1.0.0\n"
        "  │           └─> deployment:production\n"
        "  └─> experiment:y\n"
        "data:b"
    )


def test_cycles_are_reported_and_end() -> None:
    left, right = "model:m-v1.0.0", "model:m-v2.0.0"
    found = merged([one("v1.0.0", "m", parent_model="m-v2.0.0"),
                    one("v2.0.0", "m", parent_model="m-v1.0.0")])  # fmt: skip
    assert findings(found) == (f"cycle: {left} -> {right} -> {left}",)
    assert lineage_of(found, left).ancestors == (right,)
    assert lineage_of(found, left).tree() == left
    assert impact(found, left).derived == (right,)


def test_a_cycle_that_a_hand_wrote_is_drawn_once() -> None:
    edges = [Edge("data:a", "data:b", M), Edge("data:b", "data:a", M), Edge("data:b", M, M)]
    found = graph(["data:a", "data:b", M], edges)
    assert tree(found, M) == f"data:a\n  └─> data:b\n        └─> {M}"
    assert findings(found) == ("cycle: data:a -> data:b -> data:a",)


def test_the_last_branch_is_the_last_that_is_drawn() -> None:
    loop = [Edge("experiment:x", end, M) for end in ("deployment:production", "experiment:x")]
    assert tree(graph([M], loop), M) == f"{M}\nexperiment:x\n  └─> deployment:production"


def test_missing_nodes_are_reported_with_who_names_them() -> None:
    assert findings(one("v3.1.0", parent_model="fraud-detection-v3.0.0")) == (
        f"{V3} is missing; {V31} names it",
    )
    assert findings(registry()) == ()
    assert findings(graph([], [Edge("data:a", "data:b", "model:x")])) == (
        "data:a is missing; model:x names it",
        "data:b is missing; model:x names it",
        "model:x is missing; model:x names it",
    )


def test_paths_that_meet_again_are_no_cycle() -> None:
    edges = [Edge(a, b, M) for a, b in [("data:a", "data:b"), ("data:b", M), ("data:a", M)]]
    assert findings(graph(["data:a", "data:b", M], edges)) == ()


def test_a_very_deep_line_of_parents_is_walked() -> None:
    nodes = [f"model:m-v{n}.0.0" for n in range(3000)]
    edges = [Edge(was, now, now) for was, now in pairwise(nodes)]
    deep = graph(nodes, edges)
    assert findings(deep) == ()
    assert lineage_of(deep, nodes[-1]).ancestors == tuple(reversed(nodes[:-1]))
    chained = graph([M], [Edge(f"data:{n}", f"data:{n + 1}", M) for n in range(3000)])
    lines = tree(chained, M).splitlines()
    assert sum("data:" in line for line in lines) == 3001
    assert max(map(len, lines)) < 500


def test_the_drawings() -> None:
    lineage = lineage_of(one("v1.0.0", "m", experiment="e", parent_model="m-v0.9.0"), M)
    assert lineage.mermaid() == (
        "flowchart LR\n"
        '  n0["experiment:e"]\n'
        '  n1["model:m-v0.9.0"]\n'
        '  n2["model:m-v1.0.0"]\n'
        "  n0 --> n2\n"
        "  n1 --> n2"
    )
    assert lineage.dot() == (
        "digraph lineage {\n"
        "  rankdir=LR;\n"
        '  n0 [label="experiment:e"];\n'
        '  n1 [label="model:m-v0.9.0"];\n'
        '  n2 [label="model:m-v1.0.0"];\n'
        "  n0 -> n2;\n"
        "  n1 -> n2;\n"
        "}"
    )


def test_no_name_acts_in_a_drawing() -> None:
    found = graph(['data:"]; click n0 href "javascript:x" %%\n\\"'], [])
    for line in (mermaid(found).splitlines()[1], dot(found).splitlines()[2]):
        assert line.replace("\\\\", "").replace('\\"', "").count('"') == 2
    assert len(mermaid(found).splitlines()) == 2


def test_the_file_is_what_people_read() -> None:
    assert write_lineage(one("v1.0.0", "m", training_data_version="d")) == {
        "schema": 1,
        "nodes": ["data:d", "model:m-v1.0.0"],
        "edges": [{"from": "data:d", "to": "model:m-v1.0.0", "via": "model:m-v1.0.0"}],
    }


def test_json_of_one_version_has_its_own_part_and_its_deployments() -> None:
    data = lineage_of(registry(), V31).as_data()
    assert "data:v2024-01" in data["nodes"]
    assert "data:v2023-12" not in data["nodes"]
    assert {"from": V31, "to": "deployment:production", "via": V31} in data["edges"]


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        ({"schema": 1, "nodes": ["x"], "edges": []}, "'x' is no part of a lineage"),
        ({"schema": 1, "nodes": [], "edges": [{"from": "data:a", "to": "b", "via": "model:m"}]},
         "'b' is no part of a lineage"),
        ({"schema": 1, "nodes": []}, "edges: is missing"),
    ],
)  # fmt: skip
def test_a_broken_file_is_refused(raw: object, fault: str) -> None:
    with pytest.raises(BrokenFile, match=f"^lineage_graph.json: {fault}"):
        read_lineage(raw)

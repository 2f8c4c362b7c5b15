"""Laws of lineage graphs, those that no operation would write among them."""

import json

from hypothesis import given
from hypothesis import strategies as st

from swreg.domain.lineage import (
    Edge,
    LineageGraph,
    graph,
    merged,
    read_lineage,
    version_graph,
    with_deployments,
    write_lineage,
)
from swreg.domain.lineage_faults import findings
from swreg.domain.lineage_query import impact, lineage_of, using
from swreg.domain.lineage_text import dot, mermaid, tree
from swreg.domain.metadata import make_metadata
from swreg.domain.names import visible
from swreg.domain.stage import Stage
from swreg.domain.version import Version

NODES = st.builds(
    "{}:{}".format,
    st.sampled_from(["data", "experiment", "feature", "model", "deployment"]),
    st.sampled_from(["a", "b", "production"]) | st.text(min_size=1, max_size=3).filter(str.strip),
)
MODELS = st.sampled_from(["model:a", "model:b", "model:c"])
EDGES = st.builds(Edge, NODES | MODELS, NODES | MODELS, MODELS)
GRAPHS = st.builds(graph, st.lists(NODES | MODELS), st.lists(EDGES, max_size=12))


def _acyclic(found: LineageGraph) -> bool:
    """The other way to tell: take away nodes that nothing leads to until none is left."""
    left = {(edge.from_, edge.to) for edge in found.edges}
    while left:
        reached = {end for _, end in left}
        kept = {edge for edge in left if edge[0] in reached}
        if kept == left:
            return False
        left = kept
    return True


class TestGraphs:
    @given(GRAPHS)
    def test_the_file_reads_back(self, found: LineageGraph) -> None:
        assert read_lineage(json.loads(json.dumps(write_lineage(found)))) == found

    @given(GRAPHS, GRAPHS)
    def test_merging_knows_no_order_and_no_twice(self, a: LineageGraph, b: LineageGraph) -> None:
        assert merged([a, b]) == merged([b, a, a])

    @given(GRAPHS)
    def test_every_question_about_every_graph_ends(self, found: LineageGraph) -> None:
        for version in found.models:
            lineage = lineage_of(found, version)
            assert version not in lineage.ancestors
            assert len(set(lineage.ancestors)) == len(lineage.ancestors)
            assert set(lineage.experiments) >= {
                node for node in found.of(version).nodes if node.startswith("experiment:")
            }
        for node in found.nodes:
            touched = impact(found, node)
            assert set(touched.production) <= {*touched.versions, *touched.derived}
            assert set(using(found, node)) <= set(found.models)

    @given(GRAPHS)
    def test_a_cycle_is_reported_where_there_is_one(self, found: LineageGraph) -> None:
        cycles = [line for line in findings(found) if line.startswith("cycle: ")]
        assert (not cycles) == _acyclic(found)

    @given(GRAPHS, MODELS)
    def test_a_tree_has_each_node_once(self, found: LineageGraph, version: str) -> None:
        names = [line.split("─> ", 1)[-1] for line in tree(found, version).split("\n")]
        drawn = {version} | {
            end
            for edge in found.edges
            if edge.via == version
            and not edge.from_.startswith("feature:")
            and not (edge.from_.startswith("model:") and edge.to.startswith("model:"))
            for end in (edge.from_, edge.to)
        }
        assert sorted(names) == sorted(map(visible, drawn))

    @given(GRAPHS)
    def test_drawings_have_one_line_for_each_thing(self, found: LineageGraph) -> None:
        ends = {end for edge in found.edges for end in (edge.from_, edge.to)}
        arrows = {(edge.from_, edge.to) for edge in found.edges}
        things = len(ends | set(found.nodes)) + len(arrows)
        assert len(mermaid(found).split("\n")) == things + 1
        assert len(dot(found).split("\n")) == things + 3


class TestBuilding:
    @given(
        st.fixed_dictionaries(
            {},
            optional={
                "training_data_version": st.text(),
                "feature_engineering_version": st.text(),
                "experiment": st.text(),
                "features": st.lists(st.text(), min_size=1),
            },
        )
    )
    def test_what_metadata_says_makes_a_sound_graph(self, raw: dict[str, object]) -> None:
        origin = version_graph("m-model", "v1.0.0", metadata=make_metadata(raw))
        live = with_deployments(origin, {"m-model": {Stage.PRODUCTION: Version.parse("v1.0.0")}})
        assert findings(live) == ()
        assert read_lineage(write_lineage(origin)) == origin
        assert lineage_of(live, "model:m-v1.0.0").deployments == ("deployment:production",)

"""Laws of the three-way merge, over models with a real past."""

from __future__ import annotations

from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from swreg.domain.catalog import Catalog, Model
from swreg.domain.lineage import Edge, LineageGraph, graph
from swreg.domain.lineage_merge import merge_lineage
from swreg.domain.merging import Decisions, merge
from tests.property.acts import NAME, Act, acts, after, independent, models, regardless_of_order

stories = st.lists(acts(), min_size=1, max_size=5)


def catalog(model: Model) -> Catalog:
    return Catalog({model.name: model})


def ordered(merged: Catalog) -> Model | None:
    return regardless_of_order(merged.models.get(NAME))


@settings(max_examples=300)
@given(independent())
def test_two_independent_acts_merge_to_what_they_make_in_a_row(
    case: tuple[Model, Act, Act],
) -> None:
    """Independent: each may still happen after the other, and the order makes no difference."""
    base, one, other = case
    assume(one != other)
    event(f"{min(one.kind, other.kind)} and {max(one.kind, other.kind)}")
    a, b = after(base, [one]), after(base, [other])
    merged = merge(catalog(base), catalog(a), catalog(b))
    assert [str(one) for one in merged.conflicts] == []
    assert ordered(merged.ours) == regardless_of_order(other(a)) == regardless_of_order(one(b))


@given(models(), stories)
def test_a_side_that_did_nothing_changes_nothing(base: Model, story: list[Act]) -> None:
    changed = after(base, story)
    for sides in ((changed, base), (base, changed), (changed, changed)):
        merged = merge(catalog(base), *(catalog(side) for side in sides))
        assert merged.ours == merged.theirs == catalog(changed)
        assert not merged.conflicts


@settings(max_examples=200)
@given(models(), stories, stories)
def test_swapping_the_sides_swaps_the_result(base: Model, one: list[Act], two: list[Act]) -> None:
    a, b = catalog(after(base, one)), catalog(after(base, two))
    merged, mirrored = merge(catalog(base), a, b), merge(catalog(base), b, a)
    assert ordered(merged.ours) == ordered(mirrored.theirs)
    assert ordered(merged.theirs) == ordered(mirrored.ours)
    assert [c.place for c in merged.conflicts] == [c.place for c in mirrored.conflicts]


@settings(max_examples=300)
@given(models(), stories, stories)
def test_whatever_happened_the_result_is_a_model_that_may_be(
    base: Model, one: list[Act], two: list[Act]
) -> None:
    merged = merge(catalog(base), catalog(after(base, one)), catalog(after(base, two)))
    event(f"{len(merged.conflicts)} conflicts")
    for result in (merged.ours, merged.theirs):
        assert [fault for model in result.models.values() for fault in model.faults()] == []
    for conflict in merged.conflicts:
        assert "do not fit together" not in conflict.what
        assert conflict.what.startswith((NAME, f"{conflict.key} of {NAME}"))


@settings(max_examples=200)
@given(models(), stories, stories, st.sampled_from(["ours", "theirs"]))
def test_what_is_decided_is_not_asked_again(
    base: Model, one: list[Act], two: list[Act], side: str
) -> None:
    sides = catalog(base), catalog(after(base, one)), catalog(after(base, two))
    merged = merge(*sides)
    decisions: Decisions = {
        conflict.place: "ours" if side == "ours" else "theirs" for conflict in merged.conflicts
    }
    decided = merge(*sides, decisions=decisions)
    assert not {c.place for c in decided.conflicts} & set(decisions)
    if not decided.conflicts:
        assert decided.ours == (merged.ours if side == "ours" else merged.theirs)


@given(models(), stories, stories)
def test_models_of_other_names_never_meet(base: Model, one: list[Act], two: list[Act]) -> None:
    other = Model("churn-model")
    a = Catalog({NAME: after(base, one), other.name: other})
    merged = merge(catalog(base), a, catalog(after(base, two)))
    assert merged.ours.models[other.name] == other


nodes = st.sampled_from(["data:a", "experiment:e", "model:x-v1.0.0", "model:x-v2.0.0"])
edges = st.builds(Edge, nodes, nodes, nodes)
graphs = st.builds(graph, st.sets(nodes), st.sets(edges))


@given(graphs, graphs, graphs)
def test_a_lineage_is_merged_like_the_sets_it_is(
    base: LineageGraph, ours: LineageGraph, theirs: LineageGraph
) -> None:
    merged = merge_lineage(base, ours, theirs)
    assert merged == merge_lineage(base, theirs, ours)
    assert merge_lineage(base, ours, base) == ours
    assert set(merged.edges) >= set(ours.edges) & set(theirs.edges)
    assert set(merged.nodes) >= (set(ours.nodes) | set(theirs.nodes)) - set(base.nodes)

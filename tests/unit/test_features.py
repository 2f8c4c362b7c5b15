import pytest

from swreg.domain.features import (
    Feature,
    FeatureChanges,
    Features,
    changes,
    contradictions,
    make_features,
    read_features,
    write_features,
)
from swreg.domain.signature import Signature
from swreg.errors import BrokenFile, UsageError


def both(old: Feature, new: Feature) -> FeatureChanges:
    return changes(Features((old,)), Features((new,)))


def test_names_mappings_and_features_may_be_mixed() -> None:
    given = ["a", {"name": "b", "dtype": "int64"}, Feature("c", maximum=3)]
    assert make_features(given) == Features(
        (Feature("a"), Feature("b", "int64"), Feature("c", maximum=3))
    )


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ([], "features: the list is empty; name each feature once"),
        (["a", "b", "a"], "features: 'a' is given 2 times; name each feature once"),
        ([" "], "features: a name is empty; name each feature once"),
        ([Feature("a", minimum=2, maximum=1)],
         "features: 'a' has a minimum above its maximum; name each feature once"),
        ([3], "features: [0]: must be a mapping; each is a name or {name, dtype, …}"),
        ([{"name": "a", "kind": "b"}],
         "features: [0].kind: unknown key; each is a name or {name, dtype, …}"),
        ("amount", 'features must be a list of names; write ["amount", "country"]'),
        (7, 'features must be a list of names; write ["amount", "country"]'),
    ],
)  # fmt: skip
def test_malformed_features_are_refused_in_one_line(given: object, line: str) -> None:
    with pytest.raises(UsageError) as caught:
        make_features(given)  # type: ignore[arg-type]
    assert str(caught.value) == line


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (Feature("a", "float64", 0, 1), Feature("a", "float32", 0, 2)),
        (Feature("a", minimum=0), Feature("a", minimum=1)),
        (Feature("a", categories=("x",)), Feature("a", categories=("x", "y"))),
    ],
)
def test_same_type_and_another_range_is_rescaled(old: Feature, new: Feature) -> None:
    assert both(old, new).rescaled == ("a",)
    assert not both(old, new).retyped


def test_another_type_is_retyped_and_not_rescaled_too() -> None:
    found = both(Feature("a", "int", 0, 1), Feature("a", "str", 0, 2))
    assert (found.retyped, found.rescaled) == (("a",), ())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (Feature("a"), Feature("a", "int", 0, 1, ("x",))),
        (Feature("a", "int", 0, 1, ("x",)), Feature("a")),
        (Feature("a", categories=("x", "y")), Feature("a", categories=("y", "x"))),
        (Feature("a", "int64"), Feature("a", "Int64")),
    ],
)
def test_what_one_side_does_not_know_is_no_change(old: Feature, new: Feature) -> None:
    assert not both(old, new)


def test_names_keep_the_order_of_their_own_version() -> None:
    found = changes(make_features(["z", "k", "a"]), make_features(["y", "k", "b"]))
    assert (found.removed, found.added) == (("z", "a"), ("y", "b"))
    assert found


def test_only_what_is_input_and_feature_can_contradict() -> None:
    signature = Signature({"a": "float?", "b": "int", "c": "str"}, {"y": "bool"}, "declared")
    features = make_features([Feature("a", "float64"), Feature("b", "str"), "c", Feature("d", "x")])
    assert contradictions(signature, features) == ("'b' is str as a feature and int as an input",)


def test_the_file_is_what_people_read() -> None:
    assert write_features(make_features(["a", Feature("b", "int64", 0, 9)])) == {
        "schema": 1,
        "features": [{"name": "a"}, {"name": "b", "dtype": "int64", "minimum": 0, "maximum": 9}],
    }


def test_a_plain_list_of_names_is_read_too() -> None:
    assert read_features(["a", {"name": "b"}]).names == ("a", "b")
    assert read_features({"schema": 1, "features": ["a"]}).names == ("a",)
    assert read_features({"schema": 1, "features": []}).names == ()


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (["a", "a"], "f.yaml: 'a' is given 2 times"),
        ({"schema": 1, "features": 3}, "f.yaml: features: must be a list"),
        ({"schema": 1}, "f.yaml: features: is missing"),
        ("a", "f.yaml is no mapping"),
    ],
)
def test_a_broken_file_is_refused(raw: object, fault: str) -> None:
    with pytest.raises(BrokenFile) as caught:
        read_features(raw, "f.yaml")
    assert fault in str(caught.value)

"""Features and signatures read off samples, hints and fitted models."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from swreg.domain.features import make_features
from swreg.domain.signature import make_signature
from swreg.errors import UsageError
from swreg.formats import (
    features_from,
    signature_from_fitted,
    signature_from_hints,
    signature_from_sample,
)

numpy = pytest.importorskip("numpy", reason="numpy is missing")
pandas = pytest.importorskip("pandas", reason="pandas is missing")

TABLE = pandas.DataFrame(
    {
        "amount": [1.5, float("nan"), float("inf"), -2.0],
        "age": [1, 2, 3, 4],
        "place": ["fr", "de", None, "fr"],
        "grade": pandas.Categorical(["b", "a", "b", "a"], categories=["a", "b", "c"]),
        "known": [True, False, True, True],
        "at": pandas.date_range("2024-01-01", periods=4),
        "mixed": [1, "x", None, 2.0],
        "nothing": [None] * 4,
        "count": pandas.array([1, None, 3, 2], dtype="Int64"),
        "identifier": [f"customer-{n}" for n in range(4)],
    }
)


def _described(sample: Any, **words: Any) -> dict[str, tuple[Any, ...]]:
    return {
        one["name"]: (one["dtype"], one["minimum"], one["maximum"], one["categories"])
        for one in features_from(sample, **words)
    }


def test_a_table_says_its_features() -> None:
    assert _described(TABLE) == {
        "amount": ("float", -2.0, 1.5, []),
        "age": ("int", 1.0, 4.0, []),
        "place": ("str", None, None, ["de", "fr"]),
        "grade": ("category", None, None, ["a", "b", "c"]),
        "known": ("bool", None, None, []),
        "at": ("datetime", None, None, []),
        "mixed": ("any", None, None, []),
        "nothing": ("any", None, None, []),
        "count": ("int", 1.0, 3.0, []),
        "identifier": ("str", None, None, [f"customer-{n}" for n in range(4)]),
    }


def test_the_domain_takes_them_as_they_are() -> None:
    assert make_features(features_from(TABLE)).names == tuple(TABLE.columns)


def test_free_text_has_no_categories() -> None:
    table = pandas.DataFrame({"text": [f"customer {n}" for n in range(51)]})
    assert _described(table) == {"text": ("str", None, None, [])}


def test_an_array_has_numbered_features_unless_named() -> None:
    array = numpy.array([[1, 5], [2, 4]])
    assert _described(array) == {"x0": ("int", 1.0, 2.0, []), "x1": ("int", 4.0, 5.0, [])}
    assert list(_described(array, names=("a", "b"))) == ["a", "b"]
    assert list(_described(numpy.array([1.0, 2.0]))) == ["x0"]
    assert list(_described(pandas.Series([1.0], name="age"))) == ["age"]


@pytest.mark.parametrize(
    ("sample", "words"),
    [
        (pandas.DataFrame(), "no rows or no columns"),
        (TABLE.iloc[:0], "no rows or no columns"),
        (numpy.zeros((0, 3)), "no rows or no columns"),
        (numpy.zeros((3, 0)), "no rows or no columns"),
        (numpy.zeros((2, 2, 2)), "is no sample"),
        ([[1, 2]], "a list is no sample"),
        (pandas.DataFrame([[1, 2]], columns=["a", "a"]), "two columns called a"),
    ],
)
def test_what_is_no_sample_is_refused(sample: Any, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        features_from(sample)


def test_names_must_fit_the_array() -> None:
    with pytest.raises(UsageError, match="2 columns and 1 names"):
        features_from(numpy.zeros((2, 2)), names=("a",))


class Model:
    """Predicts whatever it was given."""

    def __init__(self, result: Any) -> None:
        self.result = result

    def predict(self, rows: Any) -> Any:
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


@pytest.mark.parametrize(
    ("result", "outputs"),
    [
        (numpy.array([0, 1]), {"prediction": "int"}),
        (numpy.array([[0.5], [1]]), {"prediction": "float"}),
        (numpy.array([[0.5, 0.5]]), {"prediction_0": "float", "prediction_1": "float"}),
        (numpy.array(["fraud"]), {"prediction": "str"}),
        (pandas.DataFrame({"p": [0.5], "flag": [True]}), {"p": "float", "flag": "bool"}),
        ({"p": 0.5, "flag": numpy.array([True])}, {"p": "float", "flag": "bool"}),
        ([1, 2], {"prediction": "int"}),
        (numpy.float32(1), {"prediction": "float"}),
    ],
)
def test_a_run_on_a_sample_shows_the_signature(result: Any, outputs: dict[str, str]) -> None:
    found = signature_from_sample(Model(result), TABLE[["age"]])
    assert found == {"inputs": {"age": "int"}, "outputs": outputs}
    assert make_signature(found["inputs"], found["outputs"], source="inferred").outputs == outputs


def test_a_predict_that_fails_on_the_sample_is_said() -> None:
    with pytest.raises(UsageError, match="predict fails on the example: two words"):
        signature_from_sample(Model(ValueError("two\nwords")), TABLE)


def test_a_model_without_predict_has_no_outputs() -> None:
    assert signature_from_sample(object(), TABLE[["age"]])["outputs"] == {}


def test_a_fitted_model_names_the_columns_of_an_array() -> None:
    linear = pytest.importorskip("sklearn.linear_model", reason="scikit-learn is missing")
    table = pandas.DataFrame({"a": [1.0, 2.0], "b": [2.0, 1.0]})
    model = linear.LinearRegression().fit(table, [1, 2])
    assert signature_from_fitted(model) == {"inputs": {"a": "any", "b": "any"}, "outputs": {}}
    assert signature_from_sample(model, table) == {
        "inputs": {"a": "float", "b": "float"},
        "outputs": {"prediction": "float"},
    }
    unnamed = linear.LinearRegression().fit(table.to_numpy(), [1, 2])
    assert list(signature_from_fitted(unnamed)["inputs"]) == ["x0", "x1"]
    assert signature_from_fitted(linear.LinearRegression()) == {"inputs": {}, "outputs": {}}


class Answer(NamedTuple):
    """What a scoring function gives."""

    probability: float
    flag: bool | None


def score(amount: float, *rest: int, place: str | None = None, extra: Any = None) -> Answer:
    raise NotImplementedError


def unsaid(amount, place):  # type: ignore[no-untyped-def]
    raise NotImplementedError


def test_hints_state_the_signature() -> None:
    assert signature_from_hints(score) == {
        "inputs": {"amount": "float", "place": "str?", "extra": "any"},
        "outputs": {"probability": "float", "flag": "bool?"},
    }
    assert signature_from_hints(unsaid) == {
        "inputs": {"amount": "any", "place": "any"},
        "outputs": {},
    }


def test_hints_that_cannot_be_read_are_said() -> None:
    def broken(amount: Nowhere) -> int:  # type: ignore[name-defined]  # noqa: F821
        raise NotImplementedError

    with pytest.raises(UsageError, match="Nowhere"):
        signature_from_hints(broken)

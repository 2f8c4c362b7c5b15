import numpy as np
import pytest

from swreg.domain.signature import (
    Signature,
    incompatibilities,
    make_signature,
    read_signature,
    type_name,
    write_signature,
)
from swreg.errors import BrokenFile, UsageError

OUT = {"fraud_probability": "float", "fraud_flag": "bool"}


def declared(inputs: dict[str, str], outputs: dict[str, str] | None = None) -> Signature:
    return Signature(inputs, OUT if outputs is None else outputs, "declared")


@pytest.mark.parametrize(
    ("meaning", "names"),
    [
        ("float", ["float", "float64", "Float32", "np.float16", "double", "numpy.float64"]),
        ("int", ["int", "int64", "Int64", "uint8", "uint", "integer", " INT "]),
        ("str", ["str", "string", "string[python]", "text", "builtins.str"]),
        ("bool", ["bool", "boolean", "bool_"]),
        ("datetime", ["datetime64[ns]", "datetime64[ns, UTC]", "Timestamp", "pd.Timestamp"]),
        ("duration", ["timedelta64[ns]", "timedelta"]),
        ("category", ["category", "Categorical"]),
        ("object", ["object"]),
        ("float?", ["float?", "Optional[float64]", "typing.Optional[float]", "float | None",
                    "None | float", "Optional[float?]"]),
    ],
)  # fmt: skip
def test_one_meaning_has_many_spellings(meaning: str, names: list[str]) -> None:
    assert {type_name(name) for name in names} == {meaning}


def test_every_plain_numpy_type_is_known() -> None:
    for kind, meaning in (("float32", "float"), ("int8", "int"), ("uint64", "int")):
        assert type_name(str(np.dtype(kind))) == meaning


@pytest.mark.parametrize(
    ("inputs", "outputs", "why"),
    [
        ({}, OUT, "input 'amount' was removed"),
        ({"amount": "str"}, OUT, "input 'amount' changed from float to str"),
        ({"amount": "int"}, OUT, "input 'amount' changed from float to int"),
        ({"amount": "float", "place": "str"}, OUT, "required input 'place' is new"),
        ({"amount": "float"}, {"fraud_flag": "bool"}, "output 'fraud_probability' was removed"),
        ({"amount": "float"}, {**OUT, "fraud_flag": "int"},
         "output 'fraud_flag' changed from bool to int"),
        ({"amount": "float"}, {**OUT, "fraud_flag": "bool?"},
         "output 'fraud_flag' changed from bool to bool?"),
    ],
)  # fmt: skip
def test_what_breaks_callers(inputs: dict[str, str], outputs: dict[str, str], why: str) -> None:
    assert incompatibilities(declared({"amount": "float"}), declared(inputs, outputs)) == (why,)


def test_what_breaks_nobody() -> None:
    old = declared({"amount": "float"}, {"flag": "bool?"})
    new = declared(
        {"amount": "float64?", "place": "Optional[str]"}, {"flag": "boolean", "score": "float"}
    )
    assert incompatibilities(old, new) == ()


def test_an_input_made_required_breaks_callers() -> None:
    old, new = declared({"amount": "float?"}), declared({"amount": "float"})
    assert incompatibilities(old, new) == ("input 'amount' changed from float? to float",)


def test_python_types_are_taken_by_name() -> None:
    made = make_signature({"amount": float, "id": np.int64}, {"flag": bool}, source="hints")
    assert made == Signature({"amount": "float", "id": "int64"}, {"flag": "bool"}, "hints")


@pytest.mark.parametrize(
    ("inputs", "outputs", "line"),
    [
        ({}, {}, 'the signature has no outputs; write outputs={"name": "float"}'),
        ({"": "float"}, OUT, "signature inputs: '' is no name; name it with some text"),
        ({3: "float"}, OUT, "signature inputs: 3 is no name; name it with some text"),
        ({"a": 3}, OUT, "signature inputs.a: 3 is no type; write float, int, str or bool"),
        ({}, {"a": " "}, "signature outputs.a: ' ' is no type; write float, int, str or bool"),
    ],
)
def test_a_malformed_signature_is_refused_in_one_line(
    inputs: dict[str, object], outputs: dict[str, object], line: str
) -> None:
    with pytest.raises(UsageError) as caught:
        make_signature(inputs, outputs)
    assert str(caught.value) == line


def test_the_file_is_what_people_read() -> None:
    assert write_signature(declared({"amount": "float64"}, {"flag": "bool"})) == {
        "schema": 1,
        "inputs": {"amount": "float64"},
        "outputs": {"flag": "bool"},
        "source": "declared",
    }


def test_a_broken_file_is_named_with_every_fault() -> None:
    raw = {"schema": 1, "inputs": [], "outputs": {"a": 1}, "source": "guessed", "x": 1}
    with pytest.raises(BrokenFile) as caught:
        read_signature(raw)
    for fault in ("x: unknown key", "inputs: must be a mapping", "outputs.a: must be text"):
        assert fault in str(caught.value)
    assert str(caught.value).startswith("signature.json: ")

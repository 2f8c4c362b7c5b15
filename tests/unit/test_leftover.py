"""Which model a file means that an increment left behind."""

from __future__ import annotations

import pytest

from swreg.domain.leftover import flat_model, is_model_file, model_of_increment

KNOWN = ["churn-model", "fraud-model"]


@pytest.mark.parametrize(
    ("increment", "model"),
    [
        ("0042-fraud", "fraud-model"),
        ("0042-Fraud-Model", "fraud-model"),
        ("0042", None),
        ("0042-", None),
        ("0042-fraud and churn", None),
        (f"0042-{'a' * 200}", None),
    ],
)
def test_the_model_of_an_increment(increment: str, model: str | None) -> None:
    assert model_of_increment(increment) == model


@pytest.mark.parametrize("name", [".pkl", ".hidden.pkl", "notes.md", "pkl", ""])
def test_files_without_a_model(name: str) -> None:
    assert not is_model_file(name)


@pytest.mark.parametrize(
    ("file", "model", "version"),
    [
        ("fraud_model-v3.pkl", "fraud-model", "v3.0.0"),
        ("Fraud.pkl", "fraud-model", None),
        ("churn.pkl", "churn-model", None),
        ("basket_v1.2.onnx", "basket", "v1.2.0"),
        # No name can be made of it, so with others beside it nobody knows whose it is.
        ("my basket!-v3.pkl", None, "v3.0.0"),
        ("scaler-vNext.pkl", None, None),
    ],
)
def test_the_model_of_a_flat_file(file: str, model: str | None, version: str | None) -> None:
    found, number = flat_model(file, "0042-fraud", known=KNOWN, alone=False)
    assert (found, number and str(number)) == (model, version)


def test_the_only_file_of_an_increment_is_of_its_model_unless_only_others_live_there() -> None:
    assert flat_model("my basket!.pkl", "0042-x", known=KNOWN, alone=True)[0] == "x-model"
    others = {"known": KNOWN, "here": KNOWN[:1]}
    assert flat_model("model-v3.pkl", "0042-x", **others, alone=False)[0] is None
    assert flat_model("anything.pkl", "0042-x", **others, alone=True)[0] is None

from typing import Any

import pytest

from swreg.domain.bump import Change, change_between, check_explicit, decide
from swreg.domain.facts import Facts
from swreg.domain.features import Feature, Features, make_features
from swreg.domain.metadata import make_metadata
from swreg.domain.signature import Signature
from swreg.domain.version import Version

OLD, MINOR, PATCH, MAJOR = map(Version.parse, ("v3.0.0", "v3.1.0", "v3.0.1", "v4.0.0"))


def facts(
    *features: str | Feature, outputs: dict[str, str] | None = None, **metadata: Any
) -> Facts:
    signature = None if outputs is None else Signature({}, outputs, "declared")
    return Facts(
        "",
        make_metadata(metadata),
        make_features(features) if features else Features(()),
        signature,
    )


@pytest.mark.parametrize(
    ("old", "new", "bump", "reasons"),
    [
        (facts("a", "b"), facts("a"), "major", ("features removed: b",)),
        (facts(Feature("a", "int")), facts(Feature("a", "str")), "major",
         ("features retyped: a",)),
        (facts(outputs={"y": "int"}), facts(outputs={"y": "str"}), "major",
         ("signature incompatible: output 'y' changed from int to str",)),
        (facts("a", accuracy=0.8), facts("b", accuracy=0.9), "major", ("features removed: a",)),
        (facts("a"), facts("a", "b"), "minor", ("features added: b",)),
        (facts(accuracy=0.85), facts(accuracy=0.87), "minor",
         ("Accuracy improved from 0.85 to 0.87",)),
        (facts("a", rmse=2), facts("a", "b", rmse=1), "minor",
         ("features added: b", "RMSE improved from 2.00 to 1.00")),
        (facts(accuracy=0.87), facts(accuracy=0.85), "patch", ("same features and signature",)),
        (facts(accuracy=0.8, recall=0.5), facts(accuracy=0.8, recall=0.9), "patch",
         ("same features and signature",)),
        (facts(Feature("a", maximum=1)), facts(Feature("a", maximum=2)), "patch",
         ("features rescaled: a",)),
        (facts("a"), facts(), "patch", ("same features and signature",)),
        (facts(outputs={"y": "int"}), facts(outputs={"y": "int64", "z": "int"}), "patch",
         ("same features and signature",)),
        (facts(), facts(), "patch", ("same features and signature",)),
    ],
)  # fmt: skip
def test_the_step_follows_from_what_changed(
    old: Facts, new: Facts, bump: str, reasons: tuple[str, ...]
) -> None:
    decision = decide(change_between(old, new))
    assert (decision.bump, decision.reasons) == (bump, reasons)


def test_the_primary_metric_is_the_one_that_counts() -> None:
    old, new = facts(accuracy=0.8, recall=0.5), facts(accuracy=0.8, recall=0.9)
    assert change_between(old, new, primary="recall").improved == (
        "Recall improved from 0.50 to 0.90",
    )
    assert change_between(old, new, primary="accuracy").improved == ()


def test_where_the_primary_metric_is_not_recorded_the_first_known_one_counts() -> None:
    old, new = facts(rmse=2, metrics={"uplift": 1}), facts(rmse=1, accuracy=0.9)
    assert change_between(old, new, primary="accuracy").improved == (
        "RMSE improved from 2.00 to 1.00",
    )


def test_a_direction_of_the_policy_counts() -> None:
    old, new = (facts(metrics={"uplift": value}) for value in (1, 2))
    assert change_between(old, new, primary="uplift").improved == ()
    found = change_between(old, new, primary="uplift", directions={"uplift": "higher"})
    assert found.improved == ("uplift improved from 1.00 to 2.00",)


def test_many_names_are_cut_and_counted() -> None:
    names = [f"f{n}" for n in range(8)]
    decision = decide(change_between(facts("x"), facts("x", *names)))
    assert decision.reasons == ("features added: f0, f1, f2, f3, f4 and 3 more",)


def removed() -> Change:
    return change_between(facts("a", "b"), facts("a"))


def incompatible() -> Change:
    return change_between(facts(outputs={"y": "int"}), facts(outputs={"z": "int"}))


@pytest.mark.parametrize("version", [MINOR, PATCH])
def test_an_incompatible_signature_under_a_smaller_step_is_refused(version: Version) -> None:
    refusals, warnings = check_explicit(OLD, version, incompatible())
    assert refusals == ("signature: output 'y' was removed: this asks for a major step (v4.0.0)",)
    assert warnings == ()


def test_a_major_step_allows_everything() -> None:
    assert check_explicit(OLD, MAJOR, incompatible()) == ((), ())
    assert check_explicit(OLD, MAJOR, removed(), strict_features=True) == ((), ())


def test_lost_features_are_a_warning_or_by_policy_a_refusal() -> None:
    line = ("features removed: b: this asks for a major step (v4.0.0)",)
    assert check_explicit(OLD, MINOR, removed()) == ((), line)
    assert check_explicit(OLD, MINOR, removed(), strict_features=True) == (line, ())


def test_added_features_in_a_patch_are_a_warning_even_where_strict() -> None:
    line = ("features added: b: this asks for a minor step (v3.1.0)",)
    change = change_between(facts("a"), facts("a", "b"))
    assert check_explicit(OLD, PATCH, change) == ((), line)
    assert check_explicit(OLD, PATCH, change, strict_features=True) == ((), line)
    assert check_explicit(OLD, MINOR, change) == ((), ())


@pytest.mark.parametrize("version", [OLD, Version.parse("v2.9.0"), Version.parse("v3.0.0-rc.1")])
def test_a_number_that_is_no_step_up_is_refused(version: Version) -> None:
    change = change_between(facts(), facts())
    assert check_explicit(OLD, version, change) == ((f"{version} is not above v3.0.0",), ())


def test_features_that_nobody_recorded_are_not_removed() -> None:
    decision = decide(change_between(facts("a"), facts()))
    assert decision.bump == "patch"
    assert decide(change_between(facts(), facts("a"))).bump == "patch"
    emptied = Facts("", features=Features(()))
    assert decide(change_between(facts("a"), emptied)).bump == "patch"

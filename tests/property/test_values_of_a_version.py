"""Laws of what a version takes, gives, scored and was trained on."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from swreg.domain.features import (
    Feature,
    Features,
    changes,
    make_features,
    read_features,
    write_features,
)
from swreg.domain.metadata import as_mapping, make_metadata, read_metadata, write_metadata
from swreg.domain.quantity import UNITS, display_quantity, parse_quantity
from swreg.domain.signature import (
    Signature,
    incompatibilities,
    read_signature,
    type_name,
    write_signature,
)
from swreg.errors import UsageError

NAMES = st.text(min_size=1, max_size=12).filter(str.strip)
TYPES = st.sampled_from(["float", "float64", "int", "Int64", "str", "bool?", "category", "tensor"])
FIELDS = st.dictionaries(NAMES, TYPES, max_size=5)
SIGNATURES = st.builds(
    Signature, FIELDS, FIELDS, st.sampled_from(["declared", "inferred", "hints"])
)
BOUNDS = st.none() | st.floats(-1e6, 0), st.none() | st.floats(0, 1e6)
FEATURE = st.builds(
    Feature, NAMES, st.none() | TYPES, *BOUNDS, st.lists(NAMES, max_size=3).map(tuple)
)
FEATURES = st.lists(FEATURE, max_size=6, unique_by=lambda one: one.name).map(
    lambda some: Features(tuple(some))
)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | st.integers(-(2**40), 2**40) | NUMBERS | st.text(max_size=9)
KEYS = st.text("abcdefgh_", min_size=1, max_size=9)
PLAIN = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3)
)
QUANTITIES = st.sampled_from(["35ms", "12MB", "0.2 cores", "fast", 3, 0.5])
METADATA = st.builds(
    lambda known, further: {**further, **known},
    st.fixed_dictionaries(
        {},
        optional={
            "accuracy": NUMBERS,
            "rmse": NUMBERS,
            "metrics": st.dictionaries(st.sampled_from(["uplift", "lift@10"]), NUMBERS),
            "model_size": QUANTITIES,
            "inference_latency_p50": QUANTITIES,
            "framework": st.text(),
            "hyperparameters": st.dictionaries(KEYS, PLAIN, max_size=3),
            "features": st.lists(NAMES, min_size=1, max_size=3),
            "training_data_version": st.text(max_size=5),
            "parent_model": st.text(max_size=5),
            "version": st.just("v3.1.0"),
        },
    ),
    st.dictionaries(KEYS.map("team_".__add__), PLAIN, max_size=3),
)


class TestQuantities:
    """What is read is kept as written; what is shown can be read again."""

    @given(st.text() | NUMBERS)
    def test_any_text_is_read_and_kept(self, raw: str | float) -> None:
        found = parse_quantity(raw)
        assert str(found) == str(raw)
        assert parse_quantity(str(found)) == found
        assert (found.value is None) == (found.dimension == "text")

    @given(NUMBERS.filter(lambda n: n == 0 or 1e-6 < abs(n) < 1e12), st.sampled_from(sorted(UNITS)))
    def test_a_number_with_a_known_unit_is_a_quantity(self, number: float, unit: str) -> None:
        found = parse_quantity(f"{number} {unit}")
        dimension, factor = UNITS[unit]
        assert found.value is not None
        assert found.dimension == dimension
        assert abs(found.value - number * factor) <= 1e-9 * abs(number * factor)

    @given(
        st.floats(1e-9, 1e15), st.sampled_from(sorted({dimension for dimension, _ in UNITS.values()}))
    )  # fmt: skip
    def test_what_is_shown_reads_back_to_four_digits(self, value: float, dimension: str) -> None:
        again = parse_quantity(display_quantity(value, dimension))
        assert again.value is not None
        assert again.dimension == dimension
        assert abs(again.value - value) <= 1e-3 * value


class TestSignatures:
    @given(SIGNATURES)
    def test_the_file_reads_back(self, signature: Signature) -> None:
        assert read_signature(json.loads(json.dumps(write_signature(signature)))) == signature

    @given(SIGNATURES)
    def test_nothing_is_incompatible_with_itself_or_its_spellings(self, old: Signature) -> None:
        spelled = Signature(
            {name: type_name(kind).upper() for name, kind in old.inputs.items()},
            {name: f" {kind} " for name, kind in old.outputs.items()},
            "inferred",
        )
        assert incompatibilities(old, old) == incompatibilities(old, spelled) == ()

    @given(SIGNATURES, SIGNATURES, SIGNATURES)
    def test_compatible_steps_add_up(self, a: Signature, b: Signature, c: Signature) -> None:
        if not incompatibilities(a, b) and not incompatibilities(b, c):
            assert not incompatibilities(a, c)

    @given(st.text())
    def test_a_meaning_means_itself(self, written: str) -> None:
        assert type_name(type_name(written)) == type_name(written)


class TestFeatures:
    @given(FEATURES)
    def test_the_file_reads_back(self, features: Features) -> None:
        assert read_features(json.loads(json.dumps(write_features(features)))) == features

    @given(FEATURES.filter(lambda some: bool(some.features)))
    def test_names_alone_are_a_list_that_reads_back(self, features: Features) -> None:
        names = list(features.names)
        assert read_features(names) == make_features(names)

    @given(FEATURES, FEATURES)
    def test_changes_are_seen_the_same_from_both_sides(self, a: Features, b: Features) -> None:
        there, back = changes(a, b), changes(b, a)
        assert set(there.added) == set(back.removed)
        assert set(there.retyped) == set(back.retyped)
        assert set(there.rescaled) == set(back.rescaled)
        assert not changes(a, a)


class TestMetadata:
    @given(METADATA)
    def test_facts_read_back_from_a_mapping_and_from_the_file(self, raw: dict[str, Any]) -> None:
        facts = make_metadata(raw)
        assert make_metadata(as_mapping(facts)) == facts
        text = json.dumps(write_metadata(facts), allow_nan=False)
        assert read_metadata(json.loads(text)) == facts

    @given(st.dictionaries(st.text(max_size=5) | st.sampled_from(["accuracy", "git"]), PLAIN))
    def test_anything_is_taken_whole_or_refused_in_one_line(self, raw: dict[str, Any]) -> None:
        refusal = ""
        try:
            facts = make_metadata(raw)
            assert make_metadata(as_mapping(facts)) == facts
        except UsageError as error:
            refusal = str(error)
        assert refusal.isprintable()

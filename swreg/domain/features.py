"""The features a version was trained on (`features.yaml`), and what changed between two versions.

schema: 1
features:
  - {name: amount, dtype: float64, minimum: 0.0, maximum: 9999.0}
  - {name: country, dtype: category, categories: [de, fr]}
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from swreg.domain.document import read_document, write_document
from swreg.domain.names import visible
from swreg.domain.shape import ShapeError, read
from swreg.domain.signature import Signature, type_name
from swreg.errors import BrokenFile, UsageError


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature: its name and, where a sample was given, its type and range."""

    name: str
    dtype: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Features:
    """The value of `features.yaml`: features in the order the model takes them."""

    features: tuple[Feature, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(feature.name for feature in self.features)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureChanges:
    """Names of features: those the new version has more, has no more, and has otherwise.

    Retyped is another type; rescaled the same type with another range or other categories.
    """

    added: tuple[str, ...]
    removed: tuple[str, ...]
    retyped: tuple[str, ...]
    rescaled: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.retyped or self.rescaled)


def make_features(given: Iterable[object]) -> Features:
    """Features from what a caller gave: names, mappings or `Feature`s, mixed as they like.

    Raises `UsageError` for an empty list, a name given twice, a range upside down.

    >>> make_features(["amount", {"name": "age", "dtype": "int64"}]).names
    ('amount', 'age')
    """
    if isinstance(given, (str, bytes)) or not isinstance(given, Iterable):
        raise UsageError("features must be a list of names", 'write ["amount", "country"]')
    try:
        features = Features(tuple(_one(one, n) for n, one in enumerate(given)))
    except ShapeError as error:
        raise UsageError(f"features: {error}", "each is a name or {name, dtype, …}") from None
    faults = ["the list is empty"] if not features.features else list(_faults(features))
    if faults:
        raise UsageError(f"features: {'; '.join(faults)}", "name each feature once")
    return features


def _one(given: object, place: int) -> Feature:
    if isinstance(given, Feature):
        return given
    return read(Feature, {"name": given} if isinstance(given, str) else given, f"[{place}]")


def _faults(features: Features) -> Iterator[str]:
    for name, count in Counter(features.names).items():
        if not name.strip():
            yield "a name is empty"
        if count > 1:
            yield f"{name!r} is given {count} times"
    for feature in features.features:
        low, high = feature.minimum, feature.maximum
        if low is not None and high is not None and low > high:
            yield f"{feature.name!r} has a minimum above its maximum"


def changes(old: Features, new: Features) -> FeatureChanges:
    """What is different in `new`. A type or range that only one side knows is no change.

    >>> old = make_features([Feature("a", "int"), Feature("b", "float", 0, 1), "c"])
    >>> new = make_features([Feature("a", "str"), Feature("b", "float64", 0, 9), "d"])
    >>> changes(old, new)
    FeatureChanges(added=('d',), removed=('c',), retyped=('a',), rescaled=('b',))
    """
    before = {feature.name: feature for feature in old.features}
    kept = [(before[one.name], one) for one in new.features if one.name in before]
    retyped = tuple(one.name for was, one in kept if _retyped(was, one))
    return FeatureChanges(
        added=tuple(name for name in new.names if name not in before),
        removed=tuple(name for name in old.names if name not in new.names),
        retyped=retyped,
        rescaled=tuple(
            one.name for was, one in kept if one.name not in retyped and _rescaled(was, one)
        ),
    )


def _retyped(old: Feature, new: Feature) -> bool:
    if old.dtype is None or new.dtype is None:
        return False
    return type_name(old.dtype) != type_name(new.dtype)


def _rescaled(old: Feature, new: Feature) -> bool:
    bounds = ((old.minimum, new.minimum), (old.maximum, new.maximum))
    if any(was is not None and now is not None and was != now for was, now in bounds):
        return True
    sets = set(old.categories), set(new.categories)
    return all(sets) and sets[0] != sets[1]


def contradictions(signature: Signature, features: Features) -> tuple[str, ...]:
    """Features that are inputs by name and of another type there: one of the two is wrong.

    A feature need not be an input: it may be worked out from one.

    >>> contradictions(
    ...     Signature({"amount": "float"}, {"fraud": "bool"}, "declared"),
    ...     make_features([Feature("amount", "int64"), "days_since_last_purchase"]),
    ... )
    ("'amount' is int64 as a feature and float as an input",)
    """
    return tuple(
        f"{one.name!r} is {one.dtype} as a feature and {signature.inputs[one.name]} as an input"
        for one in features.features
        if one.dtype is not None
        and one.name in signature.inputs
        and type_name(one.dtype) != type_name(signature.inputs[one.name]).removesuffix("?")
    )


def strangers(signature: Signature, features: Features) -> str | None:
    """A remark where no input is a feature: one of the two may be another model's.

    It is no fault: inputs may be raw where the features are worked out from them.

    >>> strangers(Signature({"z": "float"}, {"y": "float"}, "declared"), make_features(["q", "w"]))
    'no input of the signature (z) is a feature (q, w)'
    """
    if not signature.inputs or set(signature.inputs) & set(features.names):
        return None
    inputs, names = (
        ", ".join(visible(one) for one in list(some)[:5])
        for some in (signature.inputs, features.names)
    )
    return f"no input of the signature ({inputs}) is a feature ({names})"


def read_features(raw: object, where: str = "features.yaml") -> Features:
    """The features in the plain data of a file, which may be a plain list of names.

    Raises `BrokenFile`.
    """
    if isinstance(raw, (list, tuple)):
        raw = {"schema": 1, "features": raw}
    if isinstance(raw, dict) and isinstance(raw.get("features"), (list, tuple)):
        named = [{"name": one} if isinstance(one, str) else one for one in raw["features"]]
        raw = {**raw, "features": named}
    features = read_document(Features, raw, where)
    faults = list(_faults(features))
    if faults:
        raise BrokenFile(f"{where}: {'; '.join(faults)}", "restore the file from git")
    return features


def write_features(features: Features) -> dict[str, Any]:
    """The plain data of `features.yaml`; `read_features(write_features(f)) == f`."""
    return write_document(features)

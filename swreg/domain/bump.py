"""Which number the next version gets, and whether a number that somebody chose is honest.

Features removed or retyped, or a signature that breaks callers: major. Features added, or a
primary metric improved: minor. Everything else: patch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from swreg.domain.comparison import judge
from swreg.domain.comparison_text import number_pair
from swreg.domain.facts import Facts
from swreg.domain.features import FeatureChanges
from swreg.domain.measures import METRICS, Direction, direction, label, ordered
from swreg.domain.metadata import metrics
from swreg.domain.names import visible
from swreg.domain.version import BUMPS, Bump, Version

_NAMES_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is different from the latest version, as far as numbering looks.

    `incompatible` and `improved` are sentences; `features` holds names.
    """

    features: FeatureChanges
    incompatible: tuple[str, ...]
    improved: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The kind of step and, one sentence each, why."""

    bump: Bump
    reasons: tuple[str, ...]


def change_between(
    old: Facts,
    new: Facts,
    *,
    primary: str | None = None,
    directions: Mapping[str, Direction] | None = None,
) -> Change:
    """What changed from `old` to `new`.

    `primary` is the metric whose improvement is worth a minor step. Where a version lacks it, it
    is the first metric of our table that both have (accuracy before precision and so on).

    >>> from swreg.domain.metadata import make_metadata
    >>> old, new = (Facts("", make_metadata({"accuracy": x})) for x in (0.85, 0.87))
    >>> change_between(old, new).improved
    ('Accuracy improved from 0.85 to 0.87',)
    """
    before, after = metrics(old.metadata), metrics(new.metadata)
    both = before.keys() & after.keys()
    looked_at = [primary] if primary in both else _first_known(both)
    return Change(
        features=old.feature_changes(new),
        incompatible=old.broken_by(new),
        improved=tuple(
            _improved(name, before[name], after[name])
            for name in looked_at
            if judge(before[name], after[name], direction(name, directions)) == "better"
        ),
    )


def _first_known(names: set[str]) -> list[str]:
    return [name for name in ordered(names) if name in METRICS][:1]


def _improved(name: str, old: float, new: float) -> str:
    was, now = number_pair(old, new)
    return f"{visible(label(name))} improved from {was} to {now}"


def decide(change: Change) -> Decision:
    """The step that the change asks for, with its reasons.

    >>> from swreg.domain.features import changes, make_features
    >>> added = changes(make_features(["a"]), make_features(["a", "b"]))
    >>> decide(Change(features=added, incompatible=(), improved=()))
    Decision(bump='minor', reasons=('features added: b',))
    """
    features = change.features
    major = (
        *(f"signature incompatible: {reason}" for reason in change.incompatible),
        *_named("features removed", features.removed),
        *_named("features retyped", features.retyped),
    )
    if major:
        return Decision(bump="major", reasons=major)
    minor = (*_named("features added", features.added), *change.improved)
    if minor:
        return Decision(bump="minor", reasons=minor)
    rescaled = _named("features rescaled", features.rescaled)
    return Decision(bump="patch", reasons=rescaled or ("same features and signature",))


def _named(what: str, names: Sequence[str]) -> tuple[str, ...]:
    if not names:
        return ()
    shown = [visible(name) for name in names[:_NAMES_SHOWN]]
    more = len(names) - len(shown)
    return (f"{what}: {', '.join(shown)}{f' and {more} more' if more else ''}",)


def check_explicit(
    older: Version, version: Version, change: Change, *, strict_features: bool = False
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What speaks against a chosen number: (refusals, warnings), both empty where it is honest.

    `older` is the version that `change` was worked out against, the nearest one below. An
    incompatible signature without a major step is refused; removed or retyped features are a
    warning, or a refusal where the policy is strict; added features in a patch are a warning.

    >>> from swreg.domain.features import changes, make_features
    >>> change = Change(features=changes(make_features(["a", "b"]), make_features(["a"])),
    ...                 incompatible=(), improved=())
    >>> check_explicit(Version.parse("v3.0.0"), Version.parse("v3.1.0"), change)
    ((), ('features removed: b: this asks for a major step (v4.0.0)',))
    """
    step = version.bump_from(older)
    if step is None:
        return (f"{version} is not above {older}",), ()
    features, asking = change.features, partial(_asking, step=step, older=older)
    broken = asking([f"signature: {one}" for one in change.incompatible], "major")
    lost = (
        *_named("features removed", features.removed),
        *_named("features retyped", features.retyped),
    )
    missing = asking(lost, "major")
    new = asking(_named("features added", features.added), "minor")
    if strict_features:
        return (*broken, *missing), new
    return broken, (*missing, *new)


def _asking(reasons: Sequence[str], wanted: Bump, *, step: Bump, older: Version) -> tuple[str, ...]:
    if BUMPS.index(step) <= BUMPS.index(wanted):
        return ()
    return tuple(
        f"{reason}: this asks for a {wanted} step ({older.bump(wanted)})" for reason in reasons
    )

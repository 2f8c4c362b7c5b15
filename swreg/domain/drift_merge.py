"""What a merge may say of a model: facts of its parents, each change of one side kept.

A model is taken apart into facts: each stage pointer and each field of each version. A fact that
one side changed must stand in the merge; where both sides changed it, one of the two must.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from swreg.domain.catalog import Model
from swreg.domain.drift import ENTRY_FIELDS, Difference
from swreg.domain.stage import POINTED, Stage
from swreg.domain.version import Version

Fact = tuple[Stage | Version, str]

_FOLLOWS = frozenset(["deployed_at", "previous", "archived", "traffic", "request", "hold"])
"""Fields that go with a move: where two moves collide, those of either side may stand."""
_JOINED = frozenset(["approvals", "tags"])


def merge_faults(
    ancestor: Model, parents: tuple[Model, ...], merged: Model
) -> Iterator[Difference]:
    """Facts of the merge that are no parent's, and changes of a parent that it lost."""
    old, result = facts(ancestor), facts(merged)
    sides = [facts(parent) for parent in parents]
    collided = any(
        len(_changed(old.get((stage, "pointer")), [side.get((stage, "pointer")) for side in sides]))
        > 1
        for stage in POINTED
    )
    for key in sorted({*old, *result, *(key for side in sides for key in side)}, key=repr):
        base, new, values = old.get(key), result.get(key), [side.get(key) for side in sides]
        allowed = _changed(base, values) or [base]
        if collided and key[1] in _FOLLOWS:
            allowed = [base, *values]
        if new in allowed:
            continue
        if key[1] in _JOINED and _same_members(new, _joined(base, values)):
            continue
        yield Difference(_version(key, new), _sentence(key, new, [base, *values]))


def _changed(base: Any, values: list[Any]) -> list[Any]:
    """What the sides made of a fact, where they changed it; each value once."""
    found: list[Any] = []
    for value in values:
        if value != base and value not in found:
            found.append(value)
    return found


def facts(model: Model) -> dict[Fact, Any]:
    """The model taken apart: (stage, "pointer") and (version, field) to what they hold."""
    found: dict[Fact, Any] = {
        (stage, "pointer"): version for stage, version in model.stages.items()
    }
    for version, entry in model.versions.items():
        found |= {(version, name): getattr(entry, name) for name in ENTRY_FIELDS}
    return found


def _joined(base: Any, values: list[Any]) -> list[Any]:
    """What a set holds after all sides' additions and removals."""
    before, sides = list(base or ()), [list(value or ()) for value in values]
    kept = [part for part in before if all(part in side for side in sides)]
    return [*kept, *(part for side in sides for part in side if part not in before)]


def _same_members(new: Any, wanted: list[Any]) -> bool:
    return {repr(one) for one in new or ()} == {repr(one) for one in wanted}


def _version(key: Fact, new: Any) -> Version | None:
    if isinstance(key[0], Version):
        return key[0]
    return new if isinstance(new, Version) else None


def _sentence(key: Fact, new: Any, known: list[Any]) -> str:
    what = f"the pointer of {key[0]}" if key[1] == "pointer" else f"{key[1]} of {key[0]}"
    if new in known:
        return f"{what} leaves out what one side of the merge changed"
    return f"{what} is in no parent of the merge"

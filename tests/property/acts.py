"""Acts on a model, as people do them: each gives the model after it, or None where it is refused.

They go through the same decisions and events as the operations, gates left out except the two
that keep a deprecated or unapproved version back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from swreg.domain import moves
from swreg.domain.catalog import Found, Model
from swreg.domain.events import (
    AbTestDecidedEvent,
    ApprovedEvent,
    DeprecatedEvent,
    Event,
    HeldEvent,
    PromotionRequestedEvent,
    RegisteredEvent,
    RejectedEvent,
)
from swreg.domain.shape import Timestamp
from swreg.domain.stage import Stage
from swreg.domain.version import Version
from swreg.errors import SwregError

NAME = "fraud-detection-model"
VERSIONS = tuple(Version.parse(text) for text in ("v1", "v2", "v3", "v3.1.0"))
PEOPLE = ("Ada <ada@example.org>", "Grace <grace@example.org>", "Alan <alan@example.org>")
LIVE = (Stage.STAGING, Stage.PRODUCTION)


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody wants to do; `kind` is a key of ACTS."""

    kind: str
    version: Version
    stage: Stage
    actor: str
    at: Timestamp
    word: str

    def __call__(self, model: Model) -> Model | None:
        """The model after the act; None where the rules refuse it."""
        if (self.version in model.versions) is (self.kind == "register"):
            return None
        try:
            event = ACTS[self.kind](self, Found("home", model, self.version))
        except SwregError:
            return None
        return None if event is None else event.apply(model)


def _register(act: Act, found: Found) -> Event:
    return RegisteredEvent(
        model=NAME, version=act.version, increment="0042-x", path=f"models/x-{act.version}",
        digest=f"sha256:{act.word}", content="sha256:c", size=1, actor=act.actor, at=act.at,
    )  # fmt: skip


def _promote(act: Act, found: Found) -> Event | None:
    moves.require_not_held(found)
    moves.require_move(found, act.stage, reason=act.word)
    if found.entry.deprecated:
        return None
    return moves.promotion(found, act.stage, actor=act.actor, at=act.at, traffic=10)


def _rollback(act: Act, found: Found) -> Event | None:
    if found.entry.deprecated:
        return None
    return moves.rollback(found, actor=act.actor, at=act.at, reason=act.word)


def _archive(act: Act, found: Found) -> Event:
    return moves.archival(found, actor=act.actor, at=act.at, reason=act.word, force=True)


def _deprecate(act: Act, found: Found) -> Event:
    end = date(2030, 1, 1 + len(act.word))
    return DeprecatedEvent(
        model=NAME, version=act.version, actor=act.actor, at=act.at, reason="old", end_of_life=end
    )


def _hold(act: Act, found: Found) -> Event | None:
    if found.entry.hold:
        return None
    return HeldEvent(model=NAME, version=act.version, actor=act.actor, at=act.at, reason=act.word)


def _lift(act: Act, found: Found) -> Event:
    return moves.lift_hold(found, actor=act.actor, at=act.at, reason=act.word)


def _tag(act: Act, found: Found) -> Event:
    return moves.tagging(found, add=(act.word,), remove=(), actor=act.actor, at=act.at)


def _untag(act: Act, found: Found) -> Event:
    return moves.tagging(found, add=(), remove=(act.word,), actor=act.actor, at=act.at)


def _request(act: Act, found: Found) -> Event | None:
    moves.require_not_held(found)
    from_ = moves.require_move(found, act.stage, reason=act.word)
    if act.stage not in LIVE or (found.entry.request and found.entry.request.to is act.stage):
        return None
    return PromotionRequestedEvent(
        model=NAME, version=act.version, from_=from_, to=act.stage, actor=act.actor, at=act.at
    )


def _approve(act: Act, found: Found) -> Event | None:
    known = [one.by for one in found.entry.approvals_for(act.stage)]
    barred = found.entry.hold or found.stage in (Stage.ARCHIVED, act.stage)
    if act.stage not in LIVE or barred or act.actor in known:
        return None
    return ApprovedEvent(
        model=NAME, version=act.version, for_=act.stage, digest=found.entry.artifact.digest,
        actor=act.actor, at=act.at,
    )  # fmt: skip


def _reject(act: Act, found: Found) -> Event | None:
    request = found.entry.request
    to = request.to if request else act.stage
    if request is None and not found.entry.approvals_for(to):
        return None
    return RejectedEvent(
        model=NAME, version=act.version, for_=to, actor=act.actor, at=act.at, reason=act.word
    )


def _compare(act: Act, found: Found) -> Event:
    return AbTestDecidedEvent(
        model=NAME, version=act.version, control=VERSIONS[0], better=act.word != "a",
        evidence="sha256:e", actor=act.actor, at=act.at,
    )  # fmt: skip


ACTS: dict[str, Callable[[Act, Found], Event | None]] = {
    "register": _register,
    "promote": _promote,
    "rollback": _rollback,
    "archive": _archive,
    "deprecate": _deprecate,
    "hold": _hold,
    "lift": _lift,
    "tag": _tag,
    "untag": _untag,
    "request": _request,
    "approve": _approve,
    "reject": _reject,
    "compare": _compare,
}


_TIMES = st.integers(0, 59).map(lambda n: Timestamp(f"2024-01-20T14:00:{n:02}Z"))
_WORDS = st.sampled_from(["a", "bb", "ccc"])


_KINDS = (*sorted(ACTS), "promote", "promote", "promote", "promote", "rollback", "archive")


def acts() -> st.SearchStrategy[Act]:
    """Any act on one of four versions; moves are the likeliest."""
    return st.builds(
        Act,
        st.sampled_from(_KINDS),
        st.sampled_from(VERSIONS),
        st.sampled_from([Stage.STAGING, Stage.PRODUCTION, Stage.DEV]),
        st.sampled_from(PEOPLE),
        _TIMES,
        _WORDS,
    )


def _begin(kind: str, number: int, stage: Stage = Stage.DEV) -> Act:
    return Act(kind, VERSIONS[number], stage, PEOPLE[0], Timestamp("2024-01-01T00:00:00Z"), "a")


_REGISTERED = [_begin("register", number) for number in range(3)]
_LIVE = [_begin("promote", 0, Stage.STAGING), _begin("promote", 0, Stage.PRODUCTION)]
_NEXT = [_begin("promote", 1, Stage.STAGING)]
_REPLACED = [*_NEXT, _begin("promote", 1, Stage.PRODUCTION)]
BEGINNINGS: tuple[list[Any], ...] = ([*_LIVE, *_NEXT], [*_LIVE, *_REPLACED], _LIVE, _NEXT, [])
"""Three versions with one in production and one in staging, one that was replaced, and less."""


def after(model: Model, story: list[Act]) -> Model:
    """The model after those acts of a story that were not refused."""
    for act in story:
        model = act(model) or model
    return model


def models() -> st.SearchStrategy[Model]:
    """A model with a past."""
    beginning = st.sampled_from(BEGINNINGS)
    return st.tuples(beginning, st.lists(acts(), max_size=6)).map(
        lambda past: after(Model(NAME), [*_REGISTERED, *past[0], *past[1]])
    )


def regardless_of_order(model: Model | None) -> Model | None:
    """The model with what is a set in one order."""
    if model is None:
        return None
    entries = {
        version: replace(
            entry, tags=tuple(sorted(entry.tags)), approvals=tuple(sorted(entry.approvals, key=str))
        )
        for version, entry in model.versions.items()
    }
    return replace(model, versions=entries)


_STAGED = ("promote", "request", "approve", "reject")


@st.composite
def independent(draw: st.DrawFn) -> tuple[Model, Act, Act]:
    """A model and two acts that may happen in either order, with one and the same end."""
    base = draw(models())
    who, at, word = st.sampled_from(PEOPLE), _TIMES, _WORDS
    every = [
        Act(kind, version, stage, draw(who), draw(at), draw(word))
        for kind in draw(st.permutations(sorted(ACTS)))[:6]
        for version in VERSIONS
        for stage in (Stage.DEV, *LIVE)[: 3 if kind in _STAGED else 1]
    ]
    allowed = [act for act in every if act(base)]
    assume(allowed)
    one = draw(st.sampled_from(allowed))
    other = draw(st.sampled_from([act for act in allowed if _either_way(base, one, act)] or [one]))
    return base, one, other


def _either_way(base: Model, one: Act, other: Act) -> bool:
    first, second = after(base, [one]), after(base, [other])
    a, b = other(first), one(second)
    return a is not None and b is not None and regardless_of_order(a) == regardless_of_order(b)

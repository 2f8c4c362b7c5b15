"""Whatever is decided, in whatever order: the state is sound, and it is the fold of the events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from swreg.domain import moves
from swreg.domain.catalog import Catalog, Found, Model
from swreg.domain.events import Event, HeldEvent, RegisteredEvent, fold
from swreg.domain.record import Record, parse
from swreg.domain.shape import Timestamp
from swreg.domain.stage import POINTED, TRANSITIONS, Stage
from swreg.domain.version import Version
from swreg.errors import SwregError
from swreg.operations.transaction import message
from swreg.storage.catalog_yaml import dump, load

VERSIONS = [Version.parse(f"v1.{n}.0") for n in range(5)]
AT = Timestamp("2024-01-20T14:00:00Z")
WHO = "Ada <ada@example.org>"
TODAY = date(2024, 1, 20)


@dataclass(frozen=True)
class Wish:
    verb: str
    version: Version
    to: Stage


wishes = st.builds(
    Wish,
    st.sampled_from(["register", "promote", "promote", "promote", "rollback", "back", "archive",
                     "hold", "lift", "tag"]),
    st.sampled_from(VERSIONS),
    st.sampled_from(Stage),
)  # fmt: skip


def registered(version: Version) -> RegisteredEvent:
    return RegisteredEvent(model="m", version=version, increment="0042-x", path=f"models/m-{version}",
                           digest="d", content="c", size=1, actor=WHO, at=AT)  # fmt: skip


def decided(model: Model, wish: Wish) -> Event:
    """The event that fulfils a wish; raises what an operation would raise."""
    if wish.verb == "register":
        return registered(wish.version)
    found = Found("h", model, wish.version)
    model.entry(wish.version)
    if wish.verb == "promote":
        moves.require_not_held(found)
        moves.require_move(found, wish.to, reason="r")
        return moves.promotion(found, wish.to, actor=WHO, at=AT, reason="r", traffic=10)
    if wish.verb == "rollback":
        return moves.rollback(found, actor=WHO, at=AT, reason="r")
    if wish.verb == "back":
        to = moves.rollback_target(model, today=TODAY)
        return moves.rollback(Found("h", model, to), actor=WHO, at=AT, reason="r")
    if wish.verb == "archive":
        return moves.archival(found, actor=WHO, at=AT, reason="r", force=True)
    if wish.verb == "lift":
        return moves.lift_hold(found, actor=WHO, at=AT, reason="r")
    if wish.verb == "hold":
        return HeldEvent(model="m", version=wish.version, actor=WHO, at=AT, reason="r")
    return moves.tagging(found, add=(str(wish.to),), remove=("dev",), actor=WHO, at=AT)


def require_sound(model: Model) -> None:
    assert not list(model.faults())
    for stage in POINTED:
        assert [v for v in model.versions if model.stage_of(v) is stage] == (
            [model.stages[stage]] if stage in model.stages else []
        )
    for version, entry in model.versions.items():
        archived = model.stage_of(version) is Stage.ARCHIVED
        assert archived == (entry.archived is not None)
        assert entry.traffic is None or model.stage_of(version) in POINTED
        assert not (archived and entry.request)


@given(st.lists(wishes, max_size=30))
def test_any_sequence_of_decisions(made: list[Wish]) -> None:
    model, events = Model("m"), list[Event]()
    for wish in [*(Wish("register", version, Stage.DEV) for version in VERSIONS[:3]), *made]:
        if wish.verb == "register" and wish.version in model.versions:
            continue
        before = {v: model.stage_of(v) for v in model.versions}
        try:
            event = decided(model, wish)
        except SwregError:
            continue
        model = event.apply(model)
        events.append(event)
        require_sound(model)
        for version, stage in before.items():
            moved = (stage, model.stage_of(version))
            displaced = (Stage.PRODUCTION, Stage.ARCHIVED), (Stage.STAGING, Stage.DEV)
            assert moved[0] is moved[1] or moved in TRANSITIONS or moved in displaced
    assert fold(Model("m"), events) == model
    told = (
        [one.event for one in parse(message(events)) if isinstance(one, Record)] if events else []
    )
    assert told == events
    assert load(dump(Catalog({"m": model}))).models["m"] == model


def in_production(*versions: Version) -> Model:
    """The versions, each brought to production in turn."""
    model = fold(Model("m"), [registered(version) for version in versions])
    for version in versions:
        for stage in (Stage.STAGING, Stage.PRODUCTION):
            found = Found("h", model, version)
            model = moves.promotion(found, stage, actor=WHO, at=AT).apply(model)
    return model


@given(st.permutations(VERSIONS))
def test_rolling_back_walks_the_whole_way_and_never_forth(order: list[Version]) -> None:
    model = in_production(*order)
    for version in reversed(order[:-1]):
        assert moves.rollback_target(model, today=TODAY) == version
        bad = model.production
        assert bad is not None
        model = moves.rollback(Found("h", model, version), actor=WHO, at=AT, reason="r").apply(
            model
        )
        assert model.production == version
        assert model.versions[bad].hold is not None
        require_sound(model)
    assert model.production == order[0]
    try:
        moves.rollback_target(model, today=TODAY)
    except SwregError as error:
        assert "no earlier version" in str(error)
    else:
        raise AssertionError("there is nothing before the first version")

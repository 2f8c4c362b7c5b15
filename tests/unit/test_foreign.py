"""What another registry says, told in our names and stages, or told to have no equal here."""

from __future__ import annotations

import pytest

from swreg.domain.foreign import (
    ActKind,
    ForeignAct,
    ForeignVersion,
    Step,
    Understood,
    Unmapped,
    Words,
    our_name,
    understood,
    without_handovers,
)
from swreg.domain.shape import Timestamp
from swreg.domain.stage import Stage
from swreg.errors import UsageError
from tests.unit.story import v

NONE = Words()


def day(number: int) -> Timestamp:
    return Timestamp(f"2024-01-{number:02}T12:00:00Z")


def version(
    number: str | None, at: Timestamp | None = None, *, name: str = "churn", origin: str = ""
) -> ForeignVersion:
    return ForeignVersion(name=name, version=number, origin=origin or f"{name}@{number}", at=at)


def act(
    stage: str,
    at: Timestamp | None = None,
    *,
    number: str = "v1.0.0",
    kind: ActKind = "stage",
    name: str = "churn",
) -> ForeignAct:
    origin = f"{name}#{stage}"
    return ForeignAct(kind=kind, name=name, version=number, origin=origin, stage=stage, at=at)


def told(result: Understood, model: str = "churn") -> list[ForeignVersion | ForeignAct]:
    return [step.what for step in result.steps[model]]


@pytest.mark.parametrize("pair", ["Fraud", "=fraud", "Fraud="])
def test_a_word_that_maps_nothing_is_refused(pair: str) -> None:
    with pytest.raises(UsageError, match="is no pair; write --rename THEIRS=OURS"):
        Words.of([pair])


def test_a_word_is_mapped_once() -> None:
    with pytest.raises(UsageError, match="--stage-as says 'champion' twice"):
        Words.of(stages=["champion=production", "champion=staging"])


def test_words_lead_to_what_there_can_be_here() -> None:
    with pytest.raises(UsageError, match="'live' is no stage"):
        Words.of(stages=["champion=live"])
    with pytest.raises(UsageError, match="'Fraud' is no model name"):
        Words.of(["fraud=Fraud"])
    words = Words.of(["a=b=fraud"], ["shadow=none"], ["a=b"])
    assert words == Words(names={"a=b": "fraud"}, stages={"shadow": "none"}, only=("a=b",))


def test_a_name_that_is_mapped_or_allowed_is_taken() -> None:
    assert our_name("Fraud", Words(names={"Fraud": "fraud-model"})) == "fraud-model"
    assert our_name("fraud", NONE) == "fraud"


def test_a_name_that_is_not_allowed_is_told_with_another_one() -> None:
    found = understood([version("v1.0.0", name="Fraud")], [], NONE)
    reason = "'Fraud' cannot be a model's name here; --rename Fraud=fraud"
    assert found.unmapped == (Unmapped(name="Fraud", source="Fraud@v1.0.0", reason=reason),)
    assert found.steps == {}


def test_a_stage_that_is_none_here_is_told_with_the_words_that_map_it() -> None:
    found = understood([version("v1.0.0")], [act("champion")], NONE)
    assert [one.source for one in found.unmapped] == ["churn#champion"]
    assert "--stage-as champion=staging (or dev" in found.unmapped[0].reason
    assert told(found) == [version("v1.0.0")]


def test_a_number_that_is_none_is_told() -> None:
    found = understood([version("2024.x")], [], NONE)
    assert found.unmapped[0].reason.startswith("'2024.x' is no SemVer version")


def test_acts_are_told_in_our_stages() -> None:
    acts = [
        act("Production", day(3)),
        act("champion", day(4)),
        act("shadow", day(5)),
        act("", day(6), kind="deprecate"),
    ]
    words = Words(stages={"champion": "archived", "shadow": "none"})
    found = understood([version("1.0.0", day(1))], acts, words)
    steps = found.steps["churn"]
    assert [step.to for step in steps] == [None, Stage.PRODUCTION, Stage.ARCHIVED, None]
    assert {step.version for step in steps} == {v("v1.0.0")}
    assert (told(found)[-1], found.unmapped) == (acts[-1], ())


def test_only_the_models_that_were_asked_for_are_understood() -> None:
    both = [version("v1.0.0"), version("v1.0.0", name="Not Ours")]
    found = understood(both, [], Words(only=("churn",)))
    assert (list(found.steps), found.unmapped) == (["churn"], ())


def test_two_names_never_become_one() -> None:
    both = [version("v1.0.0"), version("v2.0.0", name="Churn")]
    with pytest.raises(UsageError, match="'churn' and 'Churn' would both be churn; --rename Churn"):
        understood(both, [], Words(names={"Churn": "churn"}))


def test_two_models_never_share_their_folders() -> None:
    both = [version("v1.0.0", name="churn-model"), version("v1.0.0")]
    with pytest.raises(UsageError, match="churn-model would share its folders with churn;"):
        understood(both, [], NONE)


def test_models_and_what_happened_to_them_are_in_order() -> None:
    versions = [
        version("v2.0.0"),
        version("v1.1.0"),
        version("v1.0.0", day(1)),
        version("v1.0.0", name="alpha"),
    ]
    late, early = act("production", day(9)), act("staging", day(2))
    found = understood(versions, [late, early], NONE)
    assert list(found.steps) == ["alpha", "churn"]
    assert told(found) == [versions[2], early, late, versions[1], versions[0]]


def test_a_version_comes_before_what_happened_to_it() -> None:
    born = version("v1.0.0", day(5))
    before = act("staging", day(1))
    assert told(understood([born], [before], NONE)) == [born, before]
    undated = version("v1.0.0")
    assert told(understood([undated], [before], NONE)) == [undated, before]


def test_pointers_that_have_no_time_come_last() -> None:
    pointer, dated = act("production"), act("staging", day(2))
    born = version("v1.0.0", day(1))
    assert told(understood([born], [pointer, dated], NONE)) == [born, dated, pointer]


def test_numbers_that_are_still_to_be_worked_out_keep_their_order() -> None:
    rows = [version(None, day(2), origin=origin) for origin in ("z", "a")]
    first = version(None, day(1), origin="m")
    found = understood([*rows, first], [], NONE)
    assert told(found) == [first, *rows]
    assert {step.version for step in found.steps["churn"]} == {None}


def test_an_act_on_a_version_that_was_not_seen_keeps_its_time() -> None:
    acts = [act("production", day(3), number="v9.0.0"), act("staging", day(2), number="v9.0.0")]
    assert told(understood([], acts, NONE)) == acts[::-1]


def step(kind: ActKind, number: str, to: Stage) -> Step:
    return Step(model="churn", version=v(number), what=act(to, number=number, kind=kind), to=to)


LEFT = step("leave", "v1", Stage.PRODUCTION)


def test_leaving_a_stage_for_the_next_one_says_nothing_of_its_own() -> None:
    taken = step("stage", "v2", Stage.PRODUCTION)
    assert without_handovers([LEFT, taken, LEFT]) == (taken, LEFT)


@pytest.mark.parametrize(
    "after",
    [
        step("stage", "v1", Stage.PRODUCTION),
        step("stage", "v2", Stage.STAGING),
        step("leave", "v2", Stage.PRODUCTION),
        Step(model="churn", version=v("v2"), what=version("v2")),
    ],
    ids=["came back", "took another stage", "left as well", "is new"],
)
def test_any_other_leaving_stays(after: Step) -> None:
    assert without_handovers([LEFT, after]) == (LEFT, after)


def test_there_is_nothing_to_leave_out_of_nothing() -> None:
    assert without_handovers([]) == ()

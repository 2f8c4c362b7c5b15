"""What a registry answers, and what no catalog may hold."""

from __future__ import annotations

import pytest

from swreg.domain.catalog import Catalog, Found, Model, Registry
from swreg.domain.names import Reference, parse_reference
from swreg.domain.stage import Stage
from swreg.errors import AlreadyExists, Ambiguous, BrokenFile, NotFound
from tests.unit.story import HOME, NAME, live, model, registered, v

STATE = model(*live("v1.0.0"), registered("v1.1.0"), *live("v2.0.0"))


def registry(*models: Model, home: str = HOME) -> Registry:
    return Registry({home: Catalog({one.name: one for one in models})})


@pytest.mark.parametrize(
    ("text", "version"),
    [
        (f"{NAME}@production", "v2.0.0"),
        (f"{NAME}@archived", "v1.0.0"),
        (f"{NAME}@dev", "v1.1.0"),
        (f"{NAME}@latest", "v2.0.0"),
        (NAME, "v2.0.0"),
        ("fraud-detection-v1.1.0", "v1.1.0"),
        (f"{NAME}@1.1.0", "v1.1.0"),
    ],
)
def test_every_way_to_name_a_version(text: str, version: str) -> None:
    one = registry(STATE).find(parse_reference(text))
    assert (one.version, one.model.name, one.home) == (v(version), NAME, HOME)


def test_a_found_version_knows_its_entry_and_stage() -> None:
    one = Found(HOME, STATE, v("v1.0.0"))
    assert one.stage is Stage.ARCHIVED
    assert one.entry is STATE.versions[v("v1.0.0")]


def test_what_is_not_there_is_said_with_what_is_near() -> None:
    full = registry(STATE)
    with pytest.raises(NotFound, match="did you mean fraud-detection-model"):
        full.find(parse_reference("fraud-detection-mode"))
    with pytest.raises(NotFound, match="registry-list shows"):
        Registry().model("churn")
    with pytest.raises(NotFound, match=r"no version v9\.0\.0; the latest ones are: v1\.0\.0"):
        full.find(parse_reference(NAME, "v9"))
    with pytest.raises(NotFound, match="no version in staging"):
        full.find(parse_reference(f"{NAME}@staging"))
    with pytest.raises(NotFound, match="no version yet"):
        registry(Model(NAME)).find(parse_reference(NAME))
    with pytest.raises(NotFound, match="the latest ones are: none"):
        Model(NAME).entry(v("v1"))


def test_one_reference_may_mean_two_models() -> None:
    other = Model("fraud-detection", {}, {v("v1.0.0"): STATE.versions[v("v1.0.0")]})
    with pytest.raises(Ambiguous, match="fraud-detection-model or fraud-detection"):
        registry(STATE, other).find(parse_reference("fraud-detection-v1.0.0"))


def test_two_models_of_one_slug_are_refused() -> None:
    full = registry(STATE)
    full.require_free_name(NAME)
    full.require_free_name("churn-model")
    with pytest.raises(AlreadyExists, match="share its folders"):
        full.require_free_name("fraud-detection")


def test_a_model_in_two_homes_is_read_but_not_written() -> None:
    other = HOME.replace("0042", "0043")
    two = Registry({HOME: Catalog({NAME: STATE}), other: Catalog({NAME: STATE})})
    assert two.homes_of(NAME) == [HOME, other]
    assert two.model(NAME)[0] == HOME
    assert [home for home, _ in two.models()] == [HOME, other]
    with pytest.raises(BrokenFile, match="two catalogs"):
        two.single_home(NAME)
    assert registry(STATE).single_home(NAME) == HOME


def test_two_homes_answer_only_where_they_say_the_same() -> None:
    other = HOME.replace("0042", "0043")
    again = model(*live("v1.0.0"), registered("v3.0.0"))
    two = Registry({HOME: Catalog({NAME: STATE}), other: Catalog({NAME: again})})
    for word in ("production", "latest", "1.0.0"):
        with pytest.raises(BrokenFile, match=f"{HOME}, {other}; run: swreg resolve"):
            two.find(parse_reference(f"{NAME}@{word}"))
    assert two.find(parse_reference(f"{NAME}@v3.0.0")).home == other
    assert two.find(parse_reference(f"{NAME}@v2.0.0")).home == HOME
    same = Registry({HOME: Catalog({NAME: STATE}), other: Catalog({NAME: STATE})})
    assert same.find(parse_reference(f"{NAME}@production")).version == v("v2.0.0")


def test_which_models_stand_twice_or_share_their_folders() -> None:
    other, churn = HOME.replace("0042", "0043"), Model("churn")
    one = Registry({HOME: Catalog({NAME: STATE}), other: Catalog({"churn": churn})})
    assert (one.in_two_homes(), one.sharing_folders()) == ([], [])
    two = one.with_model(other, STATE).with_model(other, Model("churn-model"))
    assert (two.in_two_homes(), two.sharing_folders()) == ([NAME], [("churn", "churn-model")])


def test_a_new_state_leaves_the_old_one_as_it_was() -> None:
    before = registry(STATE)
    after = before.with_model(HOME, model(registered("v1.0.0")))
    assert len(after.model(NAME)[1].versions) == 1
    assert before.model(NAME)[1] is STATE
    assert Registry().with_model(HOME, STATE) == before


def test_pointers_lead_to_what_is_there_and_live() -> None:
    assert list(STATE.faults()) == []
    broken = Model(
        NAME,
        {Stage.PRODUCTION: v("v9"), Stage.STAGING: v("v1.0.0"), Stage.DEV: v("v1.1.0")},
        STATE.versions,
    )
    assert [fault.split(": ", 1)[1] for fault in broken.faults()] == [
        "points to v9.0.0, which is not there",
        "points to v1.0.0, which is archived",
        "only production and staging are pointers",
    ]
    twice = STATE.with_stage(Stage.STAGING, v("v2.0.0"))
    assert list(twice.faults()) == [f"models.{NAME}.stages: one version stands in two stages"]


def test_a_reference_to_nothing_asks_for_its_last_name() -> None:
    with pytest.raises(NotFound, match="no model called 'b'"):
        registry(STATE).find(Reference("x", ("a", "b"), latest=True))


def test_the_increment_of_a_version_is_the_one_that_registered_it() -> None:
    one = registry(STATE).find(parse_reference(NAME, "0042-v1.1"))
    assert one.version == v("v1.1.0")
    with pytest.raises(NotFound, match=r"v1.1.0 of increment 9999; v1.1.0 was registered by 0042"):
        registry(STATE).find(parse_reference(NAME, "9999-v1.1"))


def test_a_part_of_a_name_that_only_looks_like_a_version_is_no_reading() -> None:
    reference = parse_reference("basket-v2x-large-v3.1")
    assert (reference.names[-1], str(reference.version)) == ("basket-v2x-large", "v3.1.0")
    assert reference.others == ()

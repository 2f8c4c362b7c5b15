"""Words for new models, whole names, rows of a listing, and events that rewrite pointers."""

from __future__ import annotations

import pytest

from swreg.domain.catalog import Catalog, Registry
from swreg.domain.events import AbTestDecidedEvent, UnitedEvent
from swreg.domain.features import make_features, strangers
from swreg.domain.lineage import graph
from swreg.domain.lineage_query import impact, require_known
from swreg.domain.listing_row import row, shown
from swreg.domain.metadata import make_metadata
from swreg.domain.names import parse_new_name, parse_reference
from swreg.domain.signature import make_signature
from swreg.domain.stage import Stage
from swreg.errors import NotFound, UsageError
from tests.unit.story import ADA, HOME, NAME, NOW, live, model, registered, v


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("churn-v2", "a version"),
        ("v2", "a version"),
        ("staging", "a stage"),
        ("latest", "the latest version"),
        ("0042", "an increment"),
    ],
)
def test_a_new_model_is_not_called_like_something_else(text: str, kind: str) -> None:
    with pytest.raises(UsageError, match=f"reads as {kind}"):
        parse_new_name(text)
    assert parse_new_name("churn") == "churn"


def test_an_old_model_of_exactly_that_name_wins() -> None:
    reference = parse_reference("churn-v1")
    assert reference.wanted[0] == "churn-v1"
    assert reference.one_version
    plain = parse_reference("churn")
    assert plain.wanted == ("churn",)
    assert not plain.one_version
    old = model(registered("v3"))
    registry = Registry({HOME: Catalog({"churn-v1": type(old)("churn-v1", {}, old.versions)})})
    assert registry.find(reference).version == v("v3")


def test_a_row_says_what_the_catalog_says() -> None:
    state = model(*live("v1"), *live("v2"), registered("v3"))
    assert shown(state) == [v("v2"), v("v3")]
    first, second = row(state, v("v1")), row(state, v("v2"))
    assert first[:3] == [NAME, "v1.0.0", "archived"]
    assert "v2.0.0" in first
    assert second[2] == "production"
    assert "v1.0.0" in second


def test_events_that_set_pointers_and_results() -> None:
    state = model(registered("v1"), registered("v2"))
    united = UnitedEvent(
        model=NAME, actor=ADA, at=NOW, home="a", other="b", production=v("v1"), staging=v("v2")
    )
    after = united.apply(state)
    assert after.stages == {Stage.PRODUCTION: v("v1"), Stage.STAGING: v("v2")}
    won = AbTestDecidedEvent(
        model=NAME, version=v("v2"), control=v("v1"), better=True, evidence="{}", actor=ADA, at=NOW
    )
    test = won.apply(state).versions[v("v2")].ab_test
    assert test is not None
    assert (test.better, test.control) == (True, v("v1"))


def test_empty_features_and_strange_inputs() -> None:
    with pytest.raises(UsageError, match="empty list"):
        make_metadata({"features": []})
    features = make_features(["q"])
    assert strangers(make_signature({"q": "float"}, {"y": "float"}), features) is None
    assert strangers(make_signature({}, {"y": "float"}), features) is None


def test_impact_reads_as_text_and_unknown_nodes_have_near_ones() -> None:
    known = graph(["feature:amount"], [])
    assert "Changing feature:amount touches" in str(impact(known, "feature:amount"))
    assert require_known(known, "feature:amount") == "feature:amount"
    with pytest.raises(NotFound, match="did you mean feature:amount"):
        require_known(known, "feature:amuont")
    with pytest.raises(NotFound, match="look at a model's lineage"):
        require_known(known, "data:zzzzzzzzzzzzzz")

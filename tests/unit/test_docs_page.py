"""The living page's values and text, held against the specification's own example."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from swreg.docs.page import Facts, Target, page_of, targets
from swreg.docs.render import render
from swreg.domain.catalog import Catalog, Model, Registry
from swreg.domain.entry import Archival, Artifact, Deprecation, Entry, Hold, Registered, Request
from swreg.domain.shape import Timestamp
from swreg.domain.stage import Stage
from swreg.domain.version import Version

HOME = ".specweave/increments/0042-fraud-detection"
ADA = "Ada Lovelace <ada@example.org>"
NAME = "fraud-detection-model"


def v(text: str) -> Version:
    return Version.parse(text)


def entry(deployed: str | None = None, previous: str | None = None) -> Entry:
    at = Timestamp("2023-11-01T08:00:00Z")
    return Entry(
        registered=Registered(at=at, by=ADA, increment="0042-fraud-detection"),
        artifact=Artifact(path="models/x", digest="sha256:0", content="sha256:1", size=1),
        deployed_at=Timestamp(f"{deployed}T12:00:00Z") if deployed else None,
        previous=v(previous) if previous else None,
    )


def archived(one: Entry, by: str | None = None) -> Entry:
    at = Timestamp("2024-01-20T12:00:00Z")
    return replace(
        one, archived=Archival(at=at, by=ADA, replaced_by=v(by) if by else None), traffic=None
    )


def deprecated(one: Entry, end: date | None, reason: str = "Superseded by v3.x series") -> Entry:
    at = Timestamp("2024-02-01T12:00:00Z")
    return replace(one, deprecated=Deprecation(at=at, by=ADA, reason=reason, end_of_life=end))


def example() -> Model:
    return Model(
        NAME,
        {Stage.PRODUCTION: v("v3.1.0")},
        {
            v("v3.1.0"): entry("2024-01-20", "v3.0.0"),
            v("v3.0.0"): archived(entry("2024-01-10", "v2.5.0"), "v3.1.0"),
            v("v2.5.0"): archived(entry("2023-12-01")),
        },
    )


FACTS: dict[tuple[str, str, Version], Facts] = {
    (HOME, NAME, v("v3.1.0")): {"accuracy": 0.87, "inference_latency_p50": "35ms"},
    (HOME, NAME, v("v3.0.0")): {"accuracy": 0.85},
    (HOME, NAME, v("v2.5.0")): {"accuracy": 0.83},
}


def text_of(*models: Model, home: str = HOME) -> str:
    catalog = Catalog({model.name: model for model in models})
    return render(page_of(Registry({home: catalog}), FACTS))


def test_the_example_of_the_specification() -> None:
    text = text_of(example())
    assert text.startswith("## Fraud Detection Model - Production\n")
    assert (
        "### Current Production Model\n"
        "- Version: v3.1.0\n- Deployed: 2024-01-20\n- Accuracy: 87%\n- Latency: 35ms (p50)\n"
    ) in text
    assert (
        "| Version | Stage | Accuracy | Deployed | Notes |\n"
        "|---------|-------|----------|----------|-------|\n"
        "| v3.1.0 | Prod | 0.87 | 2024-01-20 | Current ✅ |\n"
        "| v3.0.0 | Archived | 0.85 | 2024-01-10 | Replaced by v3.1.0 |\n"
        "| v2.5.0 | Archived | 0.83 | 2023-12-01 | Retired |\n\n"
    ) in text
    assert (
        "If v3.1.0 issues detected:\n"
        "1. Rollback to v3.0.0 (tested, stable; deployed 2024-01-10): "
        '`swreg registry-rollback fraud-detection-model --reason "what is wrong"`\n'
        "2. Investigate issue in staging\n"
        "3. Deploy fix as v3.1.1\n"
    ) in text
    assert "### Deprecations\nNone.\n" in text
    assert '    staging --> production["Production: v3.1.0"]\n' in text
    assert "{{" not in text
    assert "<br>" not in text


def test_the_same_registry_gives_the_same_page() -> None:
    other = replace(example(), name="churn-model")
    assert text_of(example(), other) == text_of(other, example())


def test_the_plan_names_the_real_target_and_passes_over_held_versions() -> None:
    model = example()
    hold = Hold(at=Timestamp("2024-01-11T12:00:00Z"), by=ADA, reason="wrong | figures")
    model = model.with_entry(v("v3.0.0"), replace(model.entry(v("v3.0.0")), hold=hold))
    text = text_of(model)
    assert "1. Rollback to v2.5.0 (" in text
    assert "Replaced by v3.1.0; Held since 2024-01-11: wrong &#124; figures |" in text


def test_a_target_with_an_end_of_life_holds_until_then() -> None:
    model = example()
    end = date(2024, 6, 1)
    model = model.with_entry(v("v3.0.0"), deprecated(model.entry(v("v3.0.0")), end))
    assert list(targets(model)) == [
        Target(version="v3.0.0", deployed="2024-01-10", until="2024-06-01"),
        Target(version="v2.5.0", deployed="2023-12-01"),
    ]
    text = text_of(model)
    assert "   - Until 2024-06-01, its end of life\n   - After that v2.5.0\n2. Inv" in text
    assert "- v3.0.0: Superseded by v3.x series (end of life 2024-06-01)\n" in text
    last = model.with_entry(v("v2.5.0"), deprecated(model.entry(v("v2.5.0")), date.max))
    assert "After that no earlier version is left" in text_of(last)


def test_without_an_earlier_version_the_plan_says_so() -> None:
    model = Model(NAME, {Stage.PRODUCTION: v("v1.0.0")}, {v("v1.0.0"): entry("2024-01-10")})
    text = text_of(model)
    assert "There is no earlier version to return to" in text
    assert "2. Deploy fix as v1.0.1\n" in text
    assert "Rollback to" not in text
    assert "- Accuracy: not recorded\n- Latency: not recorded\n" in text


def test_the_fix_is_a_version_that_is_free() -> None:
    model = example().with_entry(v("v3.1.1"), entry())
    assert "3. Deploy fix as v3.1.2\n" in text_of(model)
    higher = example().with_entry(v("v3.2.0"), entry())
    assert "3. Deploy fix as v3.2.1\n" in text_of(higher)


def test_without_production_the_heading_says_the_highest_stage() -> None:
    request = Request(to=Stage.PRODUCTION, by=ADA, at=Timestamp("2024-01-11T12:00:00Z"))
    waiting = replace(entry(), traffic=10, request=request)
    model = Model(NAME, {Stage.STAGING: v("v1.0.0")}, {v("v1.0.0"): waiting, v("v2.0.0"): entry()})
    text = text_of(model)
    assert text.startswith("## Fraud Detection Model - Staging\n")
    assert "### Current Production Model\nNo version is in production.\n" in text
    assert "Nothing is in production, so there is nothing to roll back.\n" in text
    assert "| Candidate, 10% traffic; Waits for approval to enter production |" in text


def test_titles_that_clash_name_the_model_and_the_home() -> None:
    models = (replace(example(), name="a-b"), replace(example(), name="a_b"))
    text = text_of(*models)
    assert "## A B (a-b) - Production\n" in text
    assert "## A B (a&#95;b) - Production\n" in text
    one = Catalog({NAME: example()})
    two = render(page_of(Registry({HOME: one, ".specweave/increments/0043-x": one}), {}))
    assert "in .specweave/increments/0043-x) - Production\n" in two


def test_many_versions_and_none() -> None:
    model = Model("big", {}, {v(f"v1.{n}.0"): entry() for n in range(9)})
    assert 'dev["Dev: v1.8.0, v1.7.0, v1.6.0, 6 more"]' in text_of(model)
    assert text_of(Model("empty")) == "No model is registered yet.\n"
    assert text_of() == "No model is registered yet.\n"


def test_another_primary_metric_is_shown_as_it_is() -> None:
    facts = {(HOME, NAME, v("v3.1.0")): {"metrics": {"rmse": 1.25}}}
    text = render(page_of(Registry({HOME: Catalog({NAME: example()})}), facts, metric="rmse"))
    assert "- Rmse: 1.25\n" in text
    assert "| Version | Stage | Rmse | Deployed | Notes |" in text


def test_what_is_no_number_is_not_shown_as_one() -> None:
    for wrong in ("0.9", True, float("nan"), 10**400, [1], None):
        facts: dict[tuple[str, str, Version], Facts] = {
            (HOME, NAME, v("v3.1.0")): {"accuracy": wrong}
        }
        text = render(page_of(Registry({HOME: Catalog({NAME: example()})}), facts))
        assert "- Accuracy: not recorded\n" in text

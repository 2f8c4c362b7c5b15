"""Whatever models are called, a reference means the version it was written for, or is refused."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from swreg.api.words import reference_to
from swreg.domain.catalog import Catalog, Model, Registry
from swreg.domain.leftover import flat_model
from swreg.domain.names import parse_new_name, parse_reference, slug
from swreg.domain.stage import Stage
from swreg.domain.version import Version
from swreg.errors import Ambiguous
from tests.unit.story import HOME, registered

PARTS = st.sampled_from(
    ["fraud", "v2", "v3.1.0", "model", "0042", "rc.1", "v", "2", "v1.0.0-rc.1", "prod"]
)
NAMES = st.lists(PARTS, min_size=1, max_size=4).map("-".join)
VERSIONS = st.sampled_from(["v2.0.0", "v3.1.0", "v1.0.0-rc.1", "v2.0.0-model", "v2.0.0-model-v3"])


@st.composite
def registries(draw: st.DrawFn) -> Registry:
    names = draw(st.lists(NAMES, min_size=1, max_size=3, unique_by=slug))
    models = {}
    for name in names:
        model = Model(name)
        for version in draw(st.lists(VERSIONS, min_size=1, max_size=3, unique=True)):
            model = registered(version, name).apply(model)
        latest = model.latest
        models[name] = model.with_stage(Stage.PRODUCTION, latest)
    return Registry({HOME: Catalog(models)})


@given(registries())
def test_every_way_of_writing_a_version_means_it(registry: Registry) -> None:
    for _, model in registry.models():
        for version in model.versions:
            for reference in (
                parse_reference(model.name, str(version)),
                parse_reference(model.name, f"0042-{version}"),
                parse_reference(f"{model.name}@{version}"),
            ):
                found = registry.find(reference)
                assert (found.model.name, found.version) == (model.name, version)


@given(registries())
def test_a_joined_reference_means_it_or_is_refused(registry: Registry) -> None:
    """What reads as another model's very name, or as two versions that there are, is not guessed."""
    names = {model.name for _, model in registry.models()}
    for _, model in registry.models():
        for version in model.versions:
            for text in (f"{model.name}-{version}", f"{slug(model.name)}-{version}"):
                try:
                    found = registry.find(parse_reference(text))
                except Ambiguous:
                    continue
                right = (found.model.name, found.version) == (model.name, version)
                assert right or text in names or said_alike(found.model, found.version, text)


def said_alike(model: Model, version: Version, text: str) -> bool:
    return text in (f"{model.name}-{version}", f"{slug(model.name)}-{version}")


@given(registries())
def test_a_models_own_name_means_the_model(registry: Registry) -> None:
    for _, model in registry.models():
        assert registry.find(parse_reference(model.name)).model.name == model.name
        found = registry.find(reference_to(model.name, stage="production"))
        assert (found.model.name, found.version) == (model.name, model.production)
        found = registry.find(parse_reference(f"{model.name}@production"))
        assert (found.model.name, found.version) == (model.name, model.production)


@given(registries())
def test_a_flat_file_of_a_known_model_is_its_own(registry: Registry) -> None:
    ((_, model),) = list(registry.models())[:1]
    assume(slug(model.name) != "model")  # that word means the model of the increment
    version = Version.parse("v7.0.0")
    said = flat_model(f"{model.name}-{version}.pkl", "0042-x", known=[model.name], alone=False)
    assert said == (model.name, version)


@pytest.mark.parametrize("name", ["fraud-v2-model", "fraud-v2.1-model", "gpt-v4-x-model"])
def test_a_name_with_a_version_in_it_may_be_given(name: str) -> None:
    assert parse_new_name(name) == name

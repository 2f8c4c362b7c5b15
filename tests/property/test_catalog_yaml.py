"""The catalog's text: reads back, is canonical, and nothing clever is read."""

from __future__ import annotations

import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from swreg.domain.catalog import Catalog
from swreg.errors import BrokenFile
from swreg.storage.catalog_yaml import dump, load, model_from_raw, model_to_raw
from swreg.storage.yaml_text import flow, key_text, parse_yaml, quoted
from tests.property.strategies import catalogs, texts


@given(catalogs())
def test_reads_back_and_is_byte_stable(catalog: Catalog) -> None:
    text = dump(catalog)
    assert load(text) == catalog
    assert dump(load(text)) == text
    assert dump(Catalog(dict(reversed(list(catalog.models.items()))))) == text


@given(catalogs())
def test_other_readers_see_the_same(catalog: Catalog) -> None:
    theirs = yaml.safe_load(dump(catalog))
    assert sorted(theirs["models"]) == sorted(catalog.models)
    for name, model in catalog.models.items():
        stages = {str(stage): str(version) for stage, version in model.stages.items()}
        assert theirs["models"][name]["stages"] == stages


@given(catalogs())
def test_the_cache_keeps_a_model_whole(catalog: Catalog) -> None:
    for name, model in catalog.models.items():
        assert model_from_raw(name, model_to_raw(model)) == model


@given(texts)
def test_any_text_is_quoted_so_that_all_read_it(text: str) -> None:
    assert parse_yaml(f"a: {quoted(text)}\n".encode(), name="t") == {"a": text}
    assert yaml.safe_load(f"a: {quoted(text)}\n") == {"a": text}
    line = flow({"k": [text], text: True})
    assert "\n" not in line
    assert parse_yaml(line.encode(), name="t") == (
        {text: "true"} if text == "k" else {"k": [text], text: "true"}
    )


@given(texts)
def test_a_bare_key_is_text_for_everybody(text: str) -> None:
    assert yaml.safe_load(f"{key_text(text)}: x") == {text: "x"}


@given(st.binary(max_size=200))
@example(b"a: 1\na: 2")
@example(b"{a: [")
@example(b"\xff\xfea\x00")
def test_any_bytes_are_a_catalog_or_one_clear_line(data: bytes) -> None:
    try:
        load(data)
    except BrokenFile as error:
        assert "\n" not in str(error)


@given(st.text())
def test_any_yaml_is_read_or_refused(text: str) -> None:
    try:
        parse_yaml(text.encode("utf-8", "surrogatepass"), name="t")
    except BrokenFile:
        return

"""Reading and changing a catalog by its blocks is the same as doing it whole."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from swreg.domain.catalog import Catalog
from swreg.storage.catalog_blocks import HEAD, read_block, splice, split
from swreg.storage.catalog_yaml import dump, load
from tests.property.strategies import catalogs, texts


def by_blocks(data: bytes) -> Catalog | None:
    """The catalog out of its blocks; None where it must be read whole."""
    read = [read_block(piece) for piece in split(data) or []]
    models = {one.model.name: one.model for one in read if one is not None}
    return Catalog(models) if read and len(models) == len(read) else None


def require_same(data: bytes) -> None:
    """What is read by blocks is what is read whole."""
    blocks = by_blocks(data)
    if blocks is not None:
        assert blocks == load(data)


@given(catalogs())
def test_what_we_write_is_read_by_blocks_and_known_as_ours(catalog: Catalog) -> None:
    data = dump(catalog)
    pieces = split(data)
    if not catalog.models:
        assert pieces is None
        return
    assert pieces is not None
    assert HEAD + b"".join(pieces) == data
    assert by_blocks(data) == load(data) == catalog
    assert all(one is not None and one.canonical for one in map(read_block, pieces))


@given(catalogs(), st.data())
def test_any_edit_reads_the_same_or_is_read_whole(catalog: Catalog, data: st.DataObject) -> None:
    text = dump(catalog)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 20)))
    put = data.draw(
        texts | st.sampled_from(["\n", "\n  ", "\r", '"', "{", "}", ": ", "#", "\\ud800"])
    )
    require_same(text[:start] + put.encode() + text[end:])


@given(st.binary(max_size=80), st.binary(max_size=80))
@example(b'a:\n    stages: {}\n    versions: {"x: 1', b'y": 2}')
@example(b"a: |\n", b"b: x")
@example(b"a:\n    stages: {}\n    versions: {}", b"a:\n    stages: {}\n    versions: {}")
@example(b"a: {stages: {},\n", b"versions: {}}")
@example(b'a: {stages: {}, versions: {}, "\\ud800": 1}', b"b: {}")
@example(b"a:\n    stages: {}\n    versions: {}\r  c: {}", b"# b")
def test_no_text_is_cut_where_it_means_something_else(one: bytes, two: bytes) -> None:
    data = HEAD + b"  " + one + b"\n  " + two + b"\n"
    blocks = by_blocks(data)
    if blocks is not None:
        assert blocks == load(data)


@given(catalogs(), catalogs())
def test_a_splice_is_what_writing_the_whole_gives(before: Catalog, after: Catalog) -> None:
    whole = dump(Catalog({**before.models, **after.models}))
    spliced = splice(dump(before), after.models, canonical=lambda blocks: True)
    assert spliced == (whole if before.models else None)


@given(catalogs())
def test_a_block_that_is_not_ours_stops_the_splice(catalog: Catalog) -> None:
    data = dump(catalog)
    if len(catalog.models) > 1:
        first = {min(catalog.models): catalog.models[min(catalog.models)]}
        assert splice(data, first, canonical=lambda blocks: not blocks) is None
        assert splice(data, catalog.models, canonical=lambda blocks: not blocks) == data

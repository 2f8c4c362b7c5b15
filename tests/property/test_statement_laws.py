"""Laws of signatures in the catalog, and of the statement that they sign."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from swreg.domain.stage import Stage
from swreg.domain.statement import Detached, parse_detached, statement
from swreg.domain.version import Version
from tests.property.strategies import texts, versions

detached = st.builds(
    Detached,
    kind=st.sampled_from(["ssh", "gpg"]),
    nonce=st.text("0123456789abcdef", min_size=16, max_size=64),
    armour=st.binary(min_size=1),
)


@given(detached)
def test_what_is_kept_is_read_back(one: Detached) -> None:
    """`parse_detached(str(d)) == d`."""
    assert parse_detached(str(one)) == one


@given(texts)
def test_other_text_is_no_signature(text: str) -> None:
    assert parse_detached(text) is None


@given(detached, st.integers(0, 40), st.sampled_from("=!"))
def test_spoilt_signatures_are_none(one: Detached, place: int, mark: str) -> None:
    """A mark of base64's end in the middle, or one that it does not know at all."""
    kind, nonce, text = str(one).split(":")
    text = text.rstrip("=")
    place = min(place, len(text) - 1)
    spoilt = f"{kind}:{nonce}:{text[:place]}{mark}{text[place:]}A"
    assert parse_detached(spoilt) is None


def test_each_way_of_being_no_signature() -> None:
    good = Detached(kind="gpg", nonce="0" * 16, armour=b"signed")
    assert parse_detached(str(good)) == good
    for text in ("", "pgp:" + str(good)[4:], str(good) + "\n", f"ssh:{'0' * 15}:AAAA",
                 f"ssh:{'0' * 16}:", f"ssh:{'0' * 16}:AAAAA", f"ssh:{'0' * 16}:=AAA"):  # fmt: skip
        assert parse_detached(text) is None, text


Facts = tuple[str, Version, str, Stage, str]
facts = st.tuples(texts, versions, texts, st.sampled_from(Stage), texts)


@given(facts, facts)
def test_two_statements_are_one_only_where_all_facts_are(a: Facts, b: Facts) -> None:
    """No text of one fact can stand for another fact."""

    def said(one: Facts) -> bytes:
        model, version, digest, stage, nonce = one
        return statement(model, version, digest=digest, stage=stage, nonce=nonce)

    assert (said(a) == said(b)) is ([str(one) for one in a] == [str(one) for one in b])
    told = json.loads(said(a))
    assert told == {
        "purpose": "swreg-approval",
        **dict(zip(("model", "version", "digest", "stage", "nonce"), map(str, a), strict=True)),
    }
    assert said(a).isascii()
    assert b"\n" not in said(a)

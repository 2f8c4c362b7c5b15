"""Versions are SemVer 2.0, as the `semver` package reads and orders them."""

from __future__ import annotations

import semver
from hypothesis import assume, given
from hypothesis import strategies as st

from swreg.domain.version import BUMPS, Bump, Version
from swreg.errors import UsageError
from tests.property.strategies import version_texts, versions


@given(version_texts())
def test_reads_what_semver_reads(text: str) -> None:
    semver.Version.parse(text)
    assert str(Version.parse(text)) == f"v{text}"
    assert Version.parse(f"v{text}") == Version.parse(text)


@given(st.text(max_size=20) | version_texts().flatmap(lambda t: st.text(max_size=3).map(t.__add__)))
def test_what_semver_refuses_is_refused_or_short(text: str) -> None:
    version = Version.try_parse(text)
    if version is not None:
        semver.Version.parse(str(version)[1:])
        assert Version.parse(str(version)) == version


@given(version_texts(), version_texts())
def test_orders_as_semver_does(one: str, other: str) -> None:
    theirs = semver.Version.parse(one).compare(other)
    ours = (Version.parse(one) > Version.parse(other)) - (Version.parse(one) < Version.parse(other))
    # Builds are equal in rank for SemVer; a registry needs an order of them all the same.
    assert ours == theirs or theirs == 0


@given(versions, versions)
def test_equal_means_same_text(one: Version, other: Version) -> None:
    assert (one == other) == (str(one) == str(other))
    assert (hash(one) == hash(other)) or one != other


@given(versions, st.sampled_from(BUMPS))
def test_a_bump_is_a_step_up(version: Version, kind: Bump) -> None:
    assume(max(version.release) < 999_999_999)
    after = version.bump(kind)
    assert after > version
    assert not after.is_prerelease
    if not version.is_prerelease:
        assert after.bump_from(version) == kind
    assert version.bump_from(after) is None


@given(st.from_regex(r"\A[0-9]{4}[A-Z]?\Z"), versions)
def test_an_increment_before_it_is_dropped(increment: str, version: Version) -> None:
    assert Version.parse(f"{increment}-{version}") == version


def test_what_looks_like_an_increment_inside_stays() -> None:
    assert str(Version.parse("v1.0.0-0042-v3")) == "v1.0.0-0042-v3"


@given(st.text())
def test_any_text_is_a_version_or_a_usage_error(text: str) -> None:
    try:
        Version.parse(text)
    except UsageError as error:
        assert "\n" not in str(error)

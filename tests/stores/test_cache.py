"""The cache of fetched files: it saves time, and is never believed."""

from __future__ import annotations

import hashlib
import os
import threading
from pathlib import Path

import pytest

import swreg
from swreg.domain.metadata_keys import FileFact
from swreg.domain.storage_address import object_key
from swreg.storage.artifacts.cache import Cache, user_cache
from swreg.storage.artifacts.downloading import download
from swreg.storage.artifacts.publishing import publish
from tests.stores.doubles import Honest


@pytest.fixture
def store(tmp_path: Path) -> Honest:
    (tmp_path / "store").mkdir()
    return Honest(tmp_path / "store")


def kept(store: Honest, tmp_path: Path, *contents: bytes) -> list[FileFact]:
    facts = []
    for number, data in enumerate(contents):
        (tmp_path / f"f{number}").write_bytes(data)
        digest = hashlib.sha256(data).hexdigest()
        facts.append(FileFact(path=f"f{number}", sha256=digest, size=len(data)))
    publish(store, tmp_path, facts)
    store.reads = 0
    return facts


def out(tmp_path: Path) -> Path:
    folder = tmp_path / f"out-{os.urandom(4).hex()}"
    folder.mkdir()
    return folder


def test_what_was_fetched_once_is_not_fetched_again(store: Honest, tmp_path: Path) -> None:
    facts, cache = kept(store, tmp_path, b"a", b"b"), Cache(tmp_path / "cache")
    for _ in range(3):
        download(store, facts, target := out(tmp_path), cache=cache)
        assert (target / "f1").read_bytes() == b"b"
    assert store.reads == 2


def test_a_corrupted_entry_is_thrown_away_and_fetched(store: Honest, tmp_path: Path) -> None:
    facts, cache = kept(store, tmp_path, b"right"), Cache(tmp_path / "cache")
    download(store, facts, out(tmp_path), cache=cache)
    entry = tmp_path / "cache" / object_key(facts[0].sha256)
    entry.write_bytes(b"wrong")
    download(store, facts, target := out(tmp_path), cache=cache)
    assert (target / "f0").read_bytes() == b"right"
    assert entry.read_bytes() == b"right"
    assert store.reads == 2


def test_the_least_used_goes_when_the_limit_is_reached(store: Honest, tmp_path: Path) -> None:
    facts = kept(store, tmp_path, b"a" * 40, b"b" * 40, b"c" * 40)
    cache = Cache(tmp_path / "cache", limit=100)
    places = [tmp_path / "cache" / object_key(one.sha256) for one in facts]
    for number, one in enumerate(facts[:2]):
        download(store, [one], out(tmp_path), cache=cache)
        os.utime(places[number], (1000 + number, 1000 + number))
    download(store, facts[:1], out(tmp_path), cache=cache)  # used again, so the other one goes
    download(store, facts[2:], out(tmp_path), cache=cache)
    assert [place.exists() for place in places] == [True, False, True]


def test_a_file_above_the_limit_and_a_cache_of_nothing(store: Honest, tmp_path: Path) -> None:
    facts = kept(store, tmp_path, b"a" * 40)
    for cache in (
        Cache(tmp_path / "cache", limit=10),
        Cache(tmp_path / "none", limit=0),
        Cache(None),
    ):
        download(store, facts, out(tmp_path), cache=cache)
    assert not (tmp_path / "none").exists()
    assert not list((tmp_path / "cache").rglob("*")) if (tmp_path / "cache").exists() else True


def test_a_cache_that_cannot_be_written_costs_only_time(store: Honest, tmp_path: Path) -> None:
    facts = kept(store, tmp_path, b"a")
    (tmp_path / "cache").write_bytes(b"a file where a folder should be")
    download(store, facts, target := out(tmp_path), cache=Cache(tmp_path / "cache"))
    assert (target / "f0").read_bytes() == b"a"


def test_many_at_once(store: Honest, tmp_path: Path) -> None:
    contents = [os.urandom(3000) for _ in range(12)]
    facts, cache = kept(store, tmp_path, *contents), Cache(tmp_path / "cache", limit=9000)
    failed: list[BaseException] = []

    def fetch(target: Path) -> None:
        try:
            for _ in range(5):
                download(store, facts, target, cache=cache)
                assert [(target / one.path).read_bytes() for one in facts] == contents
        except (AssertionError, OSError, swreg.SwregError) as error:
            failed.append(error)

    threads = [threading.Thread(target=fetch, args=(out(tmp_path),)) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert failed == []
    total = sum(path.stat().st_size for path in (tmp_path / "cache").rglob("*") if path.is_file())
    assert total <= 9000


def test_it_lies_in_the_user_s_cache_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert user_cache() == tmp_path / "swreg"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert user_cache() == Path.home() / ".cache" / "swreg"

"""What every store must do, tried on every store that can be started here."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

import swreg
from swreg.domain.metadata_keys import FileFact
from swreg.domain.names import parse_reference
from swreg.domain.storage_address import object_key
from swreg.errors import IntegrityError
from swreg.operations.project import Project
from swreg.operations.verifying import verify
from swreg.storage.artifacts.cache import Cache
from swreg.storage.artifacts.downloading import download
from swreg.storage.artifacts.publishing import Published, publish
from swreg.storage.artifacts.stores import Store, open_store
from tests.conftest import Repo
from tests.stores.acts import NAME, artifact
from tests.stores.servers.table import Server

NO_CACHE = Cache(None)


def silent(count: int) -> None:
    """Nobody listens."""


@pytest.fixture
def store(place: Server) -> Store:
    return open_store(place.uri)


def fact(folder: Path, name: str, data: bytes) -> FileFact:
    (folder / name).write_bytes(data)
    return FileFact(path=name, sha256=hashlib.sha256(data).hexdigest(), size=len(data))


def test_what_was_put_is_read_back(store: Store, tmp_path: Path) -> None:
    one = fact(tmp_path, "a b+%é.bin", b"some bytes")
    assert publish(store, tmp_path, [one]) == Published(put=1, there=0)
    (out := tmp_path / "out").mkdir()
    download(store, [one], out, cache=NO_CACHE)
    assert (out / one.path).read_bytes() == b"some bytes"
    there = store.look(object_key(one.sha256))
    assert there is not None
    assert there.size == 10


def test_an_empty_file_and_one_of_several_parts(store: Store, tmp_path: Path) -> None:
    files = [fact(tmp_path, "empty", b""), fact(tmp_path, "big", os.urandom(20 << 20))]
    publish(store, tmp_path, files)
    (out := tmp_path / "out").mkdir()
    moved: list[int] = []
    download(store, files, out, cache=NO_CACHE, progress=moved.append)
    assert [(out / one.path).stat().st_size for one in files] == [0, 20 << 20]
    assert sum(moved) == 20 << 20


def test_many_small_files(store: Store, tmp_path: Path) -> None:
    files = [fact(tmp_path, f"f{n}", b"%d" % n) for n in range(60)]
    assert publish(store, tmp_path, files).put == 60
    assert publish(store, tmp_path, files) == Published(put=0, there=60), "taken up, not repeated"
    (out := tmp_path / "out").mkdir()
    download(store, files, out, cache=NO_CACHE)
    assert all((out / one.path).read_bytes() == b"%d" % n for n, one in enumerate(files))
    assert {one.key for one in store.listing("sha256/")} == {
        object_key(one.sha256) for one in files
    }


def test_nothing_is_written_over(store: Store, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"first")
    (tmp_path / "b").write_bytes(b"other")
    key = object_key("0" * 64)
    assert store.put(key, tmp_path / "a", silent)
    assert not store.put(key, tmp_path / "b", silent)
    assert b"".join(store.read(key, silent)) == b"first"
    assert store.put(key, tmp_path / "b", silent, replace=True)
    assert b"".join(store.read(key, silent)) == b"other"
    store.delete(key)
    store.delete(key)
    assert store.look(key) is None
    with pytest.raises(FileNotFoundError):
        b"".join(store.read(key, silent))


def test_half_an_object_is_mended_by_doing_it_again(store: Store, tmp_path: Path) -> None:
    one = fact(tmp_path, "model", b"0123456789")
    (tmp_path / "half").write_bytes(b"01234")
    store.put(object_key(one.sha256), tmp_path / "half", silent)
    (out := tmp_path / "out").mkdir()
    with pytest.raises(IntegrityError, match="has only 5 of 10 bytes"):
        download(store, [one], out, cache=NO_CACHE)
    assert list(out.iterdir()) == []
    publish(store, tmp_path, [one])
    download(store, [one], out, cache=NO_CACHE)


def test_a_registry_in_it(place: Server, repo: Repo, tmp_path: Path) -> None:
    from swreg.operations.fetching import get

    registry = swreg.CustomRegistry(place.uri, increment="0042", path=repo.path)
    data = os.urandom(9 << 20)
    registry.register_model(NAME, artifact=artifact(tmp_path, {"model.bin": data, "a/b": b"c"}))
    registry.version_model(NAME, "patch")
    registry.promote_model(NAME, "v1.0.1", to_stage="staging")
    assert next(iter(registry.list_models())).store == place.uri
    get(Project.open(repo.path), parse_reference(NAME, "v1.0.1"), output=tmp_path / "out")
    assert (tmp_path / "out/model.bin").read_bytes() == data
    assert verify(Project.open(repo.path)).data.findings == ()
    assert repo.status() == ""
    said = repo.git("log", "--format=%B") + repo.git("show", "HEAD")
    secrets = [value for name, value in place.environment.items() if "SECRET" in name]
    assert not any(secret in said for secret in secrets)

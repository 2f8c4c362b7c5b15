"""Stores that lie, hang, refuse or break off: one clear line, and nothing is registered."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import swreg
from swreg.domain.storage_address import object_key
from swreg.errors import EnvironmentFault, IntegrityError, MissingExtra, UsageError
from swreg.operations.project import Project
from swreg.operations.store_check import check_store
from swreg.storage.artifacts import in_folder, stores
from tests.conftest import Repo
from tests.stores import doubles
from tests.stores.acts import NAME, artifact, objects
from tests.stores.conftest import own
from tests.stores.servers.proxy import proxy
from tests.stores.servers.s3 import serve as strict
from tests.stores.servers.table import Server


@pytest.fixture
def s3(moto: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    return own(moto, monkeypatch)


def registry_in(uri: str, repo: Repo) -> swreg.CustomRegistry:
    repo.git("config", "swreg.storeTimeout", "3s")
    return swreg.CustomRegistry(uri, path=repo.path)


@contextmanager
def nothing_registered(repo: Repo) -> Iterator[None]:
    before = repo.head
    yield
    assert repo.head == before
    assert repo.status() == ""
    assert not list((repo.path / ".git/swreg").glob("staging-*"))


@pytest.mark.parametrize(
    "kind", [doubles.Truncating, doubles.Garbling, doubles.Forgetting], ids=lambda k: k.__name__
)
def test_a_lying_store_is_found_out(
    kind: type[doubles.Honest], repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder := tmp_path / "store").mkdir()
    monkeypatch.setattr(in_folder, "connect", lambda address, extra: kind(folder))
    registry = registry_in(f"file://{folder}", repo)
    with nothing_registered(repo), pytest.raises(IntegrityError, match="right after"):
        registry.register_model(NAME, artifact=artifact(tmp_path, {"m": b"0123456789"}))
    assert check_store(Project.open(repo.path), f"file://{folder}").exit_code == 4


def test_a_store_that_overwrites_is_named_and_may_be_used(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder := tmp_path / "store").mkdir()
    monkeypatch.setattr(in_folder, "connect", lambda address, extra: doubles.Overwriting(folder))
    outcome = check_store(Project.open(repo.path), f"file://{folder}")
    assert outcome.exit_code == 0
    assert [one.name for one in outcome.data.probes if not one.held] == [
        "create only", "conditional writes",
    ]  # fmt: skip
    assert any("the digests still protect readers" in line for line in outcome.warnings)
    assert not objects(folder)


def test_an_object_that_was_changed_is_mended_by_registering_again(
    s3: Server, repo: Repo, tmp_path: Path
) -> None:
    registry = registry_in(s3.uri, repo)
    registry.register_model(NAME, {"weights": [1.0]})
    store = stores.open_store(s3.uri)
    (tmp_path / "evil").write_bytes(b"evil")
    for one in list(store.listing("sha256/")):
        store.put(one.key, tmp_path / "evil", lambda count: None, replace=True)
    with pytest.raises(IntegrityError, match="bytes"):
        registry.get_model(NAME)
    registry.register_model(NAME, {"weights": [1.0]}, allow_duplicate=True)
    assert registry.get_model(NAME) == {"weights": [1.0]}


def test_a_server_that_was_stopped_ends_the_command_in_time(
    s3: Server, repo: Repo, tmp_path: Path
) -> None:
    registry = registry_in(s3.uri, repo)
    files = artifact(tmp_path, {"m": os.urandom(20 << 20), "n": b"1"})
    assert s3.pid is not None
    os.kill(s3.pid, signal.SIGSTOP)
    try:
        begun = time.monotonic()
        with nothing_registered(repo), pytest.raises(EnvironmentFault, match="did not answer") as e:
            registry.register_model(NAME, artifact=files)
        assert time.monotonic() - begun < 15
        assert e.value.exit_code == 5
        with pytest.raises(EnvironmentFault, match="did not answer"):
            check_store(Project.open(repo.path), s3.uri)
    finally:
        os.kill(s3.pid, signal.SIGCONT)
    registry.register_model(NAME, artifact=files)


def test_a_cut_wire_registers_nothing_and_the_next_try_goes_on(
    s3: Server, repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert s3.port is not None
    files = artifact(tmp_path, {"m": os.urandom(20 << 20), "n": b"1"})
    with proxy(s3.port, cut_after=300_000) as port:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        registry = registry_in(s3.uri, repo)
        with nothing_registered(repo), pytest.raises(EnvironmentFault) as caught:
            registry.register_model(NAME, artifact=files)
    assert len(str(caught.value)) < 400
    assert "\n" not in str(caught.value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{s3.port}")
    assert registry_in(s3.uri, repo).register_model(NAME, artifact=files).version == "v1.0.0"


def test_a_server_that_is_not_there(
    s3: Server, repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    registry = registry_in(s3.uri, repo)
    with nothing_registered(repo), pytest.raises(EnvironmentFault) as caught:
        registry.register_model(NAME, artifact=artifact(tmp_path, {"m": b"1"}))
    assert "\n" not in str(caught.value)
    assert s3.environment["AWS_SECRET_ACCESS_KEY"] not in str(caught.value)


def test_an_unknown_bucket_is_named(s3: Server, repo: Repo, tmp_path: Path) -> None:
    registry = registry_in("s3://no-such-bucket-here/x", repo)
    for size in (1, 9 << 20):
        with nothing_registered(repo), pytest.raises(EnvironmentFault, match="no such bucket"):
            registry.register_model(NAME, artifact=artifact(tmp_path, {"m": bytes(size)}))


def test_wrong_credentials_are_named_and_not_repeated(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with strict(tmp_path, strict=True) as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        registry = registry_in(server.uri, repo)
        with nothing_registered(repo), pytest.raises(EnvironmentFault, match="credentials") as e:
            registry.register_model(NAME, artifact=artifact(tmp_path, {"m": b"1"}))
        for secret in ("testing-key-id", "testing-secret-key"):
            assert secret not in str(e.value)


def test_no_credentials_at_all(repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    registry = registry_in("s3://ml-models/registry", repo)
    with nothing_registered(repo), pytest.raises(EnvironmentFault, match="credentials"):
        registry.register_model(NAME, artifact=artifact(tmp_path, {"m": b"1"}))


def test_half_an_upload_is_harmless(s3: Server, repo: Repo, tmp_path: Path) -> None:
    """An object of a run that was killed lies there, whole or half; nobody is misled."""
    store = stores.open_store(s3.uri)
    data = b"0123456789"
    (tmp_path / "half").write_bytes(data[:4])
    import hashlib

    store.put(object_key(hashlib.sha256(data).hexdigest()), tmp_path / "half", lambda count: None)
    registry = registry_in(s3.uri, repo)
    registry.register_model(NAME, artifact=artifact(tmp_path, {"m": data}))
    assert swreg.ModelRegistry(path=repo.path).get_version(NAME).version == "v1.0.0"


@pytest.mark.parametrize(
    ("uri", "says"),
    [
        ("nosuch://place/x", "no store is known for nosuch://"),
        ("just words", "the storage is no address"),
        ("file://relative", "needs a whole path"),
        ("s3://", "the storage is no address"),
        ("s3://bucket/../other", "is not plain"),
        ("simplecache::s3://bucket/x", "the storage is no address"),
    ],
)
def test_an_address_that_is_none(repo: Repo, uri: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        swreg.CustomRegistry(uri, path=repo.path)


@pytest.mark.parametrize(
    ("uri", "package", "extra"),
    [
        ("s3://b/x", "obstore", "s3"),
        ("gs://b/x", "obstore", "gcs"),
        ("az://b/x", "obstore", "azure"),
        ("sftp://h/x", "fsspec", "sftp"),
        ("webhdfs://h/x", "fsspec", "fsspec"),
    ],
)
def test_a_missing_library_names_its_extra(
    repo: Repo, uri: str, package: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("in_cloud", "in_fsspec"):
        monkeypatch.setattr(f"swreg.storage.artifacts.{module}.find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=rf"{package}.*swreg\[{extra}\]"):
        swreg.CustomRegistry(uri, path=repo.path)

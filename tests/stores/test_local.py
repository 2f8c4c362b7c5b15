"""A folder as the store of a registry: everything that works with git works with it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

import swreg
from swreg.domain.names import parse_reference
from swreg.errors import EnvironmentFault, IntegrityError, UsageError
from swreg.operations.checking import check
from swreg.operations.project import Project
from swreg.operations.verifying import verify
from tests.conftest import Repo
from tests.stores.acts import NAME, artifact, objects

BIG = os.urandom(3 << 20)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "store"
    place.mkdir()
    return place


@pytest.fixture
def registry(repo: Repo, folder: Path) -> swreg.CustomRegistry:
    return swreg.CustomRegistry(f"file://{folder}", increment="0042", path=repo.path)


def test_the_files_go_to_the_store_and_the_facts_to_git(
    repo: Repo, registry: swreg.CustomRegistry, folder: Path, tmp_path: Path
) -> None:
    made = registry.register_model(
        NAME, artifact=artifact(tmp_path, {"model.bin": BIG, "sub/words.txt": b"yes"}),
        metadata={"accuracy": 0.9},
    )  # fmt: skip
    assert len(objects(folder)) == 2
    assert {path.name for path in made.path.iterdir()} == {"metadata.json"}
    assert repo.status() == ""
    info = next(iter(registry.list_models()))
    assert info.store == f"file://{folder}"
    assert len(repo.git("cat-file", "--batch-all-objects", "--batch-check")) < 10_000


def test_a_version_comes_back_byte_for_byte(
    repo: Repo, registry: swreg.CustomRegistry, tmp_path: Path
) -> None:
    from swreg.operations.fetching import get

    registry.register_model(NAME, artifact=artifact(tmp_path, {"model.bin": BIG, "a/b": b"c"}))
    get(Project.open(repo.path), parse_reference(NAME, "v1.0.0"), output=tmp_path / "out")
    assert (tmp_path / "out/model.bin").read_bytes() == BIG
    assert (tmp_path / "out/a/b").read_bytes() == b"c"
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        "a", "metadata.json", "model.bin"
    ]  # fmt: skip


def test_a_model_object_is_loaded_from_the_store(registry: swreg.CustomRegistry) -> None:
    registry.register_model(NAME, {"weights": [1.0, 2.0]})
    assert registry.get_model(NAME) == {"weights": [1.0, 2.0]}


def test_every_operation_works_as_with_files_in_git(
    repo: Repo, registry: swreg.CustomRegistry, folder: Path, tmp_path: Path
) -> None:
    registry.register_model(
        NAME, artifact=artifact(tmp_path, {"m": b"1"}), metadata={"accuracy": 0.8}
    )
    registry.version_model(NAME, "minor")
    registry.version_model(
        NAME, "minor", artifact=artifact(tmp_path, {"m": b"2"}), metadata={"accuracy": 0.9}
    )
    assert len(objects(folder)) == 2  # the re-release is of the same bytes
    for version in ("v1.0.0", "v1.2.0"):
        registry.promote_model(NAME, version, to_stage="staging")
        registry.promote_model(NAME, version, to_stage="production")
    registry.rollback(NAME, "v1.0.0", "worse")
    assert registry.get_version(NAME, stage="production").version == "v1.0.0"
    assert "accuracy" in str(registry.compare_models("fraud-v1.0.0", "fraud-v1.2.0")).lower()
    assert "model:fraud-v1.0.0" in str(registry.get_lineage(NAME, "v1.0.0"))
    copied = registry.promote_to("fraud-v1.0.0", "staging")
    assert copied is not None
    there = swreg.ModelRegistry(environment="staging", path=repo.path)
    assert next(iter(there.list_models())).store == f"file://{folder}"
    assert check(Project.open(repo.path)).exit_code == 0
    assert verify(Project.open(repo.path)).exit_code == 0
    assert repo.status() == ""


def test_the_configuration_names_a_store_too(repo: Repo, folder: Path, tmp_path: Path) -> None:
    repo.write(".specweave/model-registry.yaml", f"artifacts:\n  storage: file://{folder}\n")
    repo.commit("chore: a store")
    swreg.ModelRegistry(path=repo.path).register_model(
        NAME, artifact=artifact(tmp_path, {"model.bin": BIG})
    )
    assert len(objects(folder)) == 1


def test_what_policy_or_facts_forbid_is_not_sent(
    registry: swreg.CustomRegistry, folder: Path, tmp_path: Path
) -> None:
    registry.register_model(NAME, artifact=artifact(tmp_path, {"m": b"1"}))
    with pytest.raises(swreg.AlreadyExists):
        registry.register_model(NAME, artifact=artifact(tmp_path, {"m": b"2"}), version="v1.0.0")
    assert len(objects(folder)) == 1


def test_a_changed_object_is_found_out_and_never_read(
    repo: Repo, registry: swreg.CustomRegistry, folder: Path
) -> None:
    registry.register_model(NAME, {"weights": [1.0]})
    for path in objects(folder):
        path.chmod(0o600)
        path.write_bytes(b"x" * path.stat().st_size)
    with pytest.raises(IntegrityError, match="other bytes than were registered"):
        registry.get_model(NAME)
    outcome = verify(Project.open(repo.path))
    assert outcome.exit_code == 4
    assert {one.id for one in outcome.data.findings} == {"SWR230"}


def test_a_missing_object_is_named(
    repo: Repo, registry: swreg.CustomRegistry, folder: Path, tmp_path: Path
) -> None:
    registry.register_model(NAME, artifact=artifact(tmp_path, {"model.bin": b"1"}))
    for path in objects(folder):
        path.unlink()
    with pytest.raises(IntegrityError, match=r"model\.bin is not in file://"):
        registry.get_model(NAME)
    assert check(Project.open(repo.path)).exit_code == 0, "without asking, no store is looked into"
    found = check(Project.open(repo.path), stores=True).data.findings
    assert [one.id for one in found] == ["SWR230"]


def test_a_folder_that_is_not_mounted_is_not_made_anew(
    repo: Repo, registry: swreg.CustomRegistry, folder: Path, tmp_path: Path
) -> None:
    folder.rmdir()
    before = repo.head
    with pytest.raises(EnvironmentFault, match="there is no folder at file://"):
        registry.register_model(NAME, artifact=artifact(tmp_path, {"m": b"1"}))
    assert repo.head == before
    assert not folder.exists()


def test_a_full_store_leaves_nothing_registered(repo: Repo, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(small)],
        check=False,
        capture_output=True,
    )
    if made.returncode:
        pytest.skip("no small file system: mount is not allowed here")
    try:
        registry = swreg.CustomRegistry(f"file://{small}", path=repo.path)
        with pytest.raises(EnvironmentFault, match="No space left"):
            registry.register_model(NAME, artifact=artifact(tmp_path, {"m": BIG}))
        assert repo.status() == ""
        assert registry.list_models() == []
        registry.register_model(NAME, artifact=artifact(tmp_path, {"m": b"fits"}))
    finally:
        subprocess.run(["umount", str(small)], check=True)


@pytest.mark.parametrize(
    "uri",
    [
        "s3://key:secret@bucket/x",
        "s3://key@bucket/x",
        "sftp://ada:secret@host/x",
        "az://box/x?sig=secret",
        "https://u:secret@h/x",
        "abfs://box:secret@account.dfs.core.windows.net/x",
    ],
)
def test_an_address_with_a_secret_is_refused_and_not_repeated(repo: Repo, uri: str) -> None:
    with pytest.raises(UsageError) as caught:
        swreg.CustomRegistry(uri, path=repo.path)
    assert "secret" not in str(caught.value)
    repo.write(".specweave/model-registry.yaml", f"artifacts: {{storage: '{uri}'}}\n")
    repo.commit("chore: a store")
    with pytest.raises(swreg.BrokenFile) as broken:
        swreg.ModelRegistry(path=repo.path).register_model(NAME, {"a": 1})
    assert "secret" not in str(broken.value)


def test_a_hostile_list_of_files_leads_nowhere(
    repo: Repo, registry: swreg.CustomRegistry, tmp_path: Path
) -> None:
    made = registry.register_model(NAME, artifact=artifact(tmp_path, {"model.bin": b"1"}))
    path = made.path / "metadata.json"
    path.write_text(path.read_text("utf-8").replace("model.bin", "../../../../evil"), "utf-8")
    repo.commit("chore: tampered")
    with pytest.raises(IntegrityError):
        registry.get_model(NAME)
    assert not list(tmp_path.rglob("evil"))


def test_settings_of_the_machine(
    repo: Repo, registry: swreg.CustomRegistry, tmp_path: Path
) -> None:
    from swreg.operations.storing import cache_of, patience

    repo.git("config", "swreg.storeTimeout", "90s")
    repo.git("config", "swreg.cacheSize", "2GB")
    repo.git("config", "swreg.cacheDir", str(tmp_path / "cache"))
    project = Project.open(repo.path)
    assert patience(project) == 90
    assert cache_of(project).limit == 2 * 10**9
    assert cache_of(project).folder == tmp_path / "cache"
    repo.git("config", "swreg.cacheSize", "much")
    repo.git("config", "swreg.storeTimeout", "long")
    with pytest.raises(UsageError, match=r"swreg\.cacheSize is 'much'"):
        cache_of(project)
    with pytest.raises(UsageError, match=r"swreg\.storeTimeout 'long'"):
        registry.register_model(NAME, artifact=artifact(tmp_path, {"m": b"1"}))

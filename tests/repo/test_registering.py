"""What a registration refuses, and what it leaves alone."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from swreg.api.registry import ModelRegistry
from swreg.domain.names import parse_reference
from swreg.errors import AlreadyExists, Ambiguous, FactError, NotReady, UsageError
from swreg.operations.describing import info
from swreg.operations.listing import list_versions
from swreg.operations.outcome import Outcome
from swreg.operations.project import Project
from swreg.operations.register import Registration, register
from swreg.operations.release import bump_version
from swreg.operations.transaction import WriteOptions
from swreg.storage.artifacts import in_git
from tests.acts import enter, opened, ref
from tests.conftest import Repo


@pytest.fixture
def artifact(tmp_path: Path) -> Path:
    path = tmp_path / "model.bin"
    path.write_bytes(b"weights")
    return path


def add(repo: Repo, name: str, artifact: Path, version: str | None = None) -> Outcome[Registration]:
    return register(Project.open(repo.path), name, artifact=artifact, version=version)


@pytest.mark.parametrize("name", ["x-v1.0.0", "x-v2", "latest", "prod", "staging", "0042", "v3"])
def test_a_new_name_reads_as_nothing_else(repo: Repo, artifact: Path, name: str) -> None:
    with pytest.raises(UsageError, match="not as a new model"):
        add(repo, name, artifact)
    assert repo.status() == ""


def test_a_model_of_exactly_that_name_is_meant(repo: Repo) -> None:
    for name in ("x", "x-v1.0.0"):
        enter(opened(repo.path), "v1.0.0", name=name)
    enter(opened(repo.path), "v1.1.0", name="x")
    project = opened(repo.path)
    assert project.find(parse_reference("x-v1.0.0")).model.name == "x-v1.0.0"
    assert project.find(parse_reference("x-v1.1.0")).model.name == "x"
    assert info(project, ref("v1.0.0", "x")).data.version.model == "x"


def test_a_folder_that_another_model_has_is_not_to_be_moved(repo: Repo, artifact: Path) -> None:
    for name in ("x", "x-v1.0.0"):
        enter(opened(repo.path), "v1.0.0", name=name)
    with pytest.raises(AlreadyExists, match=r"holds x-v1\.0\.0 v1\.0\.0; choose another"):
        add(repo, "x", artifact, "v1.0.0-v1.0.0")


def smudged(repo: Repo, **ways: str) -> None:
    repo.write(".gitattributes", "*.bin filter=swell\n")
    repo.commit("chore: a filter")
    for way, program in ways.items():
        repo.git("config", f"filter.swell.{way}", program)


def limited(repo: Repo, size: str) -> None:
    repo.write(".specweave/model-registry.yaml", f"schema: 1\nartifacts: {{max_size: {size}}}\n")
    repo.commit("chore: a limit")


@pytest.mark.parametrize("dry_run", [False, True])
def test_what_a_filter_makes_of_a_file_is_what_is_measured(
    repo: Repo, artifact: Path, dry_run: bool
) -> None:
    smudged(repo, clean="cat; head -c 4000 /dev/zero", smudge="head -c 7")
    limited(repo, "1kB")
    with pytest.raises(FactError, match=r"has 4kB, the limit for git is 1"):
        register(opened(repo.path), "x", artifact=artifact, options=WriteOptions(dry_run=dry_run))
    limited(repo, "1MB")
    add(repo, "x", artifact)


def test_a_filter_that_makes_files_small_is_measured_too(repo: Repo, artifact: Path) -> None:
    artifact.write_bytes(b"w" * 4000)
    smudged(repo, clean="head -c 7", smudge="cat")
    limited(repo, "1kB")
    add(repo, "x", artifact)


def test_a_filter_without_a_program_is_refused(repo: Repo, artifact: Path) -> None:
    smudged(repo)
    with pytest.raises(FactError, match="filter=swell, and no such filter is configured"):
        add(repo, "x", artifact)


def test_a_pointer_is_no_model(repo: Repo, artifact: Path) -> None:
    artifact.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 7\n")
    with pytest.raises(FactError, match="only git-lfs's pointer"):
        add(repo, "x", artifact)


@pytest.mark.parametrize("name", [".gitattributes", ".gitignore", "a/.gitmodules", ".GitIgnore"])
def test_an_artifact_brings_no_rules_for_its_neighbours(
    repo: Repo, tmp_path: Path, name: str
) -> None:
    place = tmp_path / "trained" / name
    place.parent.mkdir(parents=True)
    place.write_text("* filter=lfs\n")
    with pytest.raises(FactError, match="cannot be a file name in the registry"):
        add(repo, "x", tmp_path / "trained")


def objects(repo: Repo) -> set[Path]:
    return {one for one in (repo.path / ".git" / "objects").rglob("*") if one.is_file()}


def test_a_dry_run_writes_nothing(repo: Repo, artifact: Path) -> None:
    smudged(repo, clean="cat", smudge="cat")
    (artifact.parent / "notes.txt").write_text("plain")
    folder = artifact.parent / "both"
    folder.mkdir()
    for name in ("model.bin", "notes.txt"):
        (artifact.parent / name).rename(folder / name)
    before = objects(repo)
    outcome = register(opened(repo.path), "x", artifact=folder, options=WriteOptions(dry_run=True))
    assert outcome.dry_run
    assert objects(repo) == before


def test_a_dry_run_refuses_what_the_run_would(repo: Repo, artifact: Path) -> None:
    add(repo, "x", artifact)
    catalog = repo.increment / "registry" / "model_catalog.yaml"
    catalog.write_text(catalog.read_text() + "# by hand\n")
    artifact.write_bytes(b"better weights")
    with pytest.raises(NotReady, match="has uncommitted edits"):
        register(opened(repo.path), "x", artifact=artifact, options=WriteOptions(dry_run=True))


def test_a_model_trained_where_it_will_live(repo: Repo) -> None:
    place = repo.increment / "models" / "z-v1.0.0"
    place.mkdir(parents=True)
    (place / "model.bin").write_bytes(b"weights")
    add(repo, "z", place, "v1.0.0")
    assert repo.status() == ""
    assert (place / "model.bin").read_bytes() == b"weights"


def test_other_files_in_the_folder_stay(repo: Repo, artifact: Path) -> None:
    other = repo.increment / "models" / "z-v1.0.0" / "model.bin"
    other.parent.mkdir(parents=True)
    other.write_bytes(b"precious")
    with pytest.raises(FactError, match="holds other files and is not registered; move it away"):
        add(repo, "z", artifact, "v1.0.0")
    options = WriteOptions(branch="aside")
    register(opened(repo.path), "z", artifact=artifact, version="v1.0.0", options=options)
    assert other.read_bytes() == b"precious"
    assert "z" not in repo.git("ls-files", "--", f"{repo.increment}/models")


def test_the_outcome_names_the_command_that_was_run(repo: Repo, artifact: Path) -> None:
    add(repo, "x", artifact)
    outcome = bump_version(opened(repo.path), "x", "major")
    assert outcome.command == "registry-version"
    assert outcome.data.reasons == ("asked for: major",)
    assert bump_version(opened(repo.path), "x", "patch").data.reasons != ("asked for: patch",)


def test_an_increment_without_a_catalog_is_known(repo: Repo) -> None:
    enter(opened(repo.path), "v1.0.0")
    for name in ("0043-a", "0043-b"):
        repo.write(f".specweave/increments/{name}/spec.md", "# spec\n")
    with pytest.raises(Ambiguous, match="0043 could be 0043-a, 0043-b"):
        list_versions(opened(repo.path), increment="0043")
    assert list_versions(opened(repo.path), increment="0043-a").data == ()


def test_a_filtered_file_is_restored_as_a_stream(repo: Repo, tmp_path: Path) -> None:
    size = 16 * 1024 * 1024
    (tmp_path / "big.bin").write_bytes(bytes(size))
    smudged(repo, clean="cat", smudge="cat")
    git = opened(repo.path).git
    stored = in_git.store(git, {"m/big.bin": tmp_path / "big.bin"})["m/big.bin"]
    tracemalloc.start()
    in_git.restore(git, {"m/big.bin": str(stored.oid)}, "m", tmp_path / "out")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (tmp_path / "out" / "big.bin").stat().st_size == size
    assert peak < size / 4


def test_a_signature_of_strange_inputs_is_remarked_on(repo: Repo, artifact: Path) -> None:
    """It is declared all the same: inputs may be raw where features are worked out from them."""
    facts = {"features": ["amount", "hour"]}
    register(Project.open(repo.path), "churn", artifact=artifact, metadata=facts)
    with pytest.warns(UserWarning, match=r"no input of the signature \(z\) is a feature \(amount"):
        ModelRegistry(path=repo.path).set_model_signature("churn", {"z": "float"}, {"y": "float"})
    with pytest.raises(FactError, match="declared already"):
        ModelRegistry(path=repo.path).set_model_signature(
            "churn", {"amount": "float"}, {"y": "float"}
        )


def test_a_version_is_registered_straight_into_a_stage(repo: Repo) -> None:
    model = ModelRegistry(path=repo.path)
    made = model.register_model("straight", {"weights": [1]}, stage="staging")
    assert (made.version, made.stage) == ("v1.0.0", "staging")
    assert model.get_model("straight", stage="staging") == {"weights": [1]}

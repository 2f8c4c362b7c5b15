"""`registry-list` of several repositories: folders and addresses, read together."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import MODEL, Call, Said
from tests.conftest import Repo


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where copies of what lies elsewhere are kept."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "swreg" / "repositories"


@pytest.fixture
def elsewhere(registry: Repo, tmp_path: Path) -> str:
    """The address of the same registry in another repository, that allows partial clones."""
    other = tmp_path / "other"
    shutil.copytree(registry.path, other)
    Repo(other).git("config", "uploadpack.allowFilter", "true")
    return other.as_uri()


def listed(said: Said) -> list[tuple[str, str, str]]:
    return [(row["repository"], row["model"], row["version"]) for row in said.envelope["data"]]


def kinds(cache: Path) -> list[str]:
    """The kinds of the objects that a copy holds."""
    (copy,) = cache.iterdir()
    command = ("git", f"--git-dir={copy}", "cat-file", "--batch-all-objects", "--batch-check")
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [line.split()[1] for line in out.splitlines()]


def test_a_folder_and_an_address_are_listed_together(
    call: Call, registry: Repo, elsewhere: str, cache: Path
) -> None:
    here = str(registry.path)
    said = call(registry, "registry-list", "--repo", here, "--repo", elsewhere, "--json")
    assert said.code == 0, said.err
    assert {row[0] for row in listed(said)} == {here, elsewhere}
    assert {row[1] for row in listed(said)} == {MODEL}
    text = call(registry, "registry-list", "--repo", here, "--repo", elsewhere)
    assert text.out.splitlines()[0].startswith("REPOSITORY")


def test_only_the_catalogs_are_fetched(
    call: Call, registry: Repo, elsewhere: str, cache: Path
) -> None:
    assert call(registry, "registry-list", "--repo", elsewhere).code == 0
    assert kinds(cache).count("commit") == 1
    assert kinds(cache).count("blob") == 1


def test_a_change_elsewhere_is_seen_by_the_next_call(
    call: Call, registry: Repo, elsewhere: str, cache: Path, tmp_path: Path
) -> None:
    before = call(registry, "registry-list", "--repo", elsewhere, "--json", "--stage", "staging")
    assert listed(before) == []
    promoted = call(
        registry,
        "registry-promote",
        MODEL,
        "v3.1.0",
        "--to",
        "staging",
        "--repo",
        str(tmp_path / "other"),
    )
    after = call(registry, "registry-list", "--repo", elsewhere, "--json", "--stage", "staging")
    assert (promoted.code, listed(after)) == (0, [(elsewhere, MODEL, "v3.1.0")])


def test_a_date_is_answered_from_the_history_elsewhere(
    call: Call, registry: Repo, elsewhere: str, cache: Path
) -> None:
    assert call(registry, "registry-list", "--repo", elsewhere).code == 0
    early = call(registry, "registry-list", "--repo", elsewhere, "--at", "1999-01-01")
    late = call(registry, "registry-list", "--repo", elsewhere, "--at", "2099-01-01", "--json")
    assert (early.code, late.code) == (1, 0)
    assert "the history begins after 1999-01-01" in early.err
    assert len(listed(late)) == 2
    assert kinds(cache).count("commit") > 1


def test_one_that_cannot_be_reached_does_not_hide_the_others(
    call: Call, registry: Repo, tmp_path: Path, cache: Path
) -> None:
    gone = f"https://ada:secret@127.0.0.1:1/{tmp_path.name}.git"
    said = call(registry, "registry-list", "--repo", str(registry.path), "--repo", gone, "--json")
    assert said.code == 5
    assert {row[0] for row in listed(said)} == {str(registry.path)}
    (warning,) = said.envelope["warnings"]
    assert warning.startswith("https://127.0.0.1:1/")
    assert "cannot be reached" in warning
    assert "secret" not in said.out + said.err


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("--repo", "-evil", "--repo", "."), "'-evil'"),
        (("--repo", ".", "--repo", ".", "--env", "staging"), "about one repository"),
        (("--repo", ".", "--repo", ".", "--increment", "0001"), "about one repository"),
    ],
)
def test_bad_words_are_refused_in_one_line(
    call: Call, registry: Repo, words: tuple[str, ...], what: str
) -> None:
    said = call(registry, "registry-list", *words)
    assert said.code != 0
    assert what in said.err
    assert "Traceback" not in said.err


def test_an_address_without_a_registry_says_so(
    call: Call, registry: Repo, tmp_path: Path, cache: Path
) -> None:
    bare = tmp_path / "bare.git"
    subprocess.run(("git", "init", "--quiet", "--bare", str(bare)), check=True)
    said = call(registry, "registry-list", "--repo", bare.as_uri())
    assert (said.code, f"no registry in {bare.as_uri()}" in said.err) == (1, True)

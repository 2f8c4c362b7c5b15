"""The cache of what was read: damage, edits and hand-written text never change an answer."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from pathlib import Path

import pytest

from swreg.domain.names import parse_reference
from swreg.operations.listing import list_versions
from swreg.storage.catalog_yaml import dump, load
from tests.acts import CATALOG_PATH, MODEL, bring, enter, opened, require_consistent, state
from tests.conftest import Repo


def listing(path: Path) -> list[str]:
    """What a listing of all versions says, warnings included."""
    outcome = list_versions(opened(path), all_versions=True)
    return [f"{one.model} {one.version} {one.stage}" for one in outcome.data] + [*outcome.warnings]


def cache(path: Path) -> Path:
    (found,) = (path / ".git" / "swreg").glob("index-*.sqlite3")
    return found


def change_cache(path: Path, sql: str) -> None:
    connection = sqlite3.connect(cache(path))
    with connection:
        connection.execute(sql)
    connection.close()


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM block",
        "DELETE FROM member",
        "DELETE FROM catalog",
        "UPDATE block SET body = '{', shown = '{', every = '['",
        "UPDATE block SET body = NULL, shown = NULL, every = NULL",
        "DELETE FROM home",
        "DELETE FROM seen",
        "UPDATE document SET body = '{'",
        "DROP TABLE member",
        "DROP TABLE tree",
    ],
)
def test_a_damaged_cache_changes_no_answer(repo: Repo, sql: str) -> None:
    enter(opened(repo.path), "v1.0.0")
    enter(opened(repo.path), "v1.1.0")

    def answers() -> object:
        project = opened(repo.path)
        found = project.find(parse_reference(MODEL, "v1.0.0"))
        return listing(repo.path), state(repo.path), found, project.state().policy

    before = answers()
    change_cache(repo.path, sql)
    assert answers() == before
    assert answers() == before
    enter(opened(repo.path), "v1.2.0")
    require_consistent(repo.path)


def test_an_edit_is_seen_whatever_its_times_say(repo: Repo) -> None:
    enter(opened(repo.path), "v1.0.0")
    file = repo.path / CATALOG_PATH
    old = file.stat().st_mtime_ns - 10**11
    os.utime(file, ns=(old, old))
    assert not any("uncommitted" in line for line in listing(repo.path))
    text = file.read_bytes()
    file.write_bytes(text.replace(b"v1.0.0", b"v9.0.0"))
    os.utime(file, ns=(old, old))
    assert any("uncommitted" in line for line in listing(repo.path))
    file.write_bytes(text)
    assert not any("uncommitted" in line for line in listing(repo.path))
    file.unlink()
    assert any("uncommitted" in line for line in listing(repo.path))


@pytest.mark.parametrize("head", [b"models:\n", b"models: # ours\n"])
def test_text_written_by_hand_is_made_canonical_by_the_next_write(repo: Repo, head: bytes) -> None:
    enter(opened(repo.path), "v1.0.0")
    file = repo.path / CATALOG_PATH
    data = file.read_bytes()
    other = data.split(b"models:\n")[1].replace(MODEL.encode(), b"zebra-model")
    loose = other.replace(b"stages: {}", b"stages:  {}  # none")
    file.write_bytes(data.replace(b"models:\n", head) + loose)
    subprocess.run(["git", "commit", "-qam", "by hand"], cwd=repo.path, check=True)
    assert {line.split()[0] for line in listing(repo.path)} == {MODEL, "zebra-model"}
    for stage in ("staging", "dev"):
        bring(opened(repo.path), "v1.0.0", stage)
        assert file.read_bytes() == dump(load(file.read_bytes()))
        assert sorted(load(file.read_bytes()).models) == [MODEL, "zebra-model"]

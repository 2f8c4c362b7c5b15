"""Many writers in one repository: everything that was acknowledged stands, once and in order."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from swreg.domain.events import RegisteredEvent
from tests.acts import folded, logged, models_of, opened, require_consistent
from tests.conftest import Repo

pytestmark = pytest.mark.races

WRITERS = 8
CHANGES = int(os.environ.get("SWREG_TEST_CHANGES", "48"))


def started(repo: Repo, name: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.races.writer", str(repo.path), name, str(count)]
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )


def user(repo: Repo, until: list[subprocess.Popen[str]]) -> int:
    """The user commits, stages and tidies all the while; how many commits of theirs landed."""
    made = 0
    while made < CHANGES // 2 and any(process.poll() is None for process in until):
        made += 1
        repo.write("mine.txt", f"{made}\n")
        for _ in range(200):
            repo.git("add", "mine.txt", check=False)
            run = subprocess.run(
                ["git", "commit", "-q", "-m", f"feat: mine {made}", "--", "mine.txt"],
                cwd=repo.path, capture_output=True, check=False,
            )  # fmt: skip
            if run.returncode == 0:
                break
        else:
            made -= 1
        repo.git("pack-refs", "--all", check=False)
        repo.git("repack", "-q", "-d", check=False)
    return made


def test_writers_and_the_user_at_once(repo: Repo) -> None:
    repo.write("staged.txt", "staged\n")
    repo.git("add", "staged.txt")
    repo.write("README.md", "# changed\n")
    start = repo.head
    names = [f"model-{number}" if number % 2 else "shared-model" for number in range(WRITERS)]
    writers = [started(repo, name, CHANGES // WRITERS) for name in names]
    made = user(repo, writers)
    told = [
        (name, *process.communicate(timeout=120))
        for name, process in zip(names, writers, strict=True)
    ]
    assert not [errors for _, _, errors in told if errors], told
    acknowledged = {(name, version) for name, out, _ in told for version in out.split()}
    require_consistent(repo.path)
    project = opened(repo.path)
    events = [event for event in logged(project) if isinstance(event, RegisteredEvent)]
    stands = [(event.model, str(event.version)) for event in events]
    assert sorted(stands) == sorted(acknowledged)
    assert len(set(stands)) == len(stands)
    commits = repo.git("rev-list", "--reverse", f"{start}..HEAD").split()
    assert len(commits) == len(stands) + made
    assert repo.git("rev-list", "--min-parents=2", "--count", "HEAD") == "0"
    for commit in commits[:: max(1, len(commits) // 12)]:
        assert folded(logged(project, commit)) == models_of(project.registry(commit))
    theirs = repo.git("log", "--format=%s", "--grep=feat: mine", f"{start}..HEAD").split("\n")
    assert len(theirs) == len(set(theirs)) == made
    repo.git("gc", "-q", "--prune=now")
    repo.git("fsck", "--strict")
    assert repo.status().split("\n") == [" M README.md", "A  staged.txt"]

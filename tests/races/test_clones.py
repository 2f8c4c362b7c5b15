"""Several clones push to one bare remote at once: every change is there, once, in one line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from swreg.operations.project import Project
from swreg.operations.register import register
from tests.conftest import Repo

CLONES, CHANGES = 4, 4
PUSHER = """
import sys
from pathlib import Path
from swreg.domain.names import parse_reference
from swreg.operations.project import Project
from swreg.operations.retire import tag
from swreg.operations.transaction import WriteOptions
place = Path(sys.argv[1])
for number in range(int(sys.argv[2])):
    outcome = tag(Project.open(place), parse_reference("churn", "v1.0.0"),
                  add=(f"{place.name}-{number}",), options=WriteOptions(push=True))
    assert outcome.refusal is None, outcome.refusal
"""


@pytest.mark.races
def test_clones_that_push_at_once_lose_nothing(repo: Repo, tmp_path: Path) -> None:
    artifact = tmp_path / "model.bin"
    artifact.write_bytes(b"weights")
    register(Project.open(repo.path), "churn", artifact=artifact, version="v1.0.0")
    remote = tmp_path / "remote.git"
    repo.git("clone", "--quiet", "--bare", str(repo.path), str(remote))
    clones = [tmp_path / f"clone{number}" for number in range(CLONES)]
    for place in clones:
        repo.git("clone", "--quiet", str(remote), str(place))
        (place / "README.md").write_text("my own edit\n")
        (place / "staged.txt").write_text("staged\n")
        Repo(place).git("add", "staged.txt")
    running = [
        subprocess.Popen(
            [sys.executable, "-c", PUSHER, str(place), str(CHANGES)],
            stderr=subprocess.PIPE,
            text=True,
        )
        for place in clones
    ]
    ends = [(process.communicate()[1], process.returncode) for process in running]
    assert [end for end in ends if end[1]] == []
    there = Repo(remote)
    assert there.git("rev-list", "--count", "--merges", "main") == "0"
    subjects = there.git("log", "--format=%s", "main").splitlines()
    assert subjects.count("chore(registry): tag churn v1.0.0") == CLONES * CHANGES
    found = Project.open(remote).registry().model("churn")[1]
    tags = next(iter(found.versions.values())).tags
    assert sorted(tags) == sorted(f"{p.name}-{n}" for p in clones for n in range(CHANGES))
    for place in clones:
        assert Repo(place).status() == " M README.md\nA  staged.txt"

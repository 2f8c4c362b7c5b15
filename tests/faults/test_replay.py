"""A push that must first move over the commits of others, killed or failed at every call.

Whatever the moment, the next command finds a branch, an index and files that agree, the files
of others among them: as git writes them, through filters and with their modes.
"""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from tests.acts import bring, enter, opened, require_consistent
from tests.conftest import Repo, _copy
from tests.faults.conftest import Faults, users_work
from tests.faults.test_matrix import EVERY, copied, git, users_view

pytestmark = pytest.mark.faults

BIG = "weights\n" * 40
SAMPLE = 12
CASES = [("kill", 0), ("torn", 0), ("once", errno.EIO), ("all", errno.ENOSPC)]


def filtered(repo: Repo) -> None:
    """A filter that keeps only a short word in git, and writes the whole file, as git-lfs does."""
    repo.git("config", "filter.short.clean", "head -c 8")
    repo.git("config", "filter.short.smudge", "cat >/dev/null; for n in 1 2 3 4 5 6 7 8 9 10; do "
             "for m in 1 2 3 4; do echo weights; done; done")  # fmt: skip
    repo.git("config", "filter.short.required", "true")


@pytest.fixture(scope="session")
def behind(repo_once: Path, scratch: Path) -> Path:
    """A clone with work of the user's own, and a remote on which others did all kinds of things."""
    place = scratch / "behind"
    repo = _copy(repo_once, place / "repo")
    filtered(repo)
    repo.write(".gitattributes", "*.big filter=short -text\n")
    for name in ("gone/old.txt", "tool.sh", "place"):
        repo.write(name, "one\n")
    repo.commit("feat: what others will change")
    project = opened(repo.path)
    for version in ("v1.0.0", "v2.0.0", "v3.0.0"):
        enter(project, version)
    users_work(repo)
    repo.git("clone", "--quiet", "--bare", ".", "../remote.git")
    repo.git("remote", "add", "origin", "../remote.git")
    repo.git("clone", "--quiet", "../remote.git", "../theirs")
    theirs = Repo(place / "theirs")
    filtered(theirs)
    theirs.git("rm", "-q", "gone/old.txt", "place")
    theirs.write("place/file.txt", "a folder now\n")
    theirs.write("model.big", BIG)
    (theirs.path / "tool.sh").chmod(0o755)
    (theirs.path / "link").symlink_to("tool.sh")
    theirs.commit("feat: theirs")
    bring(opened(theirs.path), "v3.0.0", "staging")
    theirs.git("push", "--quiet", "origin", "main")
    return repo.path


def the_rest(folder: Path) -> str:
    """Every difference between HEAD, index and disk outside of the registry."""
    git(folder, "update-index", "-q", "--refresh", check=False)
    return git(folder, "status", "--porcelain", "--", ":/", ":!.specweave/increments")


def require_theirs(folder: Path) -> None:
    """Where the commits of others are in the branch, their files are in place as well."""
    assert (folder / "model.big").read_text() == BIG
    assert (folder / "place" / "file.txt").read_text() == "a folder now\n"
    assert not (folder / "gone").exists()
    assert os.readlink(folder / "link") == "tool.sh"
    assert os.access(folder / "tool.sh", os.X_OK)


def test_the_push_moves_over_what_others_did(faults: Faults, behind: Path, scratch: Path) -> None:
    folder = copied(behind, scratch)
    view, rest = users_view(folder), the_rest(folder)
    assert faults.act("push", folder) == 0, faults.said()
    require_theirs(folder)
    require_consistent(folder)
    assert (users_view(folder), the_rest(folder)) == (view, rest)
    assert git(folder, "ls-remote", "origin", "main").split()[0] == git(folder, "rev-parse", "HEAD")


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]}-{case[1]}")
def test_a_fault_while_moving_over(
    case: tuple[str, int], faults: Faults, behind: Path, scratch: Path
) -> None:
    folder = copied(behind, scratch)
    view, rest = users_view(folder), the_rest(folder)
    calls = faults.calls("push", folder)
    first = 1 if EVERY else calls // 2 + CASES.index(case)
    failures = []
    for at in range(first, calls + 1, 1 if EVERY else max(1, calls // 2 // SAMPLE)):
        folder = copied(behind, scratch)
        code, what = faults.under("push", folder, mode=case[0], at=at, error=case[1])
        try:
            assert code != 70, faults.said()
            enter(opened(folder), "v9.0.0")
            require_consistent(folder)
            assert (users_view(folder), the_rest(folder)) == (view, rest)
            if "feat: theirs" in git(folder, "log", "--format=%s"):
                require_theirs(folder)
            assert not list((folder / ".git").rglob("index*.lock"))
            left = {one.name for one in (folder / ".git" / "swreg").iterdir()}
            assert {name for name in left if not name.startswith("index-")} == {"lock"}
        except Exception as error:  # noqa: BLE001 - every point is told, then all fail
            failures.append(f"{case} at {at}: {what}; exit {code}; {error!r}"[:900])
    shutil.rmtree(folder.parent, ignore_errors=True)
    assert not failures, f"{len(failures)} of {calls}:\n" + "\n".join(failures)

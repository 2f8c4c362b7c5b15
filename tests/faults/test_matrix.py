"""Every call that changes a file, killed, failed or torn: nothing is lost, the next command works.

A normal run takes a sample; SWREG_TEST_FAULTS=all takes every call.
"""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.acts import enter, opened, require_consistent, state
from tests.faults.conftest import Faults

pytestmark = pytest.mark.faults

EVERY = os.environ.get("SWREG_TEST_FAULTS") == "all"
SAMPLE = 12
CASES = [
    ("kill", 0),
    ("torn", 0),
    ("once", errno.EIO),
    ("once", errno.ENOSPC),
    ("all", errno.ENOSPC),
]
REFS = {"branch": "refs/heads/review"}


def copied(prepared: Path, scratch: Path) -> Path:
    """A copy of the prepared repository and what lies beside it."""
    place = scratch / "work"
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(prepared.parent, place, symlinks=True)
    git(place / "repo", "update-index", "-q", "--refresh", check=False)
    return place / "repo"


def git(folder: Path, *arguments: str, check: bool = True) -> str:
    run = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, check=False)
    assert run.returncode == 0 or not check, (arguments, run.stderr)
    return run.stdout.decode()


def users_view(folder: Path) -> tuple[str, str, list[str]]:
    """What the user sees of their own work: staged, changed, untracked."""
    theirs = [":/", ":!.specweave/increments"]
    return (
        git(folder, "diff", "--cached", "--", *theirs),
        git(folder, "diff", "--", *theirs),
        git(folder, "ls-files", "--others").splitlines(),
    )


def strike(
    faults: Faults, act: str, prepared: Path, scratch: Path, case: tuple[str, int], at: int
) -> bool:
    """One act under one fault, and everything that must hold after it; False beyond the end."""
    folder = copied(prepared, scratch)
    ref = REFS.get(act, "HEAD")
    base, before, view = git(folder, "rev-parse", "HEAD").strip(), state(folder), users_view(folder)
    code, what = faults.under(act, folder, mode=case[0], at=at, error=case[1])
    where = f"{act} {case} at {at}: {what}; exit {code}; {faults.said()}"
    if not what:
        assert code == 0, where
        return False
    assert code != 70, where
    after = git(folder, "rev-parse", "--verify", "-q", ref, check=False).strip()
    landed = after not in ("", base)
    if code >= 0:
        assert landed == (code in (0, 7)), f"{where}: landed {landed}"
    try:
        enter(opened(folder), "v9.0.0")
        require_consistent(folder)
        wanted = dict(before)
        now = state(folder)
        if landed and ref == "HEAD":
            assert git(folder, "rev-list", "--count", f"{base}..HEAD").strip() == "2", where
            changed = models_at(folder, "HEAD~1")
            assert changed != wanted, where
        else:
            assert git(folder, "rev-list", "--count", f"{base}..HEAD").strip() == "1", where
            assert models_at(folder, "HEAD~1") == wanted, where
        assert now != wanted
        assert users_view(folder) == view, f"{where}: {users_view(folder)}"
        again = faults.act(act if act == "branch" else "promote", folder)
        assert again in (0, 1), f"{where}: {faults.said()}"
        git(folder, "fsck", "--no-dangling", "--strict")
        assert not list((folder / ".git").rglob("*.lock")), where
    except AssertionError:
        raise
    except BaseException as error:
        raise AssertionError(f"{where}: {error!r}") from error
    return True


def models_at(folder: Path, rev: str) -> dict[str, object]:
    from tests.acts import models_of

    return dict(models_of(opened(folder).registry(rev)))


@pytest.mark.parametrize(
    "case", CASES, ids=lambda case: f"{case[0]}-{errno.errorcode.get(case[1], '')}"
)
@pytest.mark.parametrize("act", ["promote", "register", "rollback", "branch"])
def test_a_fault_at_every_call(
    act: str, case: tuple[str, int], faults: Faults, prepared: Path, scratch: Path
) -> None:
    calls = faults.calls(act, copied(prepared, scratch))
    points = range(1, calls + 1) if EVERY else sample(calls, CASES.index(case))
    failures = []
    for at in points:
        try:
            strike(faults, act, prepared, scratch, case, at)
        except AssertionError as error:
            if not EVERY:
                raise
            failures.append(str(error)[:600])
    assert not failures, f"{len(failures)} of {calls}:\n" + "\n".join(failures)


def sample(calls: int, shift: int) -> list[int]:
    """A few points, others in each case, so that together they cover the act."""
    stride = max(1, calls // SAMPLE)
    return list(range(1 + (shift * 7) % stride, calls + 1, stride))

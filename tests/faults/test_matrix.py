"""Every call that changes a file, killed, failed or torn: nothing is lost, the next command works.

A normal run takes a sample; SWREG_TEST_FAULTS=all takes every call.
"""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from swreg.domain.catalog import Model
from tests.acts import enter, models_of, opened, require_consistent
from tests.faults.conftest import Faults

pytestmark = pytest.mark.faults

EVERY = os.environ.get("SWREG_TEST_FAULTS") == "all"
SAMPLE = 4
CASES = [
    ("kill", 0),
    ("torn", 0),
    ("once", errno.EIO),
    ("once", errno.ENOSPC),
    ("all", errno.ENOSPC),
]
REFS = {"branch": "refs/heads/review"}


@dataclass(frozen=True, slots=True)
class Strike:
    """One act, the fault it meets, and the place it is done in."""

    act: str
    case: tuple[str, int]
    at: int
    folder: Path

    @property
    def ref(self) -> str:
        return REFS.get(self.act, "HEAD")


def copied(source: Path, scratch: Path) -> Path:
    """A copy of a repository and what lies beside it."""
    place = scratch / "work"
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(source.parent, place, symlinks=True)
    git(place / "repo", "update-index", "-q", "--refresh", check=False)
    return place / "repo"


def git(folder: Path, *arguments: str, check: bool = True) -> str:
    run = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, check=False)
    assert run.returncode == 0 or not check, (arguments, run.stderr)
    return run.stdout.decode().strip()


def users_view(folder: Path) -> tuple[str, str, list[str]]:
    """What the user sees of their own work: staged, changed, untracked."""
    theirs = [":/", ":!.specweave/increments"]
    return (
        git(folder, "diff", "--cached", "--", *theirs),
        git(folder, "diff", "--", *theirs),
        git(folder, "ls-files", "--others").splitlines(),
    )


def models(folder: Path, rev: str = "HEAD") -> dict[str, Model]:
    return models_of(opened(folder).registry(rev))


def commits(folder: Path, since: str, until: str = "HEAD") -> int:
    return int(git(folder, "rev-list", "--count", f"{since}..{until}"))


def strike(faults: Faults, one: Strike) -> None:
    """One act under one fault, and everything that must hold after it."""
    base, before = git(one.folder, "rev-parse", "HEAD"), models(one.folder)
    view = users_view(one.folder)
    code, what = faults.under(one.act, one.folder, mode=one.case[0], at=one.at, error=one.case[1])
    where = f"{one.act} {one.case} at {one.at}: {what}; exit {code}; {faults.said()}"
    assert code != 70, where
    landed = git(one.folder, "rev-parse", "--verify", "-q", one.ref, check=False) not in ("", base)
    assert code < 0 or landed == (code in (0, 7)), f"{where}: landed is {landed}"
    try:
        enter(opened(one.folder), "v9.0.0")
        require_consistent(one.folder)
        moved = landed and one.ref == "HEAD"
        assert commits(one.folder, base) == (2 if moved else 1)
        assert (models(one.folder, "HEAD~1") != before) == moved
        assert users_view(one.folder) == view
        require_clear(faults, one.folder, one.act)
    except Exception as error:
        raise AssertionError(f"{where}: {error!r}") from error


def require_clear(faults: Faults, folder: Path, act: str) -> None:
    """The act works or is refused by the facts now; git is sound and nothing of ours lies about."""
    faults.calls(act, folder, codes=(0, 1))
    git(folder, "fsck", "--no-dangling", "--strict")
    assert not list((folder / ".git").rglob("*.lock"))
    rest = {path.name for path in (folder / ".git" / "swreg").iterdir()}
    assert {name for name in rest if not name.startswith("index-")} == {"lock"}


def points(calls: int, shift: int) -> list[int]:
    """Every call, or a few, others in each case, so that together they cover the act."""
    stride = 1 if EVERY else max(1, calls // SAMPLE)
    return list(range(1 + (shift * 5) % stride, calls + 1, stride))


def all_points(faults: Faults, strikes: list[tuple[Strike, Path]]) -> None:
    failures = []
    for one, source in strikes:
        copied(source, one.folder.parents[1])
        try:
            strike(faults, one)
        except AssertionError as error:
            failures.append(str(error)[:900])
    assert not failures, f"{len(failures)} of {len(strikes)}:\n" + "\n".join(failures)


def named(case: tuple[str, int]) -> str:
    return f"{case[0]}-{errno.errorcode[case[1]]}" if case[1] else case[0]


@pytest.mark.parametrize("case", CASES, ids=named)
@pytest.mark.parametrize("act", ["promote", "register", "rollback", "branch"])
def test_a_fault_at_every_call(
    act: str, case: tuple[str, int], faults: Faults, prepared: Path, scratch: Path
) -> None:
    folder = copied(prepared, scratch)
    at_calls = points(faults.calls(act, folder), CASES.index(case))
    all_points(faults, [(Strike(act, case, at, folder), prepared) for at in at_calls])


@pytest.mark.parametrize("landed", [True, False])
@pytest.mark.parametrize("case", CASES, ids=named)
def test_a_fault_while_recovering(
    landed: bool, case: tuple[str, int], faults: Faults, prepared: Path, scratch: Path
) -> None:
    """A write is killed, and the command that finds its note meets a fault as well."""
    crashed = interrupted(faults, prepared, scratch, landed=landed)
    try:
        base = git(crashed, "rev-parse", "HEAD")
        view = users_view(prepared)
        calls = faults.calls("rollback", copied(crashed, scratch))
        failures = []
        for at in points(calls, CASES.index(case)):
            folder = copied(crashed, scratch)
            code, what = faults.under("rollback", folder, mode=case[0], at=at, error=case[1])
            try:
                assert code != 70, faults.said()
                enter(opened(folder), "v9.0.0")
                require_consistent(folder)
                assert commits(folder, base) in (1, 2)
                assert code != 0 or commits(folder, base) == 2
                assert users_view(folder) == view
                require_clear(faults, folder, "promote")
            except Exception as error:  # noqa: BLE001 - every point is told, then all fail
                failures.append(f"{case} at {at}: {what}; exit {code}; {error!r}"[:900])
        assert not failures, f"{len(failures)} of {calls}:\n" + "\n".join(failures)
    finally:
        shutil.rmtree(crashed.parent)


def interrupted(faults: Faults, prepared: Path, scratch: Path, *, landed: bool) -> Path:
    """A repository in which a promotion was killed while it held the index."""
    calls = faults.calls("promote", copied(prepared, scratch))
    # How many calls come before the hold differs a little from run to run, so one more look.
    for at in [*range(calls, 0, -1)] * 2:
        folder = copied(prepared, scratch)
        faults.under("promote", folder, mode="kill", at=at, error=0)
        moved = git(folder, "rev-parse", "HEAD") != git(prepared, "rev-parse", "HEAD")
        if (folder / ".git" / "index.lock").exists() and moved == landed:
            kept = scratch / "crashed"
            shutil.rmtree(kept, ignore_errors=True)
            (scratch / "work").rename(kept)
            return kept / "repo"
    raise AssertionError("no call was found between the hold of the index and its end")

"""The fault library, built once, and the process that acts under it."""

from __future__ import annotations

import mmap
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.acts import bring, enter, opened
from tests.conftest import Repo, _copy
from tests.faults import control as orders

_SHM = Path("/dev/shm")


@dataclass(frozen=True, slots=True)
class Faults:
    """Acts in a copy of a prepared repository, under an ordered fault."""

    process: subprocess.Popen[str]
    control: mmap.mmap
    output: Path

    def act(self, act: str, folder: Path) -> int:
        """The act's exit code, negative for a signal."""
        self.output.unlink(missing_ok=True)
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{act}\t{folder}\t{self.output}\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def under(self, act: str, folder: Path, *, mode: str, at: int, error: int) -> tuple[int, str]:
        """Exit code and the call that was struck (empty where it was never reached)."""
        orders.order(self.control, mode=mode, at=at, error=error)
        code = self.act(act, folder)
        orders.disarm(self.control)
        _, fired, what = orders.told(self.control)
        return code, what if fired else ""

    def calls(self, act: str, folder: Path, *, codes: tuple[int, ...] = (0,)) -> int:
        """How many calls the act makes that change a file, without any fault."""
        orders.order(self.control, mode="count", at=1 << 40)
        assert self.act(act, folder) in codes, self.said()
        return orders.told(self.control)[0]

    def said(self) -> str:
        return self.output.read_text() if self.output.exists() else ""


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder in memory where there is one: the matrix makes thousands of syncs."""
    if not (_SHM.is_dir() and os.access(_SHM, os.W_OK)):
        yield tmp_path_factory.mktemp("faults")
        return
    folder = _SHM / f"swreg-faults-{os.getpid()}"
    folder.mkdir()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def faults(scratch: Path, _pinned_session: None) -> Iterator[Faults]:
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None or not sys.platform.startswith("linux"):
        pytest.skip("no faults are injected: a C compiler on Linux is needed")
    library, file = scratch / "fault.so", scratch / "control"
    source = Path(__file__).with_name("fault.c")
    built = [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"]
    subprocess.run(built, check=True)
    file.write_bytes(bytes(orders.SIZE))
    with open(file, "r+b") as handle, mmap.mmap(handle.fileno(), 0) as control:
        environment = {
            **os.environ,
            "LD_PRELOAD": str(library),
            "FAULT_FILE": str(file),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=Path(__file__).parents[2],
        )
        with process:
            yield Faults(process, control, scratch / "said")


@pytest.fixture(scope="session")
def prepared(repo_once: Path, scratch: Path) -> Path:
    """A registry with a version in production, one before it, and work of the user's own."""
    repo = _copy(repo_once, scratch / "prepared" / "repo")
    project = opened(repo.path)
    for version in ("v0.9.0", "v1.0.0", "v2.0.0"):
        enter(project, version)
    for version in ("v0.9.0", "v1.0.0"):
        bring(project, version, "staging")
        bring(project, version, "production")
    (scratch / "prepared" / "model.bin").write_bytes(b"model" * 100)
    users_work(repo)
    return repo.path


def users_work(repo: Repo) -> None:
    """Staged, changed and untracked files that are nobody's business."""
    repo.write("kept.txt", "one\n")
    repo.commit("feat: mine", "kept.txt")
    repo.write("staged.txt", "staged\n")
    repo.git("add", "staged.txt")
    repo.write("README.md", "# Payments, changed\n")
    repo.write("untracked.txt", "untracked\n")

"""The pinned world of every test: own HOME, own git configuration, own identity, own clock zone.

Fixtures:

- `repo`: a real git repository with a minimal SpecWeave layout, committed and clean.
- `specweave_repo`: a real project made by SpecWeave's own program; skipped by name without it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings

# On a machine that judges a change the same examples are tried every time: a law that fails there
# fails because of the change. At home they differ from run to run, which is how new ones are found.
settings.register_profile("ci", derandomize=True, deadline=None)
if os.environ.get("CI"):
    settings.load_profile("ci")

ROOT = Path(__file__).parents[1]
INCREMENT = "0042-fraud-detection"
REAL_HOME = Path(os.environ.get("HOME") or os.path.expanduser("~"))
# What git and swreg would write in a person's HOME; a test that changes one of these has escaped.
WATCHED = (".gitconfig", ".config/git", ".config/swreg", ".cache/swreg", ".local/state/swreg")

PINNED = {
    "GIT_AUTHOR_NAME": "Ada Lovelace",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada Lovelace",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_PAGER": "cat",
    "PAGER": "cat",
    "GIT_EDITOR": "false",
    "EDITOR": "false",
    "VISUAL": "false",
    "LC_ALL": "C.UTF-8",
    "LANG": "C.UTF-8",
    "TZ": "UTC",
    "NO_COLOR": "1",
    "COLUMNS": "100",
    # `python -m swreg` finds this checkout from any folder.
    "PYTHONPATH": str(ROOT),
}
# Typer and rich take each of these for an order to write colours and boxes into a pipe.
COLOUR = ("CLICOLOR_FORCE", "FORCE_COLOR", "GITHUB_ACTIONS", "PY_COLORS", "TTY_COMPATIBLE")
GIT_CONFIG = """\
[user]
\tname = Ada Lovelace
\temail = ada@example.org
[init]
\tdefaultBranch = main
[gc]
\tauto = 0
[protocol "file"]
\tallow = always
"""


@dataclass(frozen=True, slots=True)
class Repo:
    """A git repository on disk, with the few questions that tests put to it."""

    path: Path

    def git(self, *arguments: str, check: bool = True) -> str:
        """Run git here; its output without the last newline. A failure shows what git said."""
        run = subprocess.run(
            ["git", *arguments], cwd=self.path, capture_output=True, text=True, check=False
        )
        if check and run.returncode:
            pytest.fail(
                f"git {' '.join(arguments)}: exit {run.returncode}\n{run.stdout}{run.stderr}"
            )
        return run.stdout.removesuffix("\n")

    @property
    def increment(self) -> Path:
        """The folder of the one increment."""
        return self.path / ".specweave" / "increments" / INCREMENT

    @property
    def head(self) -> str:
        """The id of the commit that is checked out."""
        return self.git("rev-parse", "HEAD")

    def status(self) -> str:
        """What is staged, changed and untracked; empty when clean."""
        return self.git("status", "--porcelain=v1", "--untracked-files=all")

    def write(self, name: str, text: str) -> Path:
        """Write a file, making its folders."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
        return path

    def commit(self, message: str, *paths: str) -> str:
        """Stage these paths (everything by default) and commit; the new commit's id."""
        self.git("add", "--", *(paths or (".",)))
        self.git("commit", "--quiet", "--message", message)
        return self.head


def pin(home: Path, patch: pytest.MonkeyPatch) -> None:
    """Put this process and its children into the pinned world, with `home` as HOME."""
    for name in [name for name in os.environ if name.startswith(("GIT_", "SWREG_", "XDG_"))]:
        if not name.startswith("SWREG_TEST_"):
            patch.delenv(name)
    for name in COLOUR:
        patch.delenv(name, raising=False)
    for name, value in PINNED.items():
        patch.setenv(name, value)
    home.mkdir(parents=True, exist_ok=True)
    config = home / ".gitconfig"
    config.write_text(GIT_CONFIG, encoding="utf-8")
    patch.setenv("HOME", str(home))
    patch.setenv("USERPROFILE", str(home))
    patch.setenv("GIT_CONFIG_GLOBAL", str(config))


def traces() -> dict[str, tuple[int, int] | None]:
    """Size and time of each watched place in the real HOME (None where there is nothing)."""
    found: dict[str, tuple[int, int] | None] = {}
    for name in WATCHED:
        try:
            facts = (REAL_HOME / name).stat()
        except OSError:
            found[name] = None
        else:
            found[name] = (facts.st_size, facts.st_mtime_ns)
    return found


@pytest.fixture(scope="session", autouse=True)
def _pinned_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Session fixtures run git as well, so the world is pinned before any of them."""
    before = traces()
    with pytest.MonkeyPatch.context() as patch:
        pin(tmp_path_factory.mktemp("session-home"), patch)
        yield
    changed = [name for name, facts in traces().items() if facts != before[name]]
    assert not changed, f"a test wrote to the real HOME: {', '.join(changed)}"


@pytest.fixture(autouse=True)
def _pinned_home(
    _pinned_session: None, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A HOME of its own for each test, so that none sees what another wrote there."""
    pin(tmp_path_factory.mktemp("home"), monkeypatch)


def minimal_layout(repo: Repo) -> None:
    """What SpecWeave leaves of an increment, cut down to what the registry relies on."""
    config = {"version": "2.0", "project": {"name": "payments", "version": "0.1.0"}}
    facts = {
        "id": INCREMENT,
        "status": "active",
        "type": "feature",
        "priority": "P1",
        "created": "2024-01-08T09:00:00.000Z",
        "lastActivity": "2024-01-08T09:00:00.000Z",
    }
    folder = f".specweave/increments/{INCREMENT}"
    repo.write(".specweave/config.json", json.dumps(config, indent=2) + "\n")
    repo.write(f"{folder}/metadata.json", json.dumps(facts, indent=2))
    front = f'---\nincrement: {INCREMENT}\ntitle: "Fraud detection"\nstatus: active\n---\n\n'
    repo.write(f"{folder}/spec.md", front + "# Fraud detection\n")
    repo.write(f"{folder}/plan.md", "# Plan\n")
    repo.write(f"{folder}/tasks.md", "# Tasks\n")
    repo.write("README.md", "# Payments\n")


@pytest.fixture(scope="session")
def repo_once(_pinned_session: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built once; tests get copies."""
    repo = Repo(tmp_path_factory.mktemp("repo-once") / "repo")
    repo.path.mkdir()
    repo.git("init", "--quiet", "--initial-branch=main")
    minimal_layout(repo)
    repo.commit("chore: start the project")
    return repo.path


@pytest.fixture
def repo(repo_once: Path, tmp_path: Path) -> Repo:
    """A clean git repository with one increment, the test's own."""
    return _copy(repo_once, tmp_path / "repo")


def _copy(source: Path, target: Path) -> Repo:
    shutil.copytree(source, target, symlinks=True)
    copy = Repo(target)
    # The copy has new inodes; without this git would have to re-read every file to see it is clean.
    copy.git("update-index", "-q", "--refresh")
    return copy


def specweave_program() -> Path | None:
    """The `specweave` command: SWREG_TEST_SPECWEAVE, else the one on PATH."""
    named = os.environ.get("SWREG_TEST_SPECWEAVE")
    if named:
        path = Path(named)
        return path if path.is_file() else path / "node_modules" / ".bin" / "specweave"
    found = shutil.which("specweave")
    return Path(found) if found else None


def _why_no_specweave(program: Path | None) -> str | None:
    if shutil.which("node") is None:
        return "node is not installed"
    if program is None:
        return "the npm package specweave is not on PATH and SWREG_TEST_SPECWEAVE is not set"
    return None if program.is_file() else f"there is no program at {program}"


@pytest.fixture(scope="session")
def specweave_once(_pinned_session: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project made by `specweave init` and `specweave create-increment`, nothing committed."""
    program = specweave_program()
    reason = _why_no_specweave(program)
    if reason:
        pytest.skip(f"no real SpecWeave project: {reason}")
    scratch = tmp_path_factory.mktemp("specweave")
    (tools := scratch / "tools").mkdir()
    # `init` would fetch a further package through npx; nothing here may reach a network.
    (tools / "npx").write_text("#!/bin/sh\necho 'npx is cut off' >&2\nexit 1\n", encoding="utf-8")
    (tools / "npx").chmod(0o755)
    (elsewhere := scratch / "tmp").mkdir()
    environment = {
        **os.environ,
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "CI": "true",
        "npm_config_offline": "true",
        # `init` refuses a project below the system's temporary folder, where tests live.
        "TMPDIR": str(elsewhere),
    }
    repo = Repo(scratch / "payments")
    repo.path.mkdir()
    repo.git("init", "--quiet", "--initial-branch=main")
    words = ["--title", "Fraud detection", "--description", "Score payments"]
    for command in (
        ["init", ".", "--quick", "--adapter", "claude"],
        ["create-increment", "--id", INCREMENT, *words, "--project", "payments"],
    ):
        run = subprocess.run(
            [str(program), *command],
            cwd=repo.path,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert run.returncode == 0, f"specweave {command[0]}:\n{run.stdout}{run.stderr}"
    return repo.path


@pytest.fixture
def specweave_repo(specweave_once: Path, tmp_path: Path) -> Repo:
    """A real SpecWeave project with one increment, committed (its own hook put by for that)."""
    copy = _copy(specweave_once, tmp_path / "payments")
    # SpecWeave's stock hook fails on every commit where sh is not bash.
    copy.git("add", "--all")
    copy.git("commit", "--quiet", "--no-verify", "--message", "chore: start the project")
    return copy

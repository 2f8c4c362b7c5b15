"""Start an experiment's run, keep its record, and tell a run that died from one that works."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from swreg.domain.experiment import (
    ExperimentMetadata,
    Run,
    clean_tags,
    parse_experiment_name,
)
from swreg.domain.metadata_keys import GitFact
from swreg.domain.names import plain_text
from swreg.domain.shape import Timestamp
from swreg.errors import Contention, NotReady, SwregError
from swreg.operations.project import Project, timestamp
from swreg.operations.register import code_state
from swreg.operations.run_record import EXPERIMENTS, claim, read_record, write_record
from swreg.storage.files import require_real_folders
from swreg.storage.layout import home_name
from swreg.storage.lock import locked

_WAIT = 5.0
DIED = "the process ended before the run did"


@dataclass(frozen=True, slots=True)
class LiveRun:
    """A run of this process: its folder, and the lock that says it is alive."""

    project: Project
    folder: Path
    alive: Path
    lock: ExitStack = field(default_factory=ExitStack)

    def now(self) -> Timestamp:
        """The time as git sees it."""
        return timestamp(self.project.git.identity()[1])

    def close(self) -> None:
        """Give the lock back; the record stays writable."""
        with self.lock:
            self.alive.unlink(missing_ok=True)


def start(
    project: Project, described: ExperimentMetadata, *, increment: str | None = None
) -> tuple[LiveRun, Run]:
    """Claim a folder below the increment's `experiments/` and write the record of a new run.

    A second run of one name gets a folder of its own. Without `increment` the active one is
    meant. Raises `UsageError` for a bad name, `NotFound` or `Ambiguous` for the increment, and
    `NotReady` in a bare repository.
    """
    name = parse_experiment_name(described.name)
    tags = clean_tags(described.tags)
    commit = described.git_commit
    actor, date = project.git.identity()
    project.require_layout()
    if project.git.bare:
        raise NotReady("a bare repository has no place for experiments", "use a clone of it")
    home = project.increment(increment)
    require_real_folders(project.git.root, f"{home}/{EXPERIMENTS}")
    settle(project, home)
    folder = claim(project.git.root / home / EXPERIMENTS, name)
    run = Run(
        name=name,
        run=folder.name,
        status="running",
        increment=home_name(home),
        started_at=timestamp(date),
        description=described.description,
        tags=tags,
        author=described.author or actor,
        data_version=_line(described.data_version, "data version"),
        git=GitFact(commit=plain_text(commit, kind="commit")) if commit else code_state(project),
    )
    alive = _folder_of_locks(project) / f"{home_name(home)}--{folder.name}.lock"
    live = LiveRun(project, folder, alive)
    live.lock.enter_context(locked(alive, wait=_WAIT))
    write_record(folder, run)
    return live, run


def settle(project: Project, home: str) -> None:
    """Mark the runs failed whose process died: they say `running`, and nobody holds their lock."""
    for alive in sorted(_folder_of_locks(project).glob(f"{home_name(home)}--*.lock")):
        folder = project.git.root / home / EXPERIMENTS / alive.stem.partition("--")[2]
        try:
            with locked(alive, wait=0):
                _settle_one(folder, alive, home_name(home))
        except Contention:
            continue


def _settle_one(folder: Path, alive: Path, increment: str) -> None:
    try:
        run = read_record(folder, increment)
    except SwregError:
        return
    if run.status == "running":
        write_record(folder, replace(run, status="failed", error=DIED))
    if run.started_at is not None or not folder.exists():
        alive.unlink(missing_ok=True)


def _folder_of_locks(project: Project) -> Path:
    return project.git.git_dir / "swreg" / "experiments"


def _line(text: str | None, kind: str) -> str | None:
    return plain_text(text, kind=kind) if text else None

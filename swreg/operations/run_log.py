"""What a running experiment keeps: each change is on disk when the call returns."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from threading import RLock
from typing import Any

from swreg.domain.experiment import Logged, Note, Run, one_line
from swreg.domain.names import visible
from swreg.errors import NotFound, SwregError, UsageError
from swreg.operations.experiment import LiveRun
from swreg.operations.project import Project
from swreg.operations.run_record import write_logged, write_record
from swreg.storage.artifacts.payload import collect, staging
from swreg.storage.files import disk_errors, write_durably


class RunLog:
    """The record of a run and what was logged, in memory and on disk, for several threads."""

    def __init__(self, live: LiveRun, record: Run) -> None:
        self.live = live
        self.record = record
        self.logged = Logged()
        self.lock = RLock()

    @property
    def folder(self) -> Path:
        return self.live.folder

    @property
    def project(self) -> Project:
        return self.live.project

    def keep(self, **changes: Any) -> None:
        """Change the record."""
        with self.lock:
            record = replace(self.record, **changes)
            write_record(self.folder, record)
            self.record = record

    def log(self, name: str, **new: Mapping[str, Any]) -> None:
        """Add to `params`, `metrics` or `folds`, and write the file of that name."""
        with self.lock:
            kept: dict[str, Any] = {
                key: {**getattr(self.logged, key), **part} for key, part in new.items()
            }
            logged = replace(self.logged, **kept)
            write_logged(self.folder, name, logged)
            self.logged = logged

    def note(self, text: str) -> None:
        """Add a remark with its time; several lines are kept."""
        clean = "\n".join(visible(line) for line in text.strip().splitlines())
        if not clean:
            raise UsageError("the note is empty", "say it in a few words")
        with self.lock:
            self.keep(notes=(*self.record.notes, Note(at=self.live.now(), text=clean)))

    def staging(self) -> AbstractContextManager[Path]:
        """A private folder beside the work tree."""
        return staging(self.project.git.git_dir / "swreg")

    def take(self, source: Path, name: str) -> Path:
        """Keep a copy of a file, or of the files of a folder, under a name in the run's folder."""
        target = self.folder / name
        if not source.exists():
            raise NotFound(f"no file at {visible(str(source))}", "name a file or folder")
        if source.resolve() != target.resolve():
            with self.staging() as place:
                for one in collect(source, place).files:
                    inner = target / one.path if source.is_dir() else target
                    with disk_errors(f"write {name}"):
                        write_durably(inner, place / one.path)
        with self.lock:
            self.keep(artifacts=tuple(dict.fromkeys((*self.record.artifacts, name))))
        return target

    def model_files(self) -> list[Path]:
        """The files of the model that was saved last; `NotFound` where none was."""
        if not self.record.model_files:
            raise NotFound("this run saved no model", "pass model=, or call save_model first")
        return [self.folder / one for one in self.record.model_files]

    def end(self, error: BaseException | None = None) -> None:
        """Write how the run ended; a status that the run set itself stands."""
        changes: dict[str, Any] = {}
        if error is not None:
            changes = {"status": "failed", "error": one_line(error)}
        elif self.record.status == "running":
            changes = {"status": "completed"}
        try:
            self.keep(**changes, finished_at=self.live.now())
        except SwregError as fault:
            if error is None:
                raise
            error.add_note(f"the record of {self.record.run} could not be finished: {fault}")
        finally:
            self.live.close()

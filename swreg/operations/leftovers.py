"""The models that an increment left on disk: in the folders of its runs, and flat in `models/`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from swreg.domain.experiment import Run, facts_for_version, parse_file_name
from swreg.domain.leftover import flat_model, is_model_file, run_model
from swreg.domain.version import Version
from swreg.errors import SwregError
from swreg.operations.run_record import EXPERIMENTS, natural, read_logged, read_record, run_folders
from swreg.storage.layout import home_name

MODELS = "models"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """A model on disk: where, its files, and what a registration would say of it.

    `source` is the path below the increment. `why_not` says why it is not to be registered, and
    `registered` the versions that its run registered itself, as (model, version).
    """

    home: str
    source: str
    files: tuple[Path, ...] = ()
    name: str | None = None
    version: Version | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    requirements: tuple[str, ...] = ()
    registered: tuple[tuple[str, str], ...] = ()
    why_not: str | None = None
    began: str = ""


def leftovers(
    root: Path, home: str, known: Collection[str], here: Collection[str]
) -> list[Leftover]:
    """The models of one increment, those of flat files first, then runs in the order they began.

    `known` are the names of the registered models, `here` those of this increment.
    """
    runs = [
        one for folder in run_folders(root / home) for one in _of_run(folder, home, known, here)
    ]
    return [*_flat(root / home, home, known, here), *sorted(runs, key=lambda one: one.began)]


def _of_run(
    folder: Path, home: str, known: Collection[str], here: Collection[str]
) -> Iterator[Leftover]:
    source = f"{EXPERIMENTS}/{folder.name}"
    try:
        run = read_record(folder, home_name(home))
        files = _model_files(folder, run)
        if not files and not run.registered:
            return
        logged = read_logged(folder)
    except SwregError as error:
        yield Leftover(home=home, source=source, why_not=str(error))
        return
    yield Leftover(
        home=home,
        source=source,
        files=files,
        name=run.model or run_model(home_name(home), known=known, here=here),
        facts=facts_for_version(run, logged),
        requirements=run.requirements,
        registered=tuple((one.model, one.version) for one in run.registered),
        why_not=_why_not(run),
        began=run.started_at or "",
    )


def _model_files(folder: Path, run: Run) -> tuple[Path, ...]:
    """The files that the record names, else every `model.*` with a model in it."""
    if run.model_files:
        return tuple(folder / parse_file_name(name) for name in run.model_files)
    names = sorted(one.name for one in folder.iterdir() if not one.is_dir())
    return tuple(
        folder / one for one in names if Path(one).stem.lower() == "model" and is_model_file(one)
    )


def _why_not(run: Run) -> str | None:
    if run.status == "running":
        return "the run has not ended"
    if run.status == "failed":
        return f"the run failed: {run.error}" if run.error else "the run failed"
    return "the run was cancelled" if run.status == "cancelled" else None


def _flat(
    folder: Path, home: str, known: Collection[str], here: Collection[str]
) -> Iterator[Leftover]:
    parent = folder / MODELS
    if parent.is_symlink() or not parent.is_dir():
        return
    files = [one for one in parent.iterdir() if is_model_file(one.name) and not one.is_dir()]
    for file in sorted(files, key=lambda one: natural(one.name)):
        name, version = flat_model(
            file.name, home_name(home), known=known, here=here, alone=len(files) == 1
        )
        source = f"{MODELS}/{file.name}"
        yield Leftover(home=home, source=source, files=(file,), name=name, version=version)

"""The folder of a run on disk: claimed once, written whole and durably at every step."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from swreg.domain.document import read_document, write_document
from swreg.domain.experiment import (
    FOLDS,
    METRICS,
    PARAMS,
    RECORD,
    Logged,
    Run,
    folds_of,
    foreign_run,
    metrics_of,
    params_of,
)
from swreg.domain.names import visible
from swreg.errors import BrokenFile, FactError, UsageError
from swreg.operations.version_files import dump_json, load_json
from swreg.storage.files import disk_errors, make_folders, write_durably
from swreg.storage.yaml_text import flow, key_text, parse_yaml

EXPERIMENTS = "experiments"
_TRIES = 10_000


def claim(parent: Path, name: str) -> Path:
    """A new folder for a run: called like the experiment, with `-2`, `-3`, … where that is taken.

    Making the folder is what claims it, so two processes never share one. Raises `UsageError` for
    a name that only case tells from one that is there.
    """
    with disk_errors(f"make a folder for {name}"):
        make_folders(parent)
        for one in parent.iterdir():
            if one.name != name and one.name.casefold() == name.casefold():
                raise UsageError(
                    f"{visible(one.name)} is there, and {name} differs only by case",
                    "write it the same, or choose another name: some systems take both for one",
                )
        for number in range(1, _TRIES):
            folder = parent / (name if number == 1 else f"{name}-{number}")
            try:
                folder.mkdir()
            except FileExistsError:
                continue
            return folder
    raise FactError(f"{name} has {_TRIES} runs", "move old runs away, or choose another name")


def write_record(folder: Path, run: Run) -> None:
    """`metadata.yaml`: one key a line, and one line for each part of a list."""
    lines: list[str] = []
    for key, value in write_document(run).items():
        if isinstance(value, list) and value:
            lines += [f"{key_text(key)}:", *(f"  - {flow(part)}" for part in value)]
        else:
            lines.append(f"{key_text(key)}: {flow(value)}")
    _write(folder / RECORD, ("\n".join(lines) + "\n").encode())


def read_record(folder: Path, increment: str) -> Run:
    """The record of a run; of one that swreg did not write, what can be read of it.

    Raises `BrokenFile` for what is no YAML, and for a record of ours that does not fit.
    """
    data = _read(folder / RECORD)
    if data is None:
        return foreign_run({}, folder.name, increment)
    where = f"{EXPERIMENTS}/{visible(folder.name)}/{RECORD}"
    raw = parse_yaml(data, name=where)
    if isinstance(raw, dict) and "schema" in raw:
        return read_document(Run, raw, where)
    return foreign_run(raw if isinstance(raw, dict) else {}, folder.name, increment)


def write_logged(folder: Path, name: str, logged: Logged) -> None:
    """One of `params.json`, `metrics.json` and `metrics_folds.json`."""
    content = {PARAMS: logged.params, METRICS: logged.metrics, FOLDS: logged.folds}[name]
    _write(folder / name, dump_json({key: content[key] for key in content}))


def read_logged(folder: Path) -> Logged:
    """What a run set and measured; raises `BrokenFile` or `UsageError` for what is no number."""
    folds = _mapping(folder / FOLDS)
    return Logged(
        params=params_of(_mapping(folder / PARAMS)),
        metrics=metrics_of(_mapping(folder / METRICS)),
        folds={
            name: folds_of(name, values if isinstance(values, list) else [values])
            for name, values in folds.items()
        },
    )


def run_folders(home: Path) -> Iterator[Path]:
    """The folders of an increment's runs, in the order of their names; links are passed over."""
    parent = home / EXPERIMENTS
    if parent.is_symlink() or not parent.is_dir():
        return
    for folder in sorted(parent.iterdir(), key=lambda one: natural(one.name)):
        if folder.is_dir() and not folder.is_symlink() and not folder.name.startswith("."):
            yield folder


def natural(name: str) -> list[tuple[int, str]]:
    """A sort key that has `exp-2` before `exp-10`.

    >>> sorted(["exp-10", "exp-2"], key=natural)
    ['exp-2', 'exp-10']
    """
    parts = re.split(r"(\d+)", name)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


def _mapping(file: Path) -> dict[str, Any]:
    data = _read(file)
    if data is None:
        return {}
    raw = load_json(data, f"{visible(file.parent.name)}/{file.name}")
    if not isinstance(raw, dict):
        raise BrokenFile(f"{visible(file.parent.name)}/{file.name} is no mapping", "mend it")
    return raw


def _read(file: Path) -> bytes | None:
    with disk_errors(f"read {file.name}"):
        return file.read_bytes() if file.is_file() and not file.is_symlink() else None


def _write(file: Path, data: bytes) -> None:
    with disk_errors(f"write {file.name}"):
        write_durably(file, data)

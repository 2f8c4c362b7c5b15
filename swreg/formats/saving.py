"""A model object becomes files: its pickle, and its framework's own format beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from swreg.errors import MissingExtra, NotFound, UsageError
from swreg.formats.imported import modules_of
from swreg.formats.pickled import list_globals, save_pickle
from swreg.formats.table import format_of

PICKLE = "model.pkl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What was written.

    `files` are names in the folder, `framework` the distribution-like name of the model's library
    (None for a plain Python object), `module_names` the modules that the pickle imports,
    `globals` every name it looks up. `notes` say what could not be written, and why.
    """

    files: tuple[str, ...]
    framework: str | None
    module_names: tuple[str, ...]
    globals: tuple[str, ...]
    notes: tuple[str, ...] = ()


def save_model(model: object, folder: Path) -> Saved:
    """Write `model.pkl` and, where there is one, the safe native format into an existing folder.

    Raises `NotFound` for a folder that does not exist, `UsageError` for an object that cannot be
    pickled. A native format that cannot express the model is left out with a note: the pickle
    then stands alone.
    """
    if not folder.is_dir():
        raise NotFound(f"there is no folder {folder}", "make it first")
    before = set(folder.iterdir())
    try:
        save_pickle(model, folder / PICKLE)
        files, notes = _save_native(model, folder)
    except BaseException:
        for path in set(folder.iterdir()) - before:
            path.unlink()
        raise
    names = list_globals(folder / PICKLE).names
    native = format_of(model)
    return Saved(
        files=(PICKLE, *(path.name for path in files)),
        framework=native.name if native else None,
        module_names=modules_of(model, names),
        globals=tuple(sorted(map(str, names))),
        notes=tuple(notes),
    )


def _save_native(model: object, folder: Path) -> tuple[list[Path], list[str]]:
    native = format_of(model)
    if native is None:
        return [], []
    try:
        return native.save(model, folder), []
    except (MissingExtra, UsageError) as error:
        return [], [f"no native format beside {PICKLE}: {error}"]

"""A model of a run as files in the run's folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from swreg.errors import UsageError
from swreg.storage.files import disk_errors, write_durably


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedModel:
    """The files of a model by name, its library, and what it needs to be loaded."""

    files: tuple[str, ...]
    framework: str | None
    requirements: tuple[str, ...]


def save_into(model: object, folder: Path, name: str, *, place: Path) -> SavedModel:
    """Write the model's pickle as `name` into `folder`, native files beside it.

    `place` is an empty folder to write in first: a file in `folder` is whole or not there.
    Raises `UsageError` for what cannot be pickled, and for a name that is no pickle's.
    """
    from swreg.formats.imported import framework_line, requirements
    from swreg.formats.saving import PICKLE, save_model

    if Path(name).suffix.lower() not in (".pkl", ".pickle"):
        raise UsageError(
            f"{name} is no name for a model's pickle", "use model.pkl, or save_artifact(name, …)"
        )
    saved = save_model(model, place)
    names = _names(saved.files, name, pickle=PICKLE)
    for source, target in names.items():
        with disk_errors(f"write {target}"):
            write_durably(folder / target, place / source)
    needed = requirements(saved.module_names)
    return SavedModel(
        files=tuple(names.values()),
        framework=framework_line(saved.framework, needed.lines),
        requirements=needed.lines,
    )


def _names(files: tuple[str, ...], name: str, *, pickle: str) -> Mapping[str, str]:
    """What each written file is called in the run: natives keep their names beside `model.pkl`.

    >>> _names(("model.pkl", "model.ubj"), "best.pkl", pickle="model.pkl")
    {'model.pkl': 'best.pkl', 'model.ubj': 'best.ubj'}
    """
    if name == pickle:
        return {one: one for one in files}
    stem = Path(name).stem
    return {one: name if one == pickle else f"{stem}{Path(one).suffix}" for one in files}

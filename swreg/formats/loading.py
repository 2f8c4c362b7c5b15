"""Files become a model object again. Verifying their digests is the caller's, and comes first."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

from swreg.errors import Ambiguous, MissingExtra, NotFound, UsageError
from swreg.formats.joblib_file import load_joblib
from swreg.formats.pickled import load_pickle
from swreg.formats.table import FORMATS, format_for

_PICKLES: dict[str, Callable[..., Any]] = {
    ".joblib": load_joblib,
    ".pickle": load_pickle,
    ".pkl": load_pickle,
}
# Files of ours beside a model, and of everybody, that hold no model.
_NOT_MODELS = frozenset(
    {"metadata.json", "signature.json", "requirements.txt", "booster.txt", "config.json"}
)


def load_model(path: Path, *, trust: bool = False, allow: AbstractSet[str] = frozenset()) -> Any:
    """The model in a file, or in a folder of a version.

    In a folder the framework's own file (`model.skops`, `model.ubj`, …) is taken before
    `model.pkl`; where its library is missing, the pickle is. `allow` holds further names, as
    `package.module.Name`, that a pickle may use; `trust` lifts every limit.

    Raises `Unsafe` before anything of the file is executed; `NotFound`, `Ambiguous` or
    `UsageError` where it is not clear what to load; `MissingExtra` for a library that is not
    installed; `BrokenFile` where the library cannot read the file.
    """
    candidates = _candidates(path) if path.is_dir() else [path]
    missing: MissingExtra | None = None
    for candidate in candidates:
        try:
            return _loader(candidate)(candidate, trust=trust, allow=allow)
        except FileNotFoundError:
            raise NotFound(f"there is no file {candidate}") from None
        except MissingExtra as error:
            missing = missing or error
    assert missing is not None
    raise missing


def _loader(path: Path) -> Callable[..., Any]:
    suffix = path.suffix.lower()
    native = format_for(suffix)
    loader = native.load if native else _PICKLES.get(suffix)
    if loader is None:
        known = sorted({*_PICKLES, *(one for native in FORMATS for one in native.suffixes)})
        raise UsageError(
            f"no format is known for {path.name}",
            f"use the file itself; loaded are {' '.join(known)}",
        )
    return loader


def _candidates(folder: Path) -> list[Path]:
    """The files to try, the best first: native, then pickled, else the only one there is."""
    suffixes = [suffix for native in FORMATS for suffix in native.suffixes]
    named = [folder / f"model{suffix}" for suffix in (*suffixes, ".pkl", ".pickle", ".joblib")]
    found = [path for path in named if path.is_file()]
    if found:
        return found
    others = [
        path
        for path in sorted(folder.iterdir())
        if path.is_file()
        and path.name not in _NOT_MODELS
        and (path.suffix.lower() in _PICKLES or format_for(path.suffix.lower()))
    ]
    if not others:
        raise NotFound(f"no model that can be loaded is in {folder}", "use its files by their path")
    if len(others) > 1:
        names = ", ".join(path.name for path in others)
        raise Ambiguous(f"{folder} holds several models: {names}", "load one of the files")
    return others

"""scikit-learn models as skops files: a zip of JSON and arrays that names types, not code."""

from __future__ import annotations

import sys
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

from swreg.errors import MissingExtra, UsageError
from swreg.formats.allowlist import is_allowed, refusal
from swreg.formats.pickled import loaded
from swreg.formats.standins import Name

name = "scikit-learn"
suffixes: tuple[str, ...] = (".skops",)


def matches(model: object) -> bool:
    """Whether it is an estimator of scikit-learn or derived from one."""
    base = sys.modules.get("sklearn.base")
    return base is not None and isinstance(model, base.BaseEstimator)


def save(model: object, folder: Path) -> list[Path]:
    """Write `model.skops`; raises `UsageError` for what skops cannot express."""
    skops = _skops("saving model.skops")
    path = folder / "model.skops"
    try:
        skops.dump(model, path)
    except Exception as error:
        path.unlink(missing_ok=True)
        raise UsageError(f"skops cannot express this {type(model).__name__}: {error}") from error
    return [path]


def load(path: Path, *, trust: bool, allow: AbstractSet[str]) -> Any:
    """The estimator.

    Which types are trusted is our list and the caller's, never the file's. Raises `Unsafe` with
    the first type that neither allows.
    """
    skops = _skops("loading model.skops")
    types = loaded(lambda: skops.get_untrusted_types(file=path), path)
    if not trust:
        for kind in types:
            module, _, last = kind.rpartition(".")
            if not is_allowed(Name(module, last), allow):
                raise refusal(
                    f"it holds {kind}, which is not on the allow-list", Name(module, last)
                )
    return loaded(lambda: skops.load(path, trusted=types), path)


def _skops(purpose: str) -> Any:
    try:
        import skops.io
    except ImportError:
        raise MissingExtra("skops", "sklearn", purpose) from None
    return skops.io

"""LightGBM boosters as LightGBM's own text.

The text holds the trees and nothing of the scikit-learn wrappers round them (their classes, their
labels). A wrapper is therefore saved as `booster.txt`, for other programs, and is loaded from its
pickle, whose classes are on the allow-list; a plain booster is `model.txt`, and loaded from it.
"""

from __future__ import annotations

import sys
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

from swreg.errors import MissingExtra
from swreg.formats.pickled import loaded

name = "lightgbm"
suffixes: tuple[str, ...] = (".txt",)


def matches(model: object) -> bool:
    """Whether it is a booster or one of the scikit-learn wrappers round it."""
    lightgbm = sys.modules.get("lightgbm")
    return lightgbm is not None and isinstance(model, (lightgbm.Booster, lightgbm.LGBMModel))


def save(model: Any, folder: Path) -> list[Path]:
    """Write `model.txt` or `booster.txt`, as the module says."""
    is_wrapper = hasattr(model, "booster_")
    path = folder / ("booster.txt" if is_wrapper else "model.txt")
    (model.booster_ if is_wrapper else model).save_model(path)
    return [path]


def load(path: Path, *, trust: bool, allow: AbstractSet[str]) -> Any:
    """The booster. Nothing in the text names code."""
    try:
        import lightgbm
    except ImportError:
        raise MissingExtra("lightgbm", "lightgbm", f"loading {path.name}") from None
    return loaded(lambda: lightgbm.Booster(model_file=path), path)

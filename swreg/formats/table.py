"""The table of model formats. A new one is a module here and a line in `FORMATS`."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any, Protocol

from swreg.formats import lightgbm_file, onnx_file, skops_file, torch_file, xgboost_file


class Format(Protocol):
    """A framework's own files, which hold a model as data and not as code."""

    name: str
    suffixes: tuple[str, ...]

    def matches(self, model: object) -> bool:
        """Whether the object is one of this framework's models. Imports nothing."""

    def save(self, model: Any, folder: Path) -> list[Path]:
        """Write the native files and say which; `UsageError` or `MissingExtra` where it cannot."""

    def load(self, path: Path, *, trust: bool, allow: AbstractSet[str]) -> Any:
        """The model in one native file."""


# The wrappers of XGBoost and LightGBM are scikit-learn estimators too: theirs come first.
FORMATS: tuple[Format, ...] = (xgboost_file, lightgbm_file, torch_file, onnx_file, skops_file)


def format_of(model: object) -> Format | None:
    """The format of a model object; None where only a pickle can hold it."""
    return next((one for one in FORMATS if one.matches(model)), None)


def format_for(suffix: str) -> Format | None:
    """The format that a file name's suffix stands for."""
    return next((one for one in FORMATS if suffix in one.suffixes), None)

"""Anything a run wants to keep becomes one file: text, tables, figures, arrays, objects."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from swreg.domain.names import visible
from swreg.domain.plain import plain
from swreg.errors import UsageError
from swreg.operations.version_files import dump_json

_PICKLES = (".pkl", ".pickle")
_FIGURES = (".png", ".svg", ".pdf", ".jpg", ".jpeg")
_TABLES = {".csv": "to_csv", ".parquet": "to_parquet", ".html": "to_html"}


def write_artifact(value: Any, path: Path) -> None:
    """Write a value to a new file in the form that the file's suffix asks for.

    Bytes and text are written as they are, figures by their own `savefig`, tables by their
    `to_csv`, `to_parquet` or `to_html`, plain data as JSON (which is YAML, too), lists of lines
    as text, arrays as `.npy`, and anything as `.pkl`. Raises `UsageError` where the suffix and
    the value do not go together.
    """
    write = _writer(value, path.suffix.lower())
    if write is None:
        raise UsageError(
            f"a {type(value).__name__} cannot be kept as {visible(path.name)}",
            "use .json, .csv, .txt, .png, .npy or .pkl, or log_artifact() a file of your own",
        )
    write(path)


def _writer(value: Any, suffix: str) -> Callable[[Path], Any] | None:
    if isinstance(value, (bytes, bytearray)):
        return lambda path: path.write_bytes(value)
    if isinstance(value, str) and suffix not in _PICKLES:
        return lambda path: path.write_text(value, encoding="utf-8", newline="")
    if suffix in _FIGURES:
        return _figure(value)
    if suffix in _TABLES:
        return getattr(value, _TABLES[suffix], None)
    if suffix in (".json", ".yaml", ".yml"):
        return lambda path: path.write_bytes(_json(value, path.name))
    if suffix == ".txt" and isinstance(value, (list, tuple)):
        return lambda path: path.write_text("".join(f"{one}\n" for one in value), encoding="utf-8")
    if suffix == ".npy":
        return lambda path: _array(value, path)
    return _pickle(value) if suffix in _PICKLES else None


def _figure(value: Any) -> Callable[[Path], Any] | None:
    """The `savefig` of a figure, or of the figure that a plot was drawn in."""
    for one in (value, getattr(value, "figure_", None), getattr(value, "figure", None)):
        save: Callable[[Path], Any] | None = getattr(one, "savefig", None)
        if callable(save):
            return save
    return None


def _json(value: Any, name: str) -> bytes:
    faults: list[str] = []
    data = plain(value, name, faults)
    if faults:
        raise UsageError("; ".join(faults[:5]), "keep plain data, or save it as .pkl")
    return dump_json(data)


def _array(value: Any, path: Path) -> None:
    import numpy as np

    np.save(path, value, allow_pickle=False)


def _pickle(value: Any) -> Callable[[Path], Any]:
    from swreg.formats.pickled import save_pickle

    return lambda path: save_pickle(value, path)

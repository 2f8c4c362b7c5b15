"""ONNX graphs. They load as `onnx.ModelProto`; running them is the caller's choice of runtime."""

from __future__ import annotations

import sys
from collections.abc import Set as AbstractSet
from pathlib import Path, PurePosixPath
from typing import Any

from swreg.errors import MissingExtra, UsageError
from swreg.formats.allowlist import refusal
from swreg.formats.pickled import loaded

name = "onnx"
suffixes: tuple[str, ...] = (".onnx",)


def matches(model: object) -> bool:
    """Whether it is a graph with its weights."""
    onnx = sys.modules.get("onnx")
    return onnx is not None and isinstance(model, onnx.ModelProto)


def save(model: Any, folder: Path) -> list[Path]:
    """Write `model.onnx`; raises `UsageError` where its weights lie in other files."""
    import onnx

    path = folder / "model.onnx"
    if _elsewhere(model):
        raise UsageError("the graph's weights lie in other files", "register their folder instead")
    try:
        onnx.save_model(model, path)
    except ValueError as error:
        path.unlink(missing_ok=True)
        raise UsageError(f"the graph cannot be one file: {error}") from error
    return [path]


def load(path: Path, *, trust: bool, allow: AbstractSet[str]) -> Any:
    """The graph with its weights.

    Weights in other files are read from the graph's own folder; raises `Unsafe` where the graph
    points out of it.
    """
    try:
        import onnx
    except ImportError:
        raise MissingExtra("onnx", "onnx", f"loading {path.name}") from None
    model = loaded(lambda: onnx.load_model(path, load_external_data=False), path)
    for location in _elsewhere(model):
        pure = PurePosixPath(location)
        if pure.is_absolute() or ".." in pure.parts or (path.parent / location).is_symlink():
            raise refusal(f"its weights lie outside its folder, in {location!r}")
    loaded(lambda: onnx.load_external_data_for_model(model, str(path.parent)), path)
    return model


def _elsewhere(model: Any) -> list[str]:
    """The files, beside the graph's, that hold weights."""
    from onnx.external_data_helper import uses_external_data

    return [
        entry.value
        for tensor in model.graph.initializer
        if uses_external_data(tensor)
        for entry in tensor.external_data
        if entry.key == "location"
    ]

"""PyTorch weights as safetensors, and PyTorch's own files read with weights only.

A mapping of names to tensors is saved whole, as `model.safetensors`. Of a module the weights are
saved as `weights.safetensors`, for other programs: its structure is Python classes, so the module
itself is loaded from its pickle (classes of `torch.nn` are on the allow-list, others are named).
"""

from __future__ import annotations

import pickle
import sys
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

from swreg.errors import MissingExtra, UsageError
from swreg.formats.allowlist import refusal, resolve
from swreg.formats.pickled import loaded
from swreg.formats.standins import Name

name = "torch"
suffixes: tuple[str, ...] = (".safetensors", ".pt", ".pth")


def matches(model: object) -> bool:
    """Whether it is a module, or a mapping of text to tensors."""
    torch = sys.modules.get("torch")
    if torch is None:
        return False
    return isinstance(model, torch.nn.Module) or _is_weights(model, torch.Tensor)


def _is_weights(model: object, tensor: Any) -> bool:
    return (
        isinstance(model, Mapping)
        and bool(model)
        and all(isinstance(key, str) and isinstance(part, tensor) for key, part in model.items())
    )


def save(model: Any, folder: Path) -> list[Path]:
    """Write `model.safetensors` or `weights.safetensors`, as the module says."""
    safetensors = _safetensors("saving weights as safetensors")
    is_weights = isinstance(model, Mapping)
    path = folder / ("model.safetensors" if is_weights else "weights.safetensors")
    try:
        if is_weights:
            own = {key: part.detach().clone().contiguous() for key, part in model.items()}
            safetensors.save_file(own, path)
        else:
            safetensors.save_model(model, str(path))
    except (RuntimeError, ValueError) as error:
        path.unlink(missing_ok=True)
        raise UsageError(f"safetensors cannot express these weights: {error}") from error
    return [path]


def load(path: Path, *, trust: bool, allow: AbstractSet[str]) -> Any:
    """A mapping of names to tensors on the CPU, or what `torch.save` wrote.

    Raises `Unsafe` where a file of `torch.save` names more than tensors and `allow`.
    """
    if path.suffix == ".safetensors":
        safetensors = _safetensors(f"loading {path.name}")
        return loaded(lambda: safetensors.load_file(path), path)
    torch = _torch(f"loading {path.name}")
    if trust:
        return loaded(lambda: torch.load(path, map_location="cpu", weights_only=False), path)
    own = [resolve(Name(*one.rsplit(".", 1)), allow) for one in sorted(allow) if "." in one]
    return loaded(lambda: _weights(torch, path, own), path)


def _weights(torch: Any, path: Path, own: list[Any]) -> Any:
    try:
        with torch.serialization.safe_globals(own):
            return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        lines = (line.strip() for line in str(error).splitlines())
        reason = next((line for line in lines if "GLOBAL" in line or "nsupported" in line), "")
        raise refusal(f"it holds more than weights ({reason or type(error).__name__})") from None


def _torch(purpose: str) -> Any:
    try:
        import torch
    except ImportError:
        raise MissingExtra("torch", "torch", purpose) from None
    return torch


def _safetensors(purpose: str) -> Any:
    _torch(purpose)
    try:
        import safetensors.torch
    except ImportError:
        raise MissingExtra("safetensors", "torch", purpose) from None
    return safetensors.torch

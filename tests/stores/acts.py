"""Short words for what the tests of stores do."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

NAME = "fraud-model"


def artifact(place: Path, files: Mapping[str, bytes]) -> Path:
    """A folder with these files, in place of the one before."""
    folder = place / "artifact"
    shutil.rmtree(folder, ignore_errors=True)
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def objects(folder: Path) -> list[Path]:
    """The objects in a store that is a folder."""
    return sorted(path for path in (folder / "sha256").rglob("*") if path.is_file())

"""Read a folder of model files: `models/fraud-v3.pkl` is version 3 of `fraud`."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path

from swreg.domain.foreign import ForeignVersion, Unmapped
from swreg.domain.leftover import is_model_file
from swreg.domain.names import slug
from swreg.domain.version import Version
from swreg.errors import NotFound
from swreg.operations.importing.dvc_cache import copy_tree
from swreg.operations.importing.offer import Offer, Offered, Write, file_time
from swreg.storage.artifacts.payload import fact_of
from swreg.storage.files import disk_errors

_NUMBERED = re.compile(r"(.+?)[-_]?(v\d.*)", re.ASCII)
_NAMELESS = ("model", "best", "final", "latest", "best_model", "final_model")


def read_flat(source: Path, known: Collection[str], renamed: Mapping[str, str]) -> Offer:
    """The model files of a folder. Files that differ in their ending alone are one version.

    `known` are the models registered already: `fraud-v3.pkl` is of `fraud-model` where that is
    one. A file such as `model.pkl`, which says no name, is told and left, unless it is renamed.
    """
    if not source.is_dir():
        raise NotFound(f"no folder {source}", "name a folder with model files in it")
    with disk_errors(f"read {source}"):
        files = sorted(one for one in source.iterdir() if is_model_file(one.name))
    groups: dict[tuple[str, str | None], list[Path]] = {}
    unmapped = []
    for file in files:
        name, number = _said(file.name, known)
        if name in _NAMELESS and name not in renamed:
            reason = f"which model is it? --rename {name}=NAME"
            unmapped.append(Unmapped(name=name, source=file.name, reason=reason))
            continue
        groups.setdefault((name, number), []).append(file)
    versions = [_offered(name, number, found) for (name, number), found in groups.items()]
    notes = () if files else (f"{source} has no model files",)
    return Offer(
        system="flat",
        source=str(source),
        versions=tuple(versions),
        unmapped=tuple(unmapped),
        notes=notes,
    )


def _said(file_name: str, known: Collection[str]) -> tuple[str, str | None]:
    """The model and the number that a file's name says."""
    stem = file_name.rpartition(".")[0]
    found = _NUMBERED.fullmatch(stem)
    version = Version.try_parse(found[2]) if found else None
    name = found[1] if found and version else stem
    for one in sorted(known):
        if name in (one, slug(one)):
            name = one
    return name, str(version) if version else None


def _offered(name: str, number: str | None, files: list[Path]) -> Offered:
    digests = " ".join(fact_of(file).sha256[:12] for file in files)
    version = ForeignVersion(
        name=name,
        version=number,
        # A file that was written anew is another fact.
        origin=f"flat {name} {number or 'without a version'} {digests}",
        at=min(file_time(file) for file in files),
        facts={"imported": {"from": "flat", "files": [file.name for file in files]}},
    )
    return Offered(version=version, write=_write(files))


def _write(files: list[Path]) -> Write:
    def write(into: Path) -> None:
        for file in files:
            copy_tree(file, into)

    return write

"""Files that DVC keeps outside git: their hashes as a commit names them, their bytes in the cache.

A `.dvc` file and `dvc.lock` name an output by the md5 of its bytes; a folder by the md5 of a JSON
list of its files, with `.dir` behind it. The cache is looked at, never a remote.
"""

from __future__ import annotations

import configparser
import hashlib
import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from swreg.errors import BrokenFile, IntegrityError
from swreg.operations.importing.offer import below
from swreg.storage.files import CHUNK, disk_errors

_MD5 = re.compile(r"[0-9a-f]{32}(?:\.dir)?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """A file or folder that DVC tracks: path below the repository, md5, size in bytes if known."""

    path: str
    md5: str
    size: int | None = None


def output_of(raw: Any, path: str, where: str) -> Output | None:
    """The entry of `outs` with that path (relative to `where`'s folder), as it stands there."""
    outs = raw.get("outs") if isinstance(raw, dict) else None
    folder = where.rpartition("/")[0]
    for one in outs if isinstance(outs, list) else []:
        if not isinstance(one, dict) or not isinstance(one.get("path"), str):
            continue
        if f"{folder}/{one['path']}".lstrip("/") != path:
            continue
        md5 = one.get("md5")
        if not isinstance(md5, str) or not _MD5.fullmatch(md5):
            return None
        size = str(one.get("size", ""))
        return Output(path=path, md5=md5, size=int(size) if size.isdigit() else None)
    return None


class Cache:
    """The cache of one DVC repository."""

    def __init__(self, root: Path) -> None:
        """`root` is the folder that holds `.dvc`."""
        self.folder = _cache_folder(root)

    def find(self, md5: str) -> Path | None:
        """The file of a hash, None where the cache has none."""
        for layout in ("files/md5/", ""):
            path = self.folder / f"{layout}{md5[:2]}" / md5[2:]
            if path.is_file():
                return path
        return None

    def has(self, output: Output) -> bool:
        """Whether every byte of an output is here."""
        if not output.md5.endswith(".dir"):
            return self.find(output.md5) is not None
        listing = self.find(output.md5)
        return listing is not None and all(self.find(md5) for _, md5 in _listed(listing))

    def write(self, output: Output, into: Path) -> None:
        """Copy an output, verified; `IntegrityError` where the cache holds other bytes."""
        found = self.find(output.md5)
        if found is None:
            raise IntegrityError(f"{output.path} left DVC's cache meanwhile", "run: dvc fetch")
        if not output.md5.endswith(".dir"):
            _copy(found, into / output.path.rpartition("/")[2], output.md5)
            return
        for path, md5 in _listed(found):
            one = self.find(md5)
            if one is None:
                raise IntegrityError(f"{path} left DVC's cache meanwhile", "run: dvc fetch")
            _copy(one, below(into, path), md5)


def _listed(listing: Path) -> list[tuple[str, str]]:
    """The files of a folder, as (path, md5)."""
    try:
        raw = json.loads(listing.read_bytes())
        pairs = [(str(one["relpath"]), str(one["md5"])) for one in raw]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise BrokenFile(f"{listing} is no list of a folder", "run: dvc fetch") from None
    if not all(_MD5.fullmatch(md5) for _, md5 in pairs):
        raise BrokenFile(f"{listing} is no list of a folder", "run: dvc fetch")
    return pairs


def _copy(source: Path, target: Path, md5: str) -> None:
    digest = hashlib.md5(usedforsecurity=False)
    with disk_errors(f"read {source.name}"):
        target.parent.mkdir(parents=True, exist_ok=True)
        with open(source, "rb") as read, open(target, "xb") as write:
            while chunk := read.read(CHUNK):
                digest.update(chunk)
                write.write(chunk)
    if digest.hexdigest() != md5 and not _as_text(source, md5):
        raise IntegrityError(
            f"DVC's cache holds other bytes than {md5} for {target.name}", "run: dvc fetch --force"
        )


def _as_text(source: Path, md5: str) -> bool:
    """Whether the hash is the one that DVC 2 took of text, with line ends of one kind."""
    if source.stat().st_size > CHUNK:
        return False
    text = source.read_bytes().replace(b"\r\n", b"\n")
    return hashlib.md5(text, usedforsecurity=False).hexdigest() == md5


def _cache_folder(root: Path) -> Path:
    """Where the cache is: as configured, `config.local` first, else `.dvc/cache`."""
    for name in ("config.local", "config"):
        config = configparser.ConfigParser(interpolation=None, strict=False)
        try:
            config.read(root / ".dvc" / name, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError):
            continue
        folder = config.get("cache", "dir", fallback="")
        if folder:
            return root / ".dvc" / folder
    return root / ".dvc" / "cache"


def copy_tree(source: Path, into: Path) -> None:
    """Copy a file or folder as it lies on disk, links left as links."""
    with disk_errors(f"read {source}"):
        if source.is_dir():
            shutil.copytree(source, into, symlinks=True, dirs_exist_ok=True)
        else:
            shutil.copy2(source, into / source.name, follow_symlinks=False)

"""What git runs to merge a file of the registry: `swreg merge-driver %O %A %B %P`.

It works on the three files that git hands over, and on nothing else: no lock, no repository. The
result goes where git looks for it, into `%A`. The exit code is what git wants: 0 merged, 1 a
conflict. Nothing may be printed to standard output, which belongs to the git command that runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from swreg.domain.catalog import Catalog
from swreg.domain.lineage import LineageGraph, graph, read_lineage, write_lineage
from swreg.domain.lineage_merge import merge_lineage
from swreg.domain.merging import NOTHING, Decisions, merge
from swreg.errors import BrokenFile, UsageError
from swreg.operations.outcome import Outcome, read_outcome
from swreg.operations.version_files import dump_json, load_json
from swreg.storage import catalog_yaml
from swreg.storage.conflict_text import conflicted
from swreg.storage.files import disk_errors
from swreg.storage.git import run_git

CATALOG_NAME = "model_catalog.yaml"
LINEAGE_NAME = "lineage_graph.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedFile:
    """A file after a merge, and what in it remains to be decided, in sentences.

    `places` are (model, stage or version) for each decision that can be named.
    """

    path: str
    text: bytes
    open: tuple[str, ...] = ()
    places: tuple[tuple[str, str], ...] = ()


def merge_driver(base: Path, ours: Path, theirs: Path, *, path: str) -> Outcome[MergedFile]:
    """Merge three files by the meaning of what lies at `path`; the result is written to `ours`.

    Raises `UsageError` for a path that is neither a catalog nor a lineage graph. A file that
    cannot be read is merged as text and left as a conflict.
    """
    with disk_errors("read what git handed over"):
        texts = [one.read_bytes() for one in (base, ours, theirs)]
    try:
        merged = merge_files(path, *texts)
    except BrokenFile as error:
        merged = _as_text(path, (base, ours, theirs), error)
    with disk_errors(f"write {ours}"):
        ours.write_bytes(merged.text)
    return read_outcome("merge-driver", merged, exit_code=1 if merged.open else 0)


def merge_files(
    path: str, base: bytes, ours: bytes, theirs: bytes, *, decisions: Decisions = NOTHING
) -> MergedFile:
    """The merged bytes of a catalog or lineage graph; an empty base is a file that was not there."""
    name = path.rsplit("/", 1)[-1]
    if name == LINEAGE_NAME:
        parts = (_lineage(data, path) for data in (base, ours, theirs))
        return MergedFile(path=path, text=dump_json(write_lineage(merge_lineage(*parts))))
    if name != CATALOG_NAME:
        raise UsageError(
            f"{path} is no file that the registry merges",
            f"it knows {CATALOG_NAME}, {LINEAGE_NAME}",
        )
    catalogs = [
        catalog_yaml.load(data, name=f"{path} ({side})") if data.strip() else Catalog()
        for data, side in ((base, "base"), (ours, "ours"), (theirs, "theirs"))
    ]
    merged = merge(*catalogs, decisions=decisions)
    words = tuple(str(one) for one in merged.conflicts)
    text = catalog_yaml.dump(merged.ours)
    if words:
        text = conflicted(text, catalog_yaml.dump(merged.theirs), "; ".join(words))
    places = tuple(one.place for one in merged.conflicts)
    return MergedFile(path=path, text=text, open=words, places=places)


def _lineage(data: bytes, path: str) -> LineageGraph:
    return read_lineage(load_json(data, path), path) if data.strip() else graph([], [])


def _as_text(path: str, files: tuple[Path, Path, Path], error: BrokenFile) -> MergedFile:
    """As git merges text, but never taken for done: nobody has understood what it says."""
    base, ours, theirs = (str(one.absolute()) for one in files)
    answer = run_git(["merge-file", "-p", "--", ours, base, theirs], files[1].absolute().parent)
    # 255 and the like: git could not merge either, and our side stays as it is.
    text = answer.out if 0 <= answer.code < 128 else files[1].read_bytes()
    return MergedFile(path=path, text=text, open=(f"{error}; merged as text",))

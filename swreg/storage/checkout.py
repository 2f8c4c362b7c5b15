"""Files of a commit, brought to the work tree as git would write them, each whole or not at all.

git itself writes them to a folder of ours first, through the filters that attributes name (so a
git-lfs pointer becomes the file), with links and modes as they are; from there each is put in its
place by a rename. A file that somebody has edited meanwhile is left alone.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from swreg.storage.artifacts.in_git import filters
from swreg.storage.files import make_folders, remove_durably, remove_temporary, write_durably
from swreg.storage.files import require_real_folders as require_real
from swreg.storage.future_index import entries_at
from swreg.storage.git import Git
from swreg.storage.on_disk import holds
from swreg.storage.source import present

_SCRATCH = "draft-files-"
_RULES = ".gitattributes"


def between(git: Git, old: str, new: str) -> dict[str, str]:
    """The files that differ between two commits, with their blob ids before; no submodules."""
    ask = ("diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", old, new)
    parts = git.ask("comparing commits", *ask).out.decode("utf-8", "surrogateescape").split("\0")
    changes = [(facts.split(), path) for facts, path in zip(parts[::2], parts[1::2], strict=False)]
    return {
        path: "" if facts[0] == ":000000" else facts[2]
        for facts, path in changes
        if "160000" not in (facts[0][1:], facts[1])
    }


def skipped(git: Git, paths: Iterable[str]) -> set[str]:
    """The paths that a sparse checkout keeps out of the work tree."""
    if git.settings.get("core.sparsecheckout") != "true":
        return set()
    out = git.ask("reading the index", "ls-files", "-z", "-v", "--", *paths).out
    lines = out.decode("utf-8", "surrogateescape").split("\0")
    return {line[2:] for line in lines if line.startswith("S ")}


def narrow(git: Git) -> None:
    """Let git take out again what a sparse checkout keeps out of the work tree."""
    if git.settings.get("core.sparsecheckout") == "true":
        # Entries without file times would be taken for edits, and kept.
        git.run("update-index", "-q", "--refresh")
        git.run("sparse-checkout", "reapply")


def bring(git: Git, commit: str, files: Mapping[str, str], *, as_stored: bool) -> list[str]:
    """Bring paths (with their blob ids before, empty for none) to what the commit has of them.

    `as_stored` is for files of ours: where no filter is named for them they are written byte for
    byte, whatever is configured for line ends. Returns a warning for each that could not be
    brought: it has edits that nobody but the user may throw away, or a filter failed.
    """
    entries = entries_at(git, commit, list(files))
    warnings, wanted = [], []
    for path in files:
        remove_temporary(git.root / path)
    # What goes away goes first: its folder may become a file, or it a folder.
    for path in sorted(files, key=lambda one: bool(entries[one])):
        now = entries[path].partition(" ")[2]
        if holds(git, path, now):
            _settle(git.root, path, entries[path])
            continue
        if not holds(git, path, files[path]):
            warnings.append(f"{path} has edits that were kept; compare it with the commit")
        elif now:
            wanted.append(path)
        else:
            remove_durably(git.root / path)
            _remove_empty(git.root, (git.root / path).parent)
    if as_stored:
        wanted = _write_as_stored(git, commit, wanted)
    return warnings + _write(git, {path: entries[path] for path in wanted})


def _settle(root: Path, path: str, entry: str) -> None:
    """What may be left to do where the contents are right: the mode, and folders without files."""
    file = root / path
    if not entry:
        _remove_empty(root, file.parent)
    elif entry.startswith(("100644", "100755")) and not file.is_symlink() and os.name != "nt":
        mode = file.stat().st_mode
        runs = mode | (mode & 0o444) >> 2
        file.chmod(runs if entry.startswith("100755") else mode & ~0o111)


def _write_as_stored(git: Git, commit: str, paths: list[str]) -> list[str]:
    """Write the files that no filter concerns, byte for byte; the others' paths."""
    filtered = filters(git, paths)
    plain = [path for path in paths if path not in filtered]
    contents = git.blobs([f"{commit}:{path}" for path in plain])
    for path, data in zip(plain, contents, strict=True):
        require_real(git.root, path)
        write_durably(git.root / path, present(data, path))
    return list(filtered)


def _write(git: Git, entries: Mapping[str, str]) -> list[str]:
    warnings = []
    # Attributes first: they say how the others are to be written.
    rules = {path: one for path, one in entries.items() if path.endswith(_RULES)}
    for some in (rules, {path: one for path, one in entries.items() if path not in rules}):
        if not some:
            continue
        with _checked_out(git, some) as (folder, said):
            for path in some:
                if os.path.lexists(folder / path):
                    _place(git.root, folder, path)
                else:
                    warnings.append(
                        f"{path} could not be written: {said or 'git left it out'}; mend that, "
                        f"then run git restore -- {path}"
                    )
    return warnings


@contextmanager
def _checked_out(git: Git, entries: Mapping[str, str]) -> Iterator[tuple[Path, str]]:
    """A folder with the files as a checkout would have them, and what git said of the others."""
    # What a kill leaves of it goes with the leftovers of the next commit that is drafted.
    parent = git.common_dir / "swreg"
    make_folders(parent)
    place = parent / f"{_SCRATCH}{os.getpid()}"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    index = {"GIT_INDEX_FILE": str(place / "index")}
    listed = "\0".join([*(f"{entry}\t{path}" for path, entry in entries.items()), ""])
    names = "\0".join([*entries, ""])
    try:
        git.ask("preparing files", "update-index", "-z", "--index-info",
                stdin=listed.encode("utf-8", "surrogateescape"), **index)  # fmt: skip
        ask = ("checkout-index", "-f", "-z", "--stdin", f"--prefix={place / 'files'}/")
        stdin = names.encode("utf-8", "surrogateescape")
        answer = git.run(*ask, stdin=stdin, **index)
        if answer.code:  # a network behind a filter may come back, a missing program does not
            answer = git.run(*ask, stdin=stdin, **index)
        yield place / "files", " / ".join(answer.err.split("\n"))[:200] if answer.code else ""
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _place(root: Path, folder: Path, path: str) -> None:
    """Put one file that was checked out into its place in the work tree."""
    made, target = folder / path, root / path
    require_real(root, path if not target.is_symlink() else path.rpartition("/")[0] or ".")
    if made.is_symlink():
        make_folders(target.parent)
        link = target.with_name(f".{target.name}.swreg-{os.getpid()}")
        os.symlink(os.readlink(made), link)
        os.replace(link, target)
        return
    write_durably(target, made)
    target.chmod(made.stat().st_mode)


def _remove_empty(root: Path, folder: Path) -> None:
    """Remove a folder that became empty, and those above it, as git does."""
    while folder != root:
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent

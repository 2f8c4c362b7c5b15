"""Build the static site of a registry into a folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from swreg.docs.site import INDEX, pages, site_files
from swreg.errors import AlreadyExists
from swreg.operations.outcome import Outcome, read_outcome
from swreg.operations.project import Project
from swreg.operations.site_values import site_of
from swreg.storage.files import disk_errors, require_real_folders

MARK = ".swreg-site"
_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """Where the site is, and how much of it there is."""

    folder: str
    index: str
    models: int
    files: int


def build_site(
    project: Project, out: Path, *, at: str | None = None, force: bool = False
) -> Outcome[Built]:
    """Write the site; pages of models that are gone are removed.

    What an earlier build did not write is somebody else's: it is refused by name, and replaced only
    with `force`, which is told as a warning. Links are never followed.
    """
    site, broken = site_of(project, at=at)
    before, names = _written(out), site_files(site)
    replaced = _require_ours(out, before, names, force)
    with disk_errors(f"write the site to {out}"):
        for name, text in pages(site):
            path = out / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")
        for name in sorted(before - set(names)):
            (out / name).unlink(missing_ok=True)
        (out / MARK).write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
    data = Built(folder=str(out), index=str(out / "index.html"), models=len(site.models),
                 files=len(names))  # fmt: skip
    told = [f"replaced {name}, which swreg did not write" for name in replaced]
    return read_outcome("site", data, *told, *broken, *(() if at else project.drift_warnings()))


def _require_ours(out: Path, before: set[str], names: list[str], force: bool) -> list[str]:
    """The files of somebody else that are about to be replaced, which only `force` allows."""
    with disk_errors(f"look at {out}"):
        if out.is_symlink() or (out.exists() and not out.is_dir()):
            raise AlreadyExists(f"{out} is no folder", "name another with --out")
        for name in (MARK, *names, *before):
            require_real_folders(out, name)
        replaced = [name for name in names if name not in before and (out / name).exists()]
        marked = (out / MARK).is_file()
        there = [] if marked or not out.is_dir() else [path.name for path in out.iterdir()]
    foreign = sorted({*replaced, *there})
    if foreign and not force:
        more = f" and {len(foreign) - _NAMED} more" if len(foreign) > _NAMED else ""
        raise AlreadyExists(
            f"{out} holds files that swreg did not write: {', '.join(foreign[:_NAMED])}{more}",
            "name another with --out, or replace those that are in the way with --force",
        )
    return replaced


def _written(out: Path) -> set[str]:
    """The files that an earlier build wrote; a name that leads elsewhere is none of ours."""
    mark = out / MARK
    if mark.is_symlink() or not mark.is_file():
        return set()
    names = mark.read_text(encoding="utf-8", errors="replace").splitlines()
    ours = ("models/", "assets/")
    return {name for name in names if (name == INDEX or name.startswith(ours)) and ".." not in name}

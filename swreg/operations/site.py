"""Build the static site of a registry into a folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from swreg.docs.site import pages
from swreg.errors import AlreadyExists
from swreg.operations.outcome import Outcome, read_outcome
from swreg.operations.project import Project
from swreg.operations.site_values import site_of
from swreg.storage.files import disk_errors

MARK = ".swreg-site"


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

    A folder that holds something else is refused unless `force`; then only our files are touched.
    """
    _require_ours(out, force)
    site, broken = site_of(project, at=at)
    before = _written(out)
    names = []
    with disk_errors(f"write the site to {out}"):
        for name, text in pages(site):
            path = out / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")
            names.append(name)
        for name in sorted(before - set(names)):
            (out / name).unlink(missing_ok=True)
        (out / MARK).write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
    data = Built(folder=str(out), index=str(out / "index.html"), models=len(site.models),
                 files=len(names))  # fmt: skip
    return read_outcome("site", data, *broken, *(() if at else project.drift_warnings()))


def _require_ours(out: Path, force: bool) -> None:
    with disk_errors(f"look at {out}"):
        if out.is_symlink() or (out.exists() and not out.is_dir()):
            raise AlreadyExists(f"{out} is no folder", "name another with --out")
        foreign = out.is_dir() and any(out.iterdir()) and not (out / MARK).is_file()
    if foreign and not force:
        raise AlreadyExists(f"{out} holds other files", "name another with --out, or --force")


def _written(out: Path) -> set[str]:
    """The files that an earlier build wrote; a name that leads elsewhere is none of ours."""
    mark = out / MARK
    if not mark.is_file():
        return set()
    names = mark.read_text(encoding="utf-8").splitlines()
    return {name for name in names if name.startswith(("models/", "assets/")) and ".." not in name}

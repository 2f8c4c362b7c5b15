"""Checks of the project's files: layout, attributes, filters, what is ignored, what is edited."""

from __future__ import annotations

import shlex
import shutil

from swreg.operations.attributes import with_block
from swreg.operations.checkup.finding import Finding
from swreg.operations.clone_config import merges_by_meaning, set_merge_driver
from swreg.operations.installing import Place, install
from swreg.operations.memories import stale_memories
from swreg.operations.project import Project
from swreg.operations.setup import put_attributes
from swreg.operations.transaction import Transaction, WriteOptions, write
from swreg.storage.clock import today
from swreg.storage.source import Revision, Worktree, load_policy

_FILES = ("model.pkl", "metadata.json", "signature.json", "requirements.txt", "features.yaml")


def layout(project: Project) -> Finding | None:
    """There is a SpecWeave folder with an increment."""
    project.require_layout()
    if project.layout.environment is None and not project.increments():
        return Finding("there is no increment", "swreg init --increment 0001-name")
    return None


def policy(project: Project) -> Finding | None:
    """The configuration can be read, committed and on disk."""
    load_policy(Revision(project.git, project.tip), project.layout)
    if not project.git.bare:
        load_policy(Worktree(project.git.root), project.layout)
    return None


def catalogs(project: Project) -> Finding | None:
    """Every committed catalog can be read, and none is edited by hand."""
    if project.tip is None:
        return None
    project.committed(project.tip).load()
    edited = project.drift_warnings()
    if not edited:
        return None
    return Finding("; ".join(edited), "commit the edit, or: git restore --staged --worktree FILE")


def names(project: Project) -> Finding | None:
    """Every model stands in one catalog, and no two share their folders."""
    registry = project.registry()
    if twice := registry.in_two_homes():
        where = ", ".join(registry.homes_of(twice[0]))
        more = f", and {len(twice) - 1} more models in several" if len(twice) > 1 else ""
        return Finding(f"{twice[0]} stands in two catalogs: {where}{more}", "swreg resolve")
    alike = [" and ".join(one) for one in registry.sharing_folders()]
    if not alike:
        return None
    return Finding(
        f"models share their folders: {'; '.join(alike)}", "register one of them anew, renamed"
    )


def attributes(project: Project) -> Finding | None:
    """The attributes keep models' bytes and tell git how to merge our files."""
    name = project.layout.attributes
    data = Revision(project.git, project.tip).read(name) or b""
    text = data.decode("utf-8", "surrogateescape")
    if with_block(text) == text:
        return None
    return Finding(f"{name} lacks our lines, or has old ones", "swreg doctor --fix")


def mend_attributes(project: Project) -> None:
    """Commit our block."""

    def decide(tx: Transaction) -> None:
        tx.subject = "chore(registry): bring the git attributes up to date"
        put_attributes(tx)

    write(project, "doctor", decide, WriteOptions(push=False))


def merge_driver(project: Project) -> Finding | None:
    """Catalogs are merged by their meaning in this clone."""
    if merges_by_meaning(project.git):
        return None
    return Finding("this clone merges catalogs as plain text", "swreg doctor --fix")


def mend_merge_driver(project: Project) -> None:
    """Put the merge driver's command into this repository's own configuration."""
    set_merge_driver(project.git)


def filters(project: Project) -> Finding | None:
    """The filters that attributes ask for on model files are installed (git-lfs, most of all)."""
    paths = _model_files(project)
    if not paths:
        return None
    out = _check_attr(project, paths)
    lacking = []
    for name in sorted(set(out) - {"unspecified", "unset", "set"}):
        keys = f"filter.{name}.clean", f"filter.{name}.process"
        found = project.git.config(*keys)
        commands = [found[key] for key in keys if found.get(key)]
        if not commands:
            lacking.append(f"{name} is not set up (git config {keys[0]})")
        elif missing := [word for word in map(_program, commands) if word]:
            lacking.append(f"{name} needs {missing[0]}, which is not installed")
    if not lacking:
        return None
    return Finding(f"filter {'; '.join(lacking)}", "install it (for lfs: git lfs install)")


def _check_attr(project: Project, paths: list[str]) -> list[str]:
    stdin = "\0".join([*paths, ""]).encode("utf-8", "surrogateescape")
    answer = project.git.ask(
        "reading the attributes", "check-attr", "-z", "--stdin", "filter", stdin=stdin
    )
    return answer.out.decode("utf-8", "surrogateescape").split("\0")[2::3]


def _program(command: str) -> str | None:
    """The program a filter's command needs, where it is not there."""
    try:
        words = shlex.split(command)
    except ValueError:
        return None
    if not words:
        return None
    if words[0] == "git" and len(words) > 1 and words[1] == "lfs":
        words = ["git-lfs"]
    return None if shutil.which(words[0]) else words[0]


def _model_files(project: Project) -> list[str]:
    """What model folders hold, on disk, and what a new version would put there."""
    if project.git.bare:
        return []
    homes = [home for home in project.increments() if "/_" not in home]
    tops = [f"{home}/models" for home in homes]
    found = [item.path for item in Worktree(project.git.root).files(*tops)]
    return found + [f"{top}/name-v1.0.0/{file}" for top in tops for file in _FILES]


def ignored(project: Project) -> Finding | None:
    """No .gitignore leaves out files of models."""
    paths = _model_files(project)
    if not paths:
        return None
    out = project.git.ignored(paths)
    if not out:
        return None
    source = Revision(project.git, project.tip)
    lost = [path for path, data in zip(out, source.read_many(out), strict=True) if data is None]
    real = [path for path in lost if (project.git.root / path).is_file()]
    fix = "add to .gitignore: !.specweave/**/models/**"
    if real:
        more = f" and {len(real) - 1} more" if len(real) > 1 else ""
        return Finding(f".gitignore leaves out {real[0]}{more}", fix)
    names = sorted({path.rsplit("/", 1)[-1] for path in lost})
    what = f".gitignore leaves out models' files: {', '.join(names)}"
    return Finding(what, fix, note=True) if names else None


def remembered(project: Project) -> Finding | None:
    """SpecWeave's own skills know of us, by lines that it will not drop soon."""
    stale = _stale(project)
    if not stale:
        return None
    names = ", ".join(place.path for place in stale)
    return Finding(f"lines for SpecWeave's skills lack or are old: {names}", "swreg doctor --fix")


def mend_remembered(project: Project) -> None:
    """Write the lines with today's date; committing them is the person's."""
    install(_stale(project), target="doctor", root=project.git.root)


def _stale(project: Project) -> list[Place]:
    if project.git.bare:
        return []
    return stale_memories(project.git.root / project.layout.prefix, today())

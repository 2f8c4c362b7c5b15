"""Finish a merge that git could not: hosts, and clones without our driver, merge catalogs as text.

The catalogs are rebuilt from what both sides committed, never from the text that git made of
them; then they are merged by their meaning. What is decided is written and staged, and nothing is
committed: the merge remains the person's own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from swreg.domain.deciding import Decided, parse_decisions
from swreg.domain.merging import Decisions
from swreg.errors import BrokenFile, UsageError
from swreg.operations.lineage_file import derived
from swreg.operations.merge_driver import CATALOG_NAME, LINEAGE_NAME, MergedFile, merge_files
from swreg.operations.outcome import Outcome, read_outcome
from swreg.operations.project import Project
from swreg.operations.resolving_files import left_unmerged, take_winners
from swreg.operations.settling import tell, to_finish, to_mend, with_records
from swreg.operations.transaction import WriteOptions
from swreg.operations.uniting import models_in_two_homes, unite
from swreg.storage import catalog_yaml
from swreg.storage.conflict_text import has_markers, sides
from swreg.storage.files import disk_errors, require_real_folders, write_durably
from swreg.storage.layout import CATALOG, LINEAGE
from swreg.storage.lock import locked
from swreg.storage.source import Revision, Staged
from swreg.storage.unmerged import Stages, committed_conflict, stage_files, unmerged, unmerged_paths

HISTORY_NAMES = ("deployment_history.md", "model-registry.history.md")


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """What was resolved, what a person had resolved already, and what is still to be decided.

    `open` are sentences; `places` the words for --ours and --theirs that decide them. `united`
    says of each model that stood in two catalogs where it stands now; that is committed. `then`
    is the git command to run next, where there is one.
    """

    resolved: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    united: tuple[str, ...] = ()
    then: str = ""


def resolve(
    project: Project, *, ours: Iterable[str] = (), theirs: Iterable[str] = (), dry_run: bool = False
) -> Outcome[Resolution]:
    """Merge every conflicted file of the registry; exit code 6 while something is undecided.

    `ours` and `theirs` decide places like `fraud-detection-model:production`; the sides are git's
    (while rebasing, "ours" is the branch that one rebases onto). Raises `UsageError` where a
    decision meets no conflict.
    """
    decided = parse_decisions(ours=ours, theirs=theirs)
    if not conflicted_files(project):
        left = _left(project, [])
        if left:
            return read_outcome("resolve", Resolution(open=tuple(left)), exit_code=6)
        outcome = _homes_united(project, decided, dry_run=dry_run)
        if outcome.data.united:
            return outcome
        then = to_mend(project, dry_run=dry_run)
        return replace(outcome, data=replace(outcome.data, then=then))
    with locked(project.git.common_dir / "swreg" / "lock"):
        cases = conflicted_files(project)
        kept = [case.path for case in cases if _settled_by_hand(project, case)]
        merged = [_merged(case, decided) for case in cases if case.path not in kept]
        _require_used(cases, decided)
        done = [one.path for one in merged if not one.open]
        if not dry_run:
            files, events = with_records(project, merged, decided)
            _write(project, files, [*(one.path for one in files if not one.open), *kept])
            tell(project, events)
            for case, one in zip((c for c in cases if c.path not in kept), merged, strict=True):
                if not one.open:
                    take_winners(project, case, decided)
            _write(project, *_lineages(project, done))
    left = [] if dry_run else _left(project, merged)
    data = Resolution(
        resolved=tuple(done),
        kept=tuple(kept),
        open=(*(words for one in merged for words in one.open), *left),
        places=tuple(_place(*place) for one in merged for place in one.places),
    )
    if not data.open:
        data = replace(data, then=to_finish(project))
    return read_outcome("resolve", data, exit_code=6 if data.open else 0)


def _left(project: Project, merged: list[MergedFile]) -> list[str]:
    """A sentence for each file of the registry that is unmerged and not in the answer already."""
    known = {one.path for one in merged}
    return [f"{path} is unmerged" for path in left_unmerged(project) if path not in known]


def _homes_united(project: Project, decided: Decided, *, dry_run: bool) -> Outcome[Resolution]:
    """Where no file conflicts: every model that stands in two catalogs, a commit for each."""
    names = models_in_two_homes(project)
    for name, key in decided:
        if name not in names:
            raise UsageError(f"{_place(name, key)} is in no conflict", "nothing is to be decided")
    outcome: Outcome[Any] = read_outcome("resolve", None)
    words = []
    for name in names:
        own = {place: side for place, side in decided.items() if place[0] == name}
        outcome = unite(project, name, decisions=own, options=WriteOptions(dry_run=dry_run))
        words.append(outcome.data.words)
    return replace(outcome, data=Resolution(united=tuple(words)))


def conflicted_files(project: Project) -> list[Stages]:
    """Every file of ours that is unmerged, or was committed with conflict markers."""
    found = [one for one in unmerged(project.git, project.layout.specweave) if _is_ours(one.path)]
    known = {one.path for one in found}
    source = Revision(project.git, project.tip)
    items = [item.path for item in source.files(project.layout.specweave) if _is_ours(item.path)]
    for path, data in zip(items, source.read_many(items), strict=True):
        if path not in known and data is not None and has_markers(data):
            found.append(_from_commit(project, path, data))
    return sorted(found, key=lambda one: one.path)


def _is_ours(path: str) -> bool:
    name = path.rsplit("/", 1)[-1]
    in_registry = path.split("/")[-2:-1] == ["registry"]
    return (name in (CATALOG_NAME, LINEAGE_NAME) and in_registry) or name in HISTORY_NAMES


def _from_commit(project: Project, path: str, data: bytes) -> Stages:
    stages = committed_conflict(project.git, project.tip or "", path)
    if stages is not None:
        return stages
    read = sides(data, name=path)
    base = read.base if read.base is not None else _shared(read.ours, read.theirs, path)
    return Stages(path=path, base=base, ours=read.ours, theirs=read.theirs)


def _shared(ours: bytes, theirs: bytes, path: str) -> bytes:
    """A base where none is known: what both sides have, so that every difference counts as new."""
    if not path.endswith(CATALOG_NAME):
        return b""
    one, other = (catalog_yaml.load(data, name=path) for data in (ours, theirs))
    same = {name: model for name, model in one.models.items() if other.models.get(name) == model}
    return catalog_yaml.dump(type(one)(same))


def _settled_by_hand(project: Project, case: Stages) -> bool:
    """Whether the file on disk is somebody's own resolution: readable, and neither side's."""
    file = project.git.root / case.path
    if project.git.bare or not file.is_file() or not case.path.endswith(CATALOG_NAME):
        return False
    data = file.read_bytes()
    if has_markers(data) or data in (case.ours, case.theirs, case.base):
        return False
    try:
        catalog_yaml.load(data, name=case.path)
    except BrokenFile:
        return False
    return True


def _merged(case: Stages, decided: Decisions) -> MergedFile:
    base, ours, theirs = (data or b"" for data in (case.base, case.ours, case.theirs))
    if case.path.rsplit("/", 1)[-1] in HISTORY_NAMES:
        return MergedFile(path=case.path, text=_union(ours, theirs))
    return merge_files(case.path, base, ours, theirs, decisions=decided)


def _union(ours: bytes, theirs: bytes) -> bytes:
    """A history with the lines of both sides, each once: ours, then what only theirs has."""
    known = set(ours.splitlines())
    lines = [*ours.splitlines(), *(line for line in theirs.splitlines() if line not in known)]
    return b"\n".join([*lines, b""])


def _require_used(cases: list[Stages], decided: Decided) -> None:
    """A decision about what is no conflict is a mistake, and not silently dropped."""
    if not decided:
        return
    places = {place for case in cases for place in _merged(case, {}).places}
    later = {place for case in cases for place in _merged(case, decided).places}
    for place in decided:
        if place not in places | later:
            known = ", ".join(sorted(_place(*one) for one in places | later)) or "nothing"
            raise UsageError(f"{_place(*place)} is in no conflict", f"to be decided: {known}")


def _lineages(project: Project, done: list[str]) -> tuple[list[MergedFile], list[str]]:
    """The lineage of every home whose catalog is merged, as its versions tell it now.

    Where two versions stood under one number, both branches' graphs tell of their own.
    """
    staged, files = Staged(project.git), []
    open_paths = unmerged_paths(project.git, project.layout.specweave)
    for path in done:
        home = path.removesuffix(f"/{CATALOG}")
        if home == path or any("/models/" in one for one in open_paths):
            continue
        text, told = derived(project, staged, home), f"{home}/{LINEAGE}"
        if text is not None and text != staged.read(told):
            files.append(MergedFile(path=told, text=text))
    return files, [one.path for one in files]


def _place(model: str, key: str) -> str:
    return f"{model}:{key}" if key else model


def _write(project: Project, merged: list[MergedFile], done: list[str]) -> None:
    git = project.git
    for one in merged:
        require_real_folders(git.root, one.path)
        with disk_errors(f"write {one.path}"):
            write_durably(git.root / one.path, one.text)
    stage_files(git, done)

"""One merge: what its parents have is joined, nothing new comes in and nothing is dropped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from swreg.domain.catalog import Catalog, Model
from swreg.domain.drift import walk
from swreg.domain.drift_merge import merge_faults
from swreg.domain.events import ResolvedEvent
from swreg.domain.finding import Finding
from swreg.domain.policy import Policy
from swreg.domain.policy_change import relaxations
from swreg.domain.record import BadRecord
from swreg.domain.settling import follows
from swreg.errors import BrokenFile
from swreg.operations.checks.commit import people
from swreg.operations.checks.contents import Contents
from swreg.operations.checks.judging import judge_of
from swreg.operations.checks.places import Home, Place, layout_of, line_of, place_of
from swreg.operations.checks.rows import row_ids
from swreg.operations.checks.step import Step
from swreg.operations.project import Project
from swreg.storage.git import Git


@dataclass(frozen=True, slots=True)
class Versions:
    """One file of a merge: its blob in the ancestor, in each parent and in the merge."""

    path: str
    place: Place
    ancestor: str
    parents: tuple[str, ...]
    merged: str


def check_merge(step: Step, project: Project, contents: Contents) -> Iterator[Finding]:
    """Everything that a merge does beyond joining its parents."""
    for bad in step.records:
        if isinstance(bad, BadRecord):
            yield step.finding("SWR204", f"{bad.what}: {bad.text[:80]}")
    if any(isinstance(one.event, ResolvedEvent) for one in step.events):
        yield from people(step, project)
    for file in _files(step, project):
        contents.fetch([file.ancestor, *file.parents, file.merged])
        try:
            if file.place.kind == "catalog":
                yield from _catalog(step, project, contents, file)
            elif file.place.kind in ("history", "policy-history"):
                yield from _history(step, contents, file)
            elif file.place.kind == "policy":
                yield from _policy(step, contents, file)
        except BrokenFile as error:
            yield step.finding("SWR221", error.what, file.path)


def _files(step: Step, project: Project) -> Iterator[Versions]:
    """The files in which the merge differs from a parent, with all their versions.

    Blobs are found by home, so that a home which one side archived is one file.
    """
    paths: dict[tuple[str, Home], tuple[str, Place]] = {}
    merged: dict[tuple[str, Home], str] = {}
    for change in (one for group in step.changes for one in group):
        place = place_of(project.layout, change.path)
        if place is None or place.kind in ("files", "lineage"):
            continue
        key: tuple[str, Home] = (place.kind, place.home)
        if change.after or key not in paths:
            paths[key] = (change.path, place)
        if change.after:
            merged[key] = change.after
    listing = _Listing(project)
    ancestor = merge_base(project.git, step.parents) or ""
    for key, (path, place) in paths.items():
        old, *sides = (listing.blob(one, key) for one in (ancestor, *step.parents))
        yield Versions(path, place, old, tuple(sides), merged.get(key, ""))


class _Listing:
    """Where each revision has the file of a home."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.known: dict[str, dict[tuple[str, Home], str]] = {}

    def blob(self, revision: str, key: tuple[str, Home]) -> str:
        if not revision:
            return ""
        if revision not in self.known:
            self.known[revision] = {}
            layout = self.project.layout
            for item in self.project.git.list_tree(revision, layout.specweave):
                place = place_of(layout, item.path)
                if place is not None and place.kind != "files":
                    self.known[revision][place.kind, place.home] = item.oid
        return self.known[revision].get(key, "")


def merge_base(git: Git, parents: tuple[str, ...]) -> str | None:
    """The best common ancestor; None for histories that share nothing."""
    answer = git.run("merge-base", "--octopus", *parents)
    return answer.text.split()[0] if answer.code == 0 and answer.text else None


def _catalog(step: Step, project: Project, contents: Contents, file: Versions) -> Iterator[Finding]:
    merged = contents.catalog(file.merged, file.path)
    parents = [contents.catalog(oid, file.path) for oid in file.parents]
    ancestor = contents.catalog(file.ancestor, file.path)
    for name in sorted({n for one in (ancestor, merged, *parents) for n in one.models}):
        after = _model(merged, name)
        sides = tuple(_model(one, name) for one in parents)
        base = ancestor.models.get(name)
        if _told(step, project, file.place, sides, after) or _decided(step, base, sides, after):
            continue
        for what in merge_faults(_model(ancestor, name), sides, after):
            yield step.finding(
                "SWR220", f"{name}: {what.what}", file.path, model=name, version=what.version or "",
                line=line_of(contents.data(file.merged), name, what.version),
            )  # fmt: skip


def _model(catalog: Catalog, name: str) -> Model:
    return catalog.models.get(name, Model(name))


def _told(
    step: Step, project: Project, place: Place, parents: tuple[Model, ...], after: Model
) -> bool:
    """Whether records of the merge itself lead from one parent to what it holds."""
    events = [one.event for one in step.events if one.event.model == after.name]
    if not events or any(isinstance(one, ResolvedEvent) for one in events):
        return False
    own = project.in_environment(layout_of(project.layout, f"{place.folder}/").environment)
    judge = judge_of(own, step.rules, step.tree, place.folder)
    for parent in parents:
        model, faults = walk(parent, events, judge)
        if model == after and not faults:
            return True
    return False


def _decided(step: Step, base: Model | None, sides: tuple[Model, ...], after: Model) -> bool:
    """Whether a record of the merge decides every conflict, and the merge holds just that."""
    told = [one.event for one in step.events if one.event.model == after.name]
    return any(isinstance(one, ResolvedEvent) and follows(one, base, sides, after) for one in told)


def _history(step: Step, contents: Contents, file: Versions) -> Iterator[Finding]:
    merged = row_ids(contents.data(file.merged))
    sides = [row_ids(contents.data(oid)) for oid in file.parents]
    known = set().union(*sides) | {one.id for one in step.events}
    for gone in sorted(set().union(*sides) - merged):
        yield step.finding(
            "SWR207", f"the merge leaves out the history line of the record {gone}", file.path
        )
    for new in sorted(merged - known):
        yield step.finding(
            "SWR206", f"the history line of the record {new} is in no parent", file.path
        )


def _policy(step: Step, contents: Contents, file: Versions) -> Iterator[Finding]:
    def read(oid: str) -> Policy:
        return contents.policy(oid, file.path)

    merged = read(file.merged)
    changed = [oid for oid in file.parents if oid != file.ancestor] or [file.ancestor]
    if file.merged in changed and len(set(changed)) == 1:
        return
    # Both sides changed the file: whatever one of them guards, the merge must guard.
    loose = [set(relaxations(read(oid), merged)) for oid in changed]
    lost = set.intersection(*loose) if file.merged not in changed else set()
    if len(set(changed)) == 1:
        lost = loose[0]
    for what in sorted(lost):
        yield step.finding("SWR217", f"the merge relaxes the policy: {what}", file.path)

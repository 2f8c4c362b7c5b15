"""The commit log as the registry sees it: every commit that touched it, with its records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from swreg.domain.record import parse
from swreg.domain.witness import Logged
from swreg.operations.project import Project
from swreg.storage.commits import Change, changes, shallow_ends, subtrees
from swreg.storage.layout import Layout, home_name

_FORMAT = "%H%x1f%ct%x1f%P%x1f%B"
_SIGNED = "%H%x1f%ct%x1f%P%x1f%G?%x1f%GS%x1f%B"


def registry_log(
    project: Project, commit: str | None, *, signatures: bool = False
) -> Iterator[Logged]:
    """Every commit that changed the registry or has a record, oldest first, in commit order.

    All increments are looked at, wherever SpecWeave moved them since. Checking signatures starts
    a program for every commit, so it is asked for.
    """
    if commit is None:
        return
    layout = project.layout
    home = layout.environment_home if layout.environment else layout.increments
    options = ("--topo-order", "--reverse", f"--format={_SIGNED if signatures else _FORMAT}")
    paths = (home, layout.policy, layout.policy_history)
    log = list(project.git.log(*options, commit, "--", *paths))
    found = [(_logged(fields, signatures), fields[2].split()) for fields in log]
    silent = [(one.commit, parents) for one, parents in found if not one.records]
    touched = _touched(project, silent)
    kept = [one for one, _ in found if one.records or one.commit in touched]
    yield from _in_lines(project, commit, kept)


def _in_lines(project: Project, tip: str, log: list[Logged]) -> list[Logged]:
    """The log with what each commit builds on, where its order alone does not clear the clocks.

    Commits of lines that were merged stand one after the other here, whatever their times.
    """
    if all(one.committed <= two.committed for one, two in pairwise(log)):
        return log
    times = {one.commit: one.committed for one in log}
    latest: dict[str, str] = {}
    ours: dict[str, tuple[str, ...]] = {}
    for oid, parents in project.git.log("--topo-order", "--reverse", "--format=%H%x1f%P", tip):
        known = [latest[parent] for parent in parents.split() if parent in latest]
        last = max(known, key=lambda one: times[one], default=None)
        if oid in times:
            ours[oid] = () if last is None else (last,)
            last = oid if last is None or times[oid] >= times[last] else last
        if last is not None:
            latest[oid] = last
    return [replace(one, parents=ours.get(one.commit)) for one in log]


def _logged(fields: list[str], signatures: bool) -> Logged:
    # A message may hold the mark between fields itself; it is the last one.
    place = 5 if signatures else 3
    entry = Logged(
        commit=fields[0],
        committed=int(fields[1]),
        records=tuple(parse("\x1f".join(fields[place:]))),
    )
    return replace(entry, signature=fields[3], signer=fields[4]) if signatures else entry


def _touched(project: Project, commits: Sequence[tuple[str, list[str]]]) -> set[str]:
    """Those of the commits that changed the registry against every parent of theirs."""
    git, folder = project.git, project.layout.specweave
    ends_of_clone = shallow_ends(git)
    known = [one for one in commits if one[0] not in ends_of_clone]
    pairs = [(parent, oid) for oid, parents in known for parent in parents or [""]]
    ends = [end for pair in pairs for end in pair]
    trees = dict(zip(ends, subtrees(git, ends, folder), strict=True))
    told = changes(git, [(trees[parent], trees[oid]) for parent, oid in pairs], folder)
    same = {
        oid
        for (_, oid), found in zip(pairs, told, strict=True)
        if not changes_registry(project.layout, found)
    }
    return {oid for oid, _ in known} - same


def changes_registry(layout: Layout, found: Iterable[Change]) -> bool:
    """Whether what the registry holds is another one after these changes.

    It holds the files in `registry/` and `models/` of every home, whatever folder SpecWeave moved
    the home to, and the policy: one that is new replaces none.
    """
    before: Counter[tuple[str, str]] = Counter()
    after: Counter[tuple[str, str]] = Counter()
    for one in found:
        if one.path == layout.policy and one.before:
            return True
        if one.path in (layout.policy, layout.attributes, layout.docs_page):
            continue
        if layout.owns(one.path):
            place = _place(layout, one.path)
            before.update([(place, one.before)] if one.before else [])
            after.update([(place, one.after)] if one.after else [])
    return before != after


def _place(layout: Layout, path: str) -> str:
    """The path with the home's own name alone."""
    for folder in ("/registry/", "/models/"):
        home, found, rest = path.partition(folder)
        if found and layout.is_home(home):
            return f"{home_name(home)}{folder}{rest}"
    return path

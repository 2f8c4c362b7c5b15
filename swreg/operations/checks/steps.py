"""From git to steps: the commits of a range that touch the registry, and what is staged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from swreg.domain.finding import Finding, Spot, finding
from swreg.domain.policy import Policy
from swreg.domain.record import parse
from swreg.errors import BrokenFile
from swreg.operations.checks.contents import Contents
from swreg.operations.checks.places import place_of
from swreg.operations.checks.step import Step
from swreg.operations.project import Project
from swreg.operations.signatures import Rules
from swreg.storage.commits import (
    Change,
    CommitFacts,
    changes,
    commits,
    draft_in_flight,
    shallow_ends,
    sizes,
    subtrees,
)
from swreg.storage.git import Git
from swreg.storage.source import Revision

_AT_ONCE = 64
_COMMITS_AT_ONCE = 1000
_BYTES_AT_ONCE = 32 << 20
_UNBORN = "nobody <>"


def steps(
    project: Project, contents: Contents, *, base: str | None, tip: str | None,
    fixed: Rules | None, findings: list[Finding],
) -> Iterator[Step]:  # fmt: skip
    """Every commit from base to tip that touches the registry or has a record, parents first.

    `fixed` are the rules for all of them, None for those of each commit's first parent. What
    cannot be judged is put into `findings`.
    """
    if tip is None:
        return
    found = commits(project.git, *([f"^{base}"] if base else []), tip)
    ends = shallow_ends(project.git)
    cut = [one for one in found if one.id in ends]
    if cut:
        findings.append(
            finding(
                "SWR222",
                f"this clone is shallow: what came before {cut[0].id[:12]} is not here, so that "
                "commit and all before it are not checked",
                Spot(commit=cut[0].id),
            )
        )
    judged = [one for one in found if one.id not in ends]
    trees = _trees(project, found)
    touching = [
        one
        for one in judged
        if any(trees.get(parent, "") != trees[one.id] for parent in one.parents or ("",))
        or "Swreg-" in one.message
    ]
    times = {one.id: one.at for one in found}
    outside = {parent for one in touching for parent in one.parents[:1]} - times.keys()
    for one in _commits_by_id(project.git, sorted(outside)):
        times[one.id] = one.at
    yield from _judged(project, contents, touching, trees, times, fixed)


def _commits_by_id(git: Git, ids: list[str]) -> Iterator[CommitFacts]:
    for start in range(0, len(ids), _AT_ONCE):
        yield from commits(git, "--no-walk=unsorted", *ids[start : start + _AT_ONCE])


def _trees(project: Project, found: list[CommitFacts]) -> dict[str, str]:
    """The tree of `.specweave` in every commit and every parent of one."""
    names = list(dict.fromkeys(oid for one in found for oid in (one.id, *one.parents)))
    return dict(zip(names, subtrees(project.git, names, project.layout.specweave), strict=True))


def _judged(
    project: Project, contents: Contents, touching: list[CommitFacts], trees: dict[str, str],
    times: dict[str, int], fixed: Rules | None,
) -> Iterator[Step]:  # fmt: skip
    """The steps of commits; their files are read many at a time, up to a number of bytes."""
    against = _changes(project, touching, trees)
    policies = _policies(project, touching) if fixed is None else {}
    wanted = [list(_blobs(project, groups)) for groups in against]
    size_of = sizes(project.git, list(dict.fromkeys(oid for own in wanted for oid in own if oid)))
    start = 0
    while start < len(touching):
        end = _portion(wanted, size_of, start)
        contents.fetch(oid for own in wanted[start:end] for oid in own)
        for one, groups in zip(touching[start:end], against[start:end], strict=True):
            first = one.parents[0] if one.parents else None
            rules = fixed or _rules_at(project, contents, policies.get(first or "", ""), first)
            yield step_of(one, groups, rules, tree=one.id, based_at=times.get(first or "", 0))
        start = end


def _changes(
    project: Project, touching: list[CommitFacts], trees: dict[str, str]
) -> list[tuple[tuple[Change, ...], ...]]:
    """What each commit changed, against each of its parents."""
    pairs = [
        (trees.get(parent, ""), trees[one.id])
        for one in touching
        for parent in one.parents or ("",)
    ]
    groups = iter(changes(project.git, pairs, project.layout.specweave))
    return [tuple(tuple(next(groups)) for _ in one.parents or ("",)) for one in touching]


def _portion(wanted: list[list[str]], size_of: Mapping[str, int], start: int) -> int:
    """Where a portion ends that starts here: it has some bytes to read, or many commits."""
    seen: set[str] = set()
    room = _BYTES_AT_ONCE
    for place in range(start, min(start + _COMMITS_AT_ONCE, len(wanted))):
        new = set(wanted[place]) - seen
        room -= sum(size_of.get(oid, 0) for oid in new)
        if room < 0 and place > start:
            return place
        seen |= new
    return min(start + _COMMITS_AT_ONCE, len(wanted))


def step_of(
    commit: CommitFacts, against: tuple[tuple[Change, ...], ...], rules: Rules, *,
    tree: str | None, based_at: int = 0, staged: bool = False,
) -> Step:  # fmt: skip
    """The step of a commit."""
    return Step(
        commit="" if staged else commit.id,
        parents=commit.parents,
        author=commit.author,
        committer=commit.committer,
        records=tuple(parse(commit.message)),
        changes=against,
        rules=rules,
        tree=tree,
        based_at=based_at,
    )


def _blobs(project: Project, against: Iterable[Iterable[Change]]) -> Iterator[str]:
    for change in (one for group in against for one in group):
        place = place_of(project.layout, change.path)
        if place is not None and place.kind not in ("files", "lineage"):
            yield change.before
            yield change.after


def _policies(project: Project, judged: list[CommitFacts]) -> dict[str, str]:
    """The blob of the policy in the first parent of each commit."""
    parents = list(dict.fromkeys(one.parents[0] for one in judged if one.parents))
    stdin = "".join(f"{oid}:{project.layout.policy}\n" for oid in parents).encode()
    if not parents:
        return {}
    ask = ("cat-file", "--batch-check=%(objectname) %(objecttype)")
    lines = project.git.ask("looking up the policy", *ask, stdin=stdin).out.decode().splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines)
    return {
        parent: oid if kind == "blob" else ""
        for parent, (oid, kind) in zip(parents, pairs, strict=True)
    }


def _rules_at(project: Project, contents: Contents, oid: str, commit: str | None) -> Rules:
    source = Revision(project.git, commit)
    try:
        return Rules(contents.policy(oid, project.layout.policy), source)
    except BrokenFile:
        # The commit that broke it has the finding.
        return Rules(Policy(), source)


def staged_step(
    project: Project, rules: Rules, against: tuple[Change, ...], *,
    head: str | None, index: str | None,
) -> Step:  # fmt: skip
    """What is staged, as the commit that it will be as far as that is known.

    Our own commit under way brings its records; a merge its second parent; a cherry-pick or
    rebase that was stopped brings the message it continues with.
    """
    git = project.git
    draft = draft_in_flight(git, index)
    if draft is not None:
        return step_of(draft, (against,), rules, tree=draft.id, staged=True)
    merging = git.resolve("MERGE_HEAD")
    if merging is not None and head is not None:
        other = _against_index(project, merging, index)
        nobody = CommitFacts(id="", parents=(head, merging), author=_UNBORN, committer=_UNBORN,
                             at=0, message=_message(git))  # fmt: skip
        return step_of(nobody, (against, other), rules, tree=None)
    picked = git.resolve("CHERRY_PICK_HEAD") or git.resolve("REBASE_HEAD")
    if picked is not None:
        return step_of(
            commits(git, "--no-walk", picked)[0], (against,), rules, tree=picked, staged=True
        )
    parents = (head,) if head else ()
    plain = CommitFacts(id="", parents=parents, author=_UNBORN, committer=_UNBORN, at=0, message="")
    return step_of(plain, (against,), rules, tree=None)


def _against_index(project: Project, commit: str, index: str | None) -> tuple[Change, ...]:
    from swreg.storage.commits import staged_changes

    return tuple(staged_changes(project.git, commit, project.layout.specweave, index))


def _message(git: Git) -> str:
    """The message that a merge under way was begun with."""
    try:
        return (git.git_dir / "MERGE_MSG").read_text("utf-8", "replace")
    except OSError:
        return ""

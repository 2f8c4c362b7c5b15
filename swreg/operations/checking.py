"""Hold registry and history against each other: a range of commits, the index, or everything.

Each commit must be explained by the records in its message, judged by the policy that was in
force before; then the state that they lead to is looked at. Nothing is locked, recovered or
changed, but for the note of the branch's last seen tip.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from swreg.domain.finding import Finding, Spot, failing, finding
from swreg.domain.policy import Policy
from swreg.errors import BrokenFile, NotFound, UsageError
from swreg.operations.checks import files, seen, state, stored
from swreg.operations.checks.commit import check_commit
from swreg.operations.checks.contents import Contents
from swreg.operations.checks.merge import check_merge
from swreg.operations.checks.places import Home, place_of
from swreg.operations.checks.state import Scope, StateView
from swreg.operations.checks.step import Step
from swreg.operations.checks.steps import staged_step, steps
from swreg.operations.outcome import Outcome, read_outcome
from swreg.operations.project import Project
from swreg.operations.signatures import Rules
from swreg.storage.clock import today as clock_today
from swreg.storage.commits import staged_changes
from swreg.storage.git import TreeItem
from swreg.storage.source import Revision, Source, Staged, load_policy

FINDINGS = 4
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """What was checked and what was found; errors first, then in the order of the history."""

    checked: str
    commits: int
    findings: tuple[Finding, ...]


def check(
    project: Project,
    *,
    staged: bool = False,
    commit_range: str | None = None,
    index_file: str | None = None,
    at: str | None = None,
    today: date | None = None,
    stores: bool = False,
) -> Outcome[CheckReport]:
    """Check what is staged, the commits of `BASE..HEAD`, or the whole repository.

    A range is judged by BASE's policy for every commit; without one each commit is judged by its
    first parent's; `at` takes all of it as of a revision or day. The outcome's exit code is 4 where an error was found. `index_file` is the
    index of the commit under way, as git tells its hooks; `today` the day for ends of life. With
    `stores` they are asked whether they have what the catalogs say.
    """
    if staged and commit_range is not None:
        raise UsageError("--staged and --range are two questions", "ask one of them")
    if at is not None and (staged or commit_range is not None):
        raise UsageError("--at asks about the whole repository", "leave --staged and --range out")
    if stores and staged:
        raise UsageError("--stores asks about what is committed", "leave --staged out")
    day = today or clock_today()
    if staged:
        return _outcome(*_staged(project, index_file, day))
    return _outcome(*_committed(project, commit_range, at, day, stores=stores))


def _outcome(checked: str, count: int, findings: list[Finding]) -> Outcome[CheckReport]:
    unique = list(dict.fromkeys(findings))
    ordered = sorted(unique, key=lambda one: one.severity != "error")
    report = CheckReport(checked=checked, commits=count, findings=tuple(ordered))
    code = FINDINGS if failing(unique) else 0
    return read_outcome("registry-check", report, exit_code=code)


def _staged(project: Project, index: str | None, day: date) -> tuple[str, int, list[Finding]]:
    git, head = project.git, project.git.resolve("HEAD")
    changes = tuple(staged_changes(git, head, project.layout.specweave, index))
    if not changes:
        return "staged", 0, []
    found: list[Finding] = []
    rules = _rules(project, head, found)
    contents = Contents(git)
    step = staged_step(project, rules, changes, head=head, index=index)
    found += _judge(step, project, contents)
    items = {one.path: one for one in Staged(git, index).files(project.layout.specweave)}
    scope = _scope(project, contents, head, frozenset(one.path for one in changes))
    found += state_findings(StateView(project, contents, items, scope, day))
    return "staged", 1, found


def _committed(
    project: Project, commit_range: str | None, at: str | None, day: date, *, stores: bool
) -> tuple[str, int, list[Finding]]:
    base, tip = _range(project, commit_range, at)
    found: list[Finding] = []
    contents = Contents(project.git)
    fixed = _rules(project, base, found) if base else None
    paths: set[str] = set()
    count = 0
    for step in steps(project, contents, base=base, tip=tip, fixed=fixed, findings=found):
        count += 1
        paths.update(change.path for group in step.changes for change in group)
        found += _judge(replace(step, proposed=base is not None), project, contents)
    if base and tip and fixed is not None:
        found += _signers_changed(project, fixed, tip)
    items = _items(project, tip)
    scope = _scope(project, contents, base, frozenset(paths)) if base else Scope()
    view = StateView(project, contents, items, scope, day)
    found += state_findings(view)
    if stores:
        found += stored.stores(view, whole=False)
    lost = list(seen.lost_records(project))
    if not lost:
        seen.remember(project)
    return commit_range or "repository", count, [*found, *lost]


def _range(project: Project, text: str | None, at: str | None) -> tuple[str | None, str | None]:
    """The base (None: from the beginning) and the tip of a range."""
    if text is None:
        project.require_layout()
        return None, project.commit_at(at)
    base, dots, tip = text.partition("..")
    if not dots or not base or tip.startswith("."):
        raise UsageError(f"{text!r} is no range", "write it like origin/main..HEAD")
    end = project.git.require(tip or "HEAD")
    if not base.strip("0"):
        return None, end
    try:
        return project.git.require(base), end
    except NotFound:
        hint = "fetch it, or run: git fetch --unshallow" if project.git.is_shallow else "fetch it"
        raise NotFound(f"the base {base!r} of the range is not in this clone", hint) from None


def _rules(project: Project, commit: str | None, found: list[Finding]) -> Rules:
    """The policy of a commit; one that cannot be read is a finding, and judges nothing."""
    source = Revision(project.git, commit)
    try:
        return Rules(load_policy(source, project.layout), source)
    except BrokenFile as error:
        found.append(finding("SWR221", error.what, Spot(path=project.layout.policy)))
        return Rules(Policy(), source)


def _judge(step: Step, project: Project, contents: Contents) -> list[Finding]:
    if len(step.parents) > 1:
        return list(check_merge(step, project, contents))
    return list(check_commit(step, project, contents))


def state_findings(view: StateView) -> Iterator[Finding]:
    """Every check of the state."""
    for one in STATE_CHECKS:
        yield from one(view)


STATE_CHECKS: tuple[Callable[[StateView], Iterator[Finding]], ...] = (
    state.unreadable,
    state.links,
    state.names,
    state.ends_of_life,
    state.replayed,
    files.digests,
    files.lineages,
)


def _items(project: Project, tip: str | None) -> dict[str, TreeItem]:
    if tip is None:
        return {}
    return {one.path: one for one in project.git.list_tree(tip, project.layout.specweave)}


def _scope(project: Project, contents: Contents, base: str | None, paths: frozenset[str]) -> Scope:
    """Only what a change touched, and the digests that were known before it."""
    known: dict[tuple[Home, str, str], str] = {}
    homes = {place.home for path in paths if (place := place_of(project.layout, path))}
    for path, item in _items(project, base).items():
        place = place_of(project.layout, path)
        if place is None or place.kind != "catalog" or place.home not in homes:
            continue
        try:
            catalog = contents.catalog(item.oid, path)
        except BrokenFile:
            continue
        for model in catalog.models.values():
            for version, entry in model.versions.items():
                known[place.home, model.name, str(version)] = entry.artifact.digest
    return Scope(everything=False, paths=paths, known=known)


def _signers_changed(project: Project, fixed: Rules, tip: str) -> Iterator[Finding]:
    """Changes of the allowed signers are shown like those of the policy."""
    source: Source = Revision(project.git, tip)
    signing = fixed.policy.signing
    for name in (signing.allowed_signers, signing.revoked, *signing.model_keys):
        path = f"{project.layout.prefix}{name}"
        if name is not None and fixed.source.read(path) != source.read(path):
            yield finding("SWR218", f"{path} changed: whose signatures count", Spot(path=path))

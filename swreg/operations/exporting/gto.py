"""Write the registry as GTO's tags, into a repository that the caller names.

GTO knows a version by the commit it is registered on, so no two versions of a model may share one,
and it orders what happened by the tagger's second. A version whose commit is taken gets a commit
of its own, with the same files, that only its tag leads to. Whatever left a stage is taken off
there by name, as GTO would else fall back to who held it before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from swreg.domain.catalog import Model
from swreg.domain.events import Event, RegisteredEvent
from swreg.domain.exported import RegistryExport, events_of
from swreg.domain.gto_tags import GtoTag, may_hold, parse_tag
from swreg.domain.names import visible
from swreg.domain.record import Record, parse
from swreg.domain.stage import POINTED, Stage
from swreg.domain.version import Version
from swreg.errors import AlreadyExists, FactError, NotFound, NotReady, SwregError
from swreg.operations.outcome import Outcome
from swreg.operations.project import Project
from swreg.storage.commits import commits
from swreg.storage.git import Git
from swreg.storage.tags import make_tag, tags


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTag:
    """A tag to be: what it says, on which version, when (seconds since 1970) and why."""

    said: GtoTag
    version: Version
    seconds: int
    message: str
    fresh: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class GtoExport:
    """The tags of an export; `fresh` ones were not there before."""

    repository: str
    tags: tuple[PlannedTag, ...]


def export_gto(
    project: Project, export: RegistryExport, repository: Path, *, dry_run: bool = False
) -> Outcome[GtoExport]:
    """Make the tags that are missing there; nothing else changes.

    Raises `FactError` for names that GTO cannot hold, `NotFound` where a version's commit is not
    there, and `AlreadyExists` for a tag of the same name that says something else.
    """
    try:
        git = Git.open(repository.absolute())
    except SwregError as error:
        raise NotReady(error.what, "name a git repository with --to") from None
    planned = [one for model in export.models for one in _planned(model.name, export)]
    bad = sorted({one.said.name for one in planned if not may_hold(one.said.name)})
    if bad:
        raise FactError(
            f"gto takes no such name: {', '.join(bad)}", "it has no dots; export the others by name"
        )
    there = {one.name: one for one in tags(git)}
    places = _commits(project, git, planned)
    made = []
    for one in planned:
        known = there.get(str(one.said))
        if known is not None and known.seconds != one.seconds:
            raise AlreadyExists(
                f"the tag {one.said} is there and says something else",
                "delete it, or export elsewhere",
            )
        made.append(replace(one, fresh=known is None))
    if not dry_run:
        _make(git, made, places)
    warnings = () if made else ("no model has a version to tag",)
    data = GtoExport(repository=str(git.root), tags=tuple(made))
    return Outcome(command="registry-export", data=data, dry_run=dry_run, warnings=warnings)


def _planned(name: str, export: RegistryExport) -> Iterator[PlannedTag]:
    """Every tag of one model in the order it happened; those of stages a second apart at least."""
    model, counter, last = Model(name), 0, 0
    for event in events_of(export):
        if event.model != name:
            continue
        before, model = model, event.apply(model)
        for told, version in _told(name, event, before, model):
            said = told
            seconds = int(datetime.fromisoformat(event.at).timestamp())
            if said.stage is not None:
                counter, last = counter + 1, max(seconds, last + 1)
                said, seconds = replace(said, counter=counter), last
            message = visible(event.reason) or event.summary()
            yield PlannedTag(said=said, version=version, seconds=seconds, message=message)


def _told(name: str, event: Event, before: Model, after: Model) -> Iterator[tuple[GtoTag, Version]]:
    if isinstance(event, RegisteredEvent):
        yield GtoTag(action="register", name=name, version=str(event.version)), event.version
    moved = [(one, before.stages.get(one), after.stages.get(one)) for one in POINTED]
    # Taken before left: so a version that goes on to production was in staging when it did.
    for stage, old, new in moved:
        if new is not None and old != new:
            yield _stage("assign", name, stage), new
    for stage, old, new in moved:
        if old is not None and old != new:
            yield _stage("unassign", name, stage), old


def _stage(action: str, name: str, stage: Stage) -> GtoTag:
    return GtoTag(action="unassign" if action == "unassign" else "assign", name=name,
                  stage=str(stage))  # fmt: skip


def _commits(
    project: Project, git: Git, planned: Iterable[PlannedTag]
) -> dict[tuple[str, Version], str]:
    """The commit that registered each version, which must be in that repository."""
    wanted = {(one.said.name, one.version) for one in planned if one.said.version is not None}
    if not wanted:
        return {}
    found: dict[tuple[str, Version], str] = {}
    for one in commits(project.git, "--grep=^ *Swreg-Event:", "HEAD"):
        for key in _registered(one.message):
            found.setdefault(key, one.id)
    for name, version in sorted(wanted):
        commit = found.get((name, version))
        if commit is None:
            raise NotFound(
                f"no commit here registers {name} {version}",
                "in a shallow clone: git fetch --unshallow",
            )
        if git.resolve(commit) is None:
            raise NotFound(
                f"{git.root} lacks the commit that registered {name} {version}",
                f"push or fetch {commit[:12]} there first",
            )
    return {key: found[key] for key in wanted}


def _registered(message: str) -> Iterator[tuple[str, Version]]:
    for one in parse(message):
        if isinstance(one, Record) and isinstance(one.event, RegisteredEvent):
            yield one.event.model, one.event.version


def _make(git: Git, planned: Iterable[PlannedTag], places: dict[tuple[str, Version], str]) -> None:
    """Make what is missing; a version's own commit is known again by its tag."""
    who, _ = git.identity()
    there = {one.name: one.commit for one in tags(git)}
    on = {
        (said.name, commit): str(said.version)
        for name, commit in there.items()
        if (said := parse_tag(name)) is not None and said.action == "register"
    }
    own: dict[tuple[str, Version], str] = {}
    for one in planned:
        name, key = str(one.said), (one.said.name, one.version)
        if one.said.version is not None:
            own[key] = there.get(name) or _place(git, one, places[key], on)
            on[one.said.name, own[key]] = str(one.version)
        if one.fresh:
            make_tag(git, name, own[key], message=one.message, who=who, seconds=one.seconds)


def _place(git: Git, one: PlannedTag, commit: str, on: dict[tuple[str, str], str]) -> str:
    """The version's commit, or one of its own where another version has that one."""
    if on.get((one.said.name, commit), str(one.version)) == str(one.version):
        return commit
    who, _ = git.identity()
    name, _, mail = who.rstrip(">").rpartition(" <")
    person = {
        f"GIT_{role}_{key}": value
        for role in ("AUTHOR", "COMMITTER")
        for key, value in (("NAME", name), ("EMAIL", mail), ("DATE", f"{one.seconds} +0000"))
    }
    text = f"chore(registry): {one.said.name} {one.version} by itself, for gto\n".encode()
    return git.ask("making a commit", "commit-tree", "-p", commit, "-F", "-", f"{commit}^{{tree}}",
                   stdin=text, **person).text  # fmt: skip

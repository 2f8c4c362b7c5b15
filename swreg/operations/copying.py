"""Bring a version into another environment: its files, its digests, and where it came from.

It arrives in dev, whatever it was before; that environment's own policy judges it from there on.
Into another repository it goes by fetch, commit and push. Whatever fails on the way, the same call
once more does the rest, or finds that everything is done.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from swreg.domain import moves
from swreg.domain.catalog import Catalog, Found, Model
from swreg.domain.events import CopiedEvent
from swreg.domain.names import Reference, plain_text
from swreg.errors import AlreadyExists, EnvironmentFault, UsageError
from swreg.operations.environments import DEFAULT, Place, place_of, require_meant
from swreg.operations.evidence import facts_of_version, folder_of
from swreg.operations.fetching import write_version
from swreg.operations.lineage_file import with_version
from swreg.operations.outcome import Outcome
from swreg.operations.project import Project
from swreg.operations.target import WriteOptions
from swreg.operations.transaction import Transaction, write
from swreg.operations.views import VersionView, view
from swreg.storage.artifacts import in_git
from swreg.storage.artifacts.payload import staging
from swreg.storage.layout import home_name, version_folder
from swreg.storage.lock import locked
from swreg.storage.mirror import mirror_lock, redacted
from swreg.storage.source import Revision

_WAIT = 600.0
# How git, under LC_ALL=C, says that it does not move a branch below somebody's work.
_CHECKED_OUT = "currently checked out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """A version in another environment: what stands there, and whence it came."""

    version: VersionView
    environment: str
    source: str
    source_commit: str
    fresh: bool


@dataclass(frozen=True, slots=True)
class _Origin:
    """The version as it is in its own environment, its files set aside and verified.

    `files` are those that git holds; a store's stay where they are.
    """

    found: Found
    environment: str
    source: Revision
    project: Project
    files: tuple[str, ...]
    folder: Path


def copy_to_environment(
    project: Project,
    reference: Reference,
    *,
    target_env: str,
    source_env: str | None = None,
    reason: str = "",
    options: WriteOptions = WriteOptions(),
) -> Outcome[Copied]:
    """Copy a version to the registry of another environment, where it arrives in dev.

    Without `source_env` it is taken from the registry that `project` opens; where environments
    lie is always what the configuration of `project` says. The same version with the same bytes there already: nothing to do, and no error. Raises
    `AlreadyExists` where that number has other bytes there, `IntegrityError` where the files are
    not those that were registered, and `Held` for a version that was rolled back.
    """
    reason = plain_text(reason, kind="reason") if reason else ""
    here = source_env or project.layout.environment or DEFAULT
    if target_env == here:
        raise UsageError(f"{target_env} is where it is", "name another environment")
    require_meant(project, target_env)
    remote = any(_is_remote(project, name) for name in (here, target_env))
    lock = locked(mirror_lock(project.git), wait=_WAIT) if remote else nullcontext()
    with staging(project.git.common_dir / "swreg") as folder, lock:
        origin = _taken(project if source_env is None else place_of(project, here).project,
                        reference, environment=here, folder=folder)  # fmt: skip
        return _carried(place_of(project, target_env), target_env, origin, reason, options)


def _is_remote(project: Project, name: str) -> bool:
    configured = project.policy.environments.get(name)
    return configured is not None and configured.repository is not None


def _taken(project: Project, reference: Reference, *, environment: str, folder: Path) -> _Origin:
    """The version out of its environment; a held one stays there."""
    found = project.find(reference)
    moves.require_not_held(found)
    source = Revision(project.git, project.tip)
    everything = write_version(project, source, found, folder)
    place = folder_of(project, source.commit, found)
    in_git = {item.path for item in source.files(place)}
    files = tuple(one.path for one in everything if f"{place}/{one.path}" in in_git)
    return _Origin(found, environment, source, project, files, folder)


def _carried(
    place: Place, name: str, origin: _Origin, reason: str, options: WriteOptions
) -> Outcome[Copied]:
    if place.branch is not None:
        options = replace(options, branch=place.branch)
    if place.remote:
        options = replace(options, branch=None, push=True)
    outcome = write(place.project, "registry-copy", _decision(name, origin, reason), options)
    if place.remote and outcome.refusal is not None:
        # The commit lies in the mirror alone, where nobody looks: it never happened.
        said = redacted(outcome.refusal.what)
        if _CHECKED_OUT in said:
            raise EnvironmentFault(
                f"{name} is a repository with a work tree, and the branch is checked out there",
                "use a bare repository or another branch; nothing is changed there",
            )
        raise EnvironmentFault(
            f"{name} was not reached: {said}",
            "nothing is changed there; mend the cause and run the command again",
        )
    return outcome


def _decision(name: str, origin: _Origin, reason: str) -> Callable[[Transaction], Copied]:
    def decide(tx: Transaction) -> Copied:
        name_there = origin.found.model.name
        increment = tx.project.increment(origin.found.entry.registered.increment)
        known = tx.registry.homes_of(name_there)
        home = tx.registry.single_home(name_there) if known else increment
        there = _there(tx, home, origin)
        fresh = there is None
        found = there or _add(tx, home, origin, folder=increment, reason=reason)
        if not fresh:
            tx.warnings.append(f"{name} has {_words(origin.found)} already, with the same bytes")
        return Copied(
            version=view(found),
            environment=name,
            source=origin.environment,
            source_commit=origin.source.commit or "",
            fresh=fresh,
        )

    return decide


def _words(found: Found) -> str:
    return f"{found.model.name} {found.version}"


def _there(tx: Transaction, home: str, origin: _Origin) -> Found | None:
    """The version as it stands there already, with the same bytes."""
    catalog = tx.registry.catalogs.get(home, Catalog())
    model = catalog.models.get(origin.found.model.name)
    entry = model.versions.get(origin.found.version) if model else None
    if model is None or entry is None:
        return None
    if entry.artifact.digest != origin.found.entry.artifact.digest:
        raise AlreadyExists(
            f"{_words(origin.found)} is registered there with other files",
            "release it under another number with registry-version, and copy that",
        )
    return Found(home, model, origin.found.version)


def _add(tx: Transaction, home: str, origin: _Origin, *, folder: str, reason: str) -> Found:
    found, entry = origin.found, origin.found.entry
    tx.registry.require_free_name(found.model.name)
    if entry.archived or entry.deprecated:
        state = "deprecated" if entry.deprecated else "archived"
        tx.warnings.append(f"{_words(found)} is {state} in {origin.environment}")
    if not tx.registry.catalogs:
        tx.warnings.append(f"this is the first version in {home_name(home)}")
    relative = version_folder(found.model.name, found.version)
    paths = {f"{folder}/{relative}/{one}": origin.folder / one for one in origin.files}
    tx.files |= in_git.store(tx.project.git, paths)
    event = CopiedEvent(
        model=found.model.name,
        version=found.version,
        increment=entry.registered.increment,
        path=relative,
        digest=entry.artifact.digest,
        content=entry.artifact.content,
        size=entry.artifact.size,
        store=entry.artifact.store,
        code_commit=entry.registered.commit,
        tags=entry.tags,
        source=origin.environment,
        source_commit=origin.source.commit or "",
        actor=tx.actor,
        at=tx.now,
        reason=reason,
    )
    catalog = tx.registry.catalogs.get(home, Catalog())
    before = catalog.models.get(found.model.name, Model(found.model.name))
    after = tx.apply(home, before, event)
    facts = facts_of_version(origin.project, origin.source, found)
    with_version(tx, home, found.model.name, found.version, facts.metadata, facts.features)
    assert after is not None
    return Found(home, after, found.version)

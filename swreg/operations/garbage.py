"""Free what lies in a store and no version of any history names.

A version's files are never freed: versions stay in their catalog, so whatever a branch, tag, work
tree, stage, hold, rollback, approval, environment or audit could ask for is named in the history.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from swreg.domain.duration import DAY, parse_duration
from swreg.domain.events import FilesFreedEvent
from swreg.domain.storage_address import object_key
from swreg.errors import EnvironmentFault, NotFound, NotReady, UsageError
from swreg.operations.outcome import Outcome, read_outcome
from swreg.operations.project import Project
from swreg.operations.storing import patience
from swreg.operations.transaction import Transaction, WriteOptions, write
from swreg.storage.artifacts import sharing
from swreg.storage.artifacts.crew import ask, work
from swreg.storage.artifacts.stores import Store, Stored, Told, open_store
from swreg.storage.clock import now
from swreg.storage.git import Git
from swreg.storage.remote import tips
from swreg.storage.stored_digests import digests_of_history

GRACE = "14d"
_SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Garbage:
    """What was found in a store: orphans that are (or would be) freed, and what is kept.

    `young` are orphans that were put within the time of grace.
    """

    store: str
    orphans: tuple[str, ...]
    size: int
    young: int
    kept: int


def collect_garbage(
    project: Project,
    uri: str | None = None,
    *,
    grace: str = GRACE,
    offline: bool = False,
    reason: str = "",
    options: WriteOptions = WriteOptions(),
) -> Outcome[Garbage]:
    """Free the orphans of a store that are older than `grace` (a day at least).

    The deletion is committed as an event before the first object goes. Raises `NotReady` for a
    clone that does not have all of the history, or not all that its remotes have (`offline` does
    not ask them), and for a store in which other repositories keep files.
    """
    seconds = parse_duration(grace, kind="grace")
    if seconds < DAY:
        raise UsageError("the grace is shorter than a day", "uploads under way need it: say 1d")
    uri = uri or project.storage or project.policy.artifacts.storage
    if uri is None:
        raise NotFound("no store is configured", "set artifacts.storage, or name an address")
    store = open_store(uri)
    limit = patience(project)
    require_all_history(project.git, offline=offline)
    ask(lambda: _require_alone(store, project.git), of=uri, patience=limit)
    needed = {object_key(one) for one in digests_of_history(project.git, project.layout.specweave)}

    def look() -> Garbage:
        return ask(lambda: _found(store, needed, seconds), of=uri, patience=limit)

    if options.dry_run or not look().orphans:
        return read_outcome("registry-gc", look())
    with sharing.freeing(store):
        found = look()
        outcome = write(project, "registry-gc", partial(_record, found, reason), options)
        work([partial(_freed, store, key) for key in found.orphans], of=uri, patience=limit)
    return outcome


def _record(found: Garbage, reason: str, tx: Transaction) -> Garbage:
    event = FilesFreedEvent(
        store=found.store,
        count=len(found.orphans),
        size=found.size,
        objects=tuple(key.rpartition("/")[2] for key in found.orphans[:_SHOWN]),
        actor=tx.actor,
        at=tx.now,
        reason=reason,
    )
    tx.apply(None, None, event)
    return found


def _found(store: Store, needed: set[str], grace: float) -> Garbage:
    everything = [*store.listing("sha256/"), *store.listing("tmp/")]
    unnamed = [one for one in everything if one.key not in needed]
    old = [one for one in unnamed if _age(one) > grace]
    return Garbage(
        store=str(store.address),
        orphans=tuple(sorted(one.key for one in old)),
        size=sum(one.size for one in old),
        young=len(unnamed) - len(old),
        kept=len(everything) - len(unnamed),
    )


def _age(one: Stored) -> float:
    return (now() - one.modified).total_seconds()


def _freed(store: Store, key: str, told: Told) -> None:
    store.delete(key)


def _require_alone(store: Store, git: Git) -> None:
    others = sharing.strangers(store, sharing.names_of(git))
    if others:
        raise NotReady(
            f"{len(others)} other repositories keep files in {store.address}",
            "what they need is not known here; give each repository a prefix of its own",
        )


def require_all_history(git: Git, *, offline: bool) -> None:
    """Refuse a clone that cannot know what others need."""
    partial_ = git.run(
        "config", "--get-regexp", r"^(remote\..*\.promisor|extensions\.partialclone)$"
    )
    if git.is_shallow or partial_.text:
        raise NotReady(
            "this clone does not have the whole history, so it is not known what is needed",
            "run: git fetch --unshallow, or use a full clone",
        )
    for remote in () if offline else git.run("remote").text.split():
        answer, named = tips(git, remote)
        if answer.end != "done":
            raise EnvironmentFault(
                f"{remote} cannot be asked what it has: {answer.said}",
                "nothing is freed; --offline goes by what was fetched last",
            )
        if any(git.run("cat-file", "-e", oid).code for oid in named):
            raise NotReady(
                f"{remote} has commits that are not here",
                f"run: git fetch --tags {remote} '+refs/heads/*:refs/remotes/{remote}/*'",
            )

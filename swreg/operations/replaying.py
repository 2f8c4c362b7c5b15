"""Local commits of the registry that are not pushed yet, decided anew on another tip.

What a commit wanted is read from its records. Where somebody else has done the same meanwhile
there is nothing left to do; what cannot be decided from a record alone is refused by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from swreg.domain import moves
from swreg.domain.catalog import Found, Model
from swreg.domain.events import (
    ArchivedEvent,
    DeprecatedEvent,
    Event,
    HoldLiftedEvent,
    MonitorSnapshotEvent,
    PromotedEvent,
    PromotionRequestedEvent,
    RegisteredEvent,
    RolledBackEvent,
    TaggedEvent,
    TriggerFiredEvent,
    TriggerResolvedEvent,
    VersionEvent,
)
from swreg.domain.lineage import merged, read_lineage, write_lineage
from swreg.domain.names import Reference
from swreg.domain.record import BadRecord, parse
from swreg.errors import AlreadyExists, Ambiguous, FactError, SwregError
from swreg.operations.project import Project
from swreg.operations.promote import bring
from swreg.operations.rollback import bring_back
from swreg.operations.syncing import SUBJECT, write_page
from swreg.operations.transaction import Transaction
from swreg.operations.version_files import dump_json, load_json
from swreg.storage.commit import NewFile
from swreg.storage.layout import CATALOG, LINEAGE

_REGISTRY = "chore(registry): "


@dataclass(frozen=True, slots=True)
class Unpushed:
    """One local commit of the registry; without events it wrote the living page."""

    commit: str
    subject: str
    events: tuple[Event, ...]
    paths: tuple[str, ...]


class Foreign(Exception):
    """A local commit that is not the registry's alone; its short id and subject."""


def unpushed(project: Project, tip: str, local: str) -> list[Unpushed]:
    """The local commits that the tip has not, the oldest first; `Foreign` where one is not ours."""
    log = project.git.log("--reverse", "--topo-order", "--format=%H%x1f%P%x1f%B", f"{tip}..{local}")
    return [_read(project, commit, parents, "\x1f".join(rest)) for commit, parents, *rest in log]


def _read(project: Project, commit: str, parents: str, message: str) -> Unpushed:
    subject = message.partition("\n")[0]
    records = list(parse(message))
    foreign = Foreign(f"{commit[:12]} {subject[:80]}")
    if len(parents.split()) != 1 or any(isinstance(one, BadRecord) for one in records):
        raise foreign
    ask = ("diff-tree", "-r", "-z", "--name-only", "--no-renames", "--no-commit-id", commit)
    out = project.git.ask("looking at a commit", *ask).out.decode("utf-8", "surrogateescape")
    paths = tuple(path for path in out.split("\0") if path)
    ours = subject.startswith(_REGISTRY) if records else subject == SUBJECT
    if not ours or not all(project.layout.owns(path) for path in paths):
        raise foreign
    return Unpushed(commit, subject, tuple(one.event for one in records), paths)  # type: ignore[union-attr]


def again(tx: Transaction, one: Unpushed) -> None:
    """Decide anew what the commit wanted; raises what stands against it at this tip."""
    if not one.events:
        write_page(tx)
    for event in one.events:
        if is_done(tx, event):
            tx.warnings.append(done_words(event))
            continue
        act = _ACTS.get(type(event))
        if act is None or event.actor != tx.actor:
            whose = "of somebody else's" if act else "that"
            raise FactError(
                f"{event.summary()} is an act {whose} cannot be decided anew from its record",
                "run git pull --rebase and git push",
            )
        act(tx, event, one)
        if tx.refusal is not None and not isinstance(event, PromotionRequestedEvent):
            raise tx.refusal


def all_done(tx: Transaction, events: Iterable[Event]) -> bool:
    """Whether every one of some acts has been done by others."""
    events = list(events)
    return bool(events) and all(is_done(tx, event) for event in events)


def done_words(event: Event) -> str:
    """What a person is told where their act is there already."""
    return f"others have done it already: {event.summary()}"


def is_done(tx: Transaction, event: Event) -> bool:
    """Whether the tip has what the act wanted."""
    fulfilled = _DONE.get(type(event))
    if fulfilled is None or not isinstance(event, VersionEvent):
        return False
    try:
        found = _find(tx, event)
    except SwregError:
        return False
    return event.version in found.model.versions and fulfilled(found, event)


def _find(tx: Transaction, event: VersionEvent) -> Found:
    name = event.model
    return tx.find(Reference(f"{name} {event.version}", (name,), version=event.version))


def _lift(tx: Transaction, event: HoldLiftedEvent, one: Unpushed) -> None:
    found = _find(tx, event)
    tx.apply_to(found, moves.lift_hold(found, actor=tx.actor, at=tx.now, reason=event.reason))


def _promote(tx: Transaction, event: PromotedEvent, one: Unpushed) -> None:
    bring(tx, _find(tx, event), event.to, reason=event.reason, force=event.forced)


def _request(tx: Transaction, event: PromotionRequestedEvent, one: Unpushed) -> None:
    found = _find(tx, event)
    bring(tx, found, event.to, reason=event.reason, force=False, approval_required=True)


def _roll_back(tx: Transaction, event: RolledBackEvent, one: Unpushed) -> None:
    found = _find(tx, event)
    if event.replaces != found.model.production:
        raise FactError(
            f"production holds {found.model.production or 'nothing'} now, not {event.replaces}",
            f"look at it with swreg registry-info {event.model}",
        )
    bring_back(tx, found, reason=event.reason, force=event.forced)


def _archive(tx: Transaction, event: ArchivedEvent, one: Unpushed) -> None:
    found = _find(tx, event)
    tx.apply_to(
        found,
        moves.archival(found, actor=tx.actor, at=tx.now, reason=event.reason, force=event.forced),
    )


def _deprecate(tx: Transaction, event: DeprecatedEvent, one: Unpushed) -> None:
    tx.apply_to(_find(tx, event), replace(event, at=tx.now))


def _tag(tx: Transaction, event: TaggedEvent, one: Unpushed) -> None:
    found = _find(tx, event)
    tagged = moves.tagging(
        found, add=event.added, remove=event.removed, actor=tx.actor, at=tx.now, reason=event.reason
    )
    tx.apply_to(found, tagged)


def _register(tx: Transaction, event: RegisteredEvent, one: Unpushed) -> None:
    """The same files in the same folder, where nobody else registered a version meanwhile.

    A version's number follows from those before it, so with other ones it would mean another thing.
    """
    git, name = tx.project.git, event.model
    home = _home(one)
    model = _model(tx, home, name)
    if event.version in model.versions:
        raise AlreadyExists(
            f"{name} {event.version} is registered there already, with other bytes",
            "register it anew, under the next number",
        )
    before = tx.project.committed(git.resolve(f"{one.commit}^")).load([name]).catalogs.get(home)
    known = before.models[name].versions if before and name in before.models else {}
    if set(model.versions) != set(known):
        raise Ambiguous(
            f"others have registered versions of {name}, on which the number {event.version} "
            "did not reckon",
            "register it anew",
        )
    own = [path for path in one.paths if f"/{event.path}/" in path]
    tx.files |= {item.path: NewFile(oid=item.oid) for item in git.list_tree(one.commit, *own)}
    lineage = f"{home}/{LINEAGE}"
    graphs = [
        read_lineage(load_json(data, lineage), lineage)
        for data in (_pending(tx, lineage), git.blob(f"{one.commit}:{lineage}"))
        if data
    ]
    tx.files[lineage] = NewFile(data=dump_json(write_lineage(merged(graphs))))
    tx.apply(home, model, replace(event, at=tx.now))


def _pending(tx: Transaction, path: str) -> bytes | None:
    file = tx.files.get(path)
    return file.data if file else tx.source.read(path)


def _testify(tx: Transaction, event: VersionEvent, one: Unpushed) -> None:
    """What was seen of a version then stays true, whatever others have done; its time stays too."""
    tx.apply_to(_find(tx, event), event)


def _home(one: Unpushed) -> str:
    homes = [path.removesuffix(f"/{CATALOG}") for path in one.paths if path.endswith(f"/{CATALOG}")]
    if len(homes) != 1:
        raise FactError(f"{one.commit[:12]} changes {len(homes)} catalogs", "push it by hand")
    return homes[0]


def _model(tx: Transaction, home: str, name: str) -> Model:
    if (home, name) in tx.models:
        return tx.models[home, name]
    tx.registry.require_free_name(name)
    if not tx.registry.homes_of(name):
        return Model(name)
    if tx.registry.single_home(name) != home:
        raise AlreadyExists(f"{name} has its home elsewhere there", "register it anew")
    return tx.registry.model(name)[1]


_ACTS: dict[type[Event], Callable[[Transaction, Any, Unpushed], None]] = {
    RegisteredEvent: _register,
    HoldLiftedEvent: _lift,
    PromotedEvent: _promote,
    PromotionRequestedEvent: _request,
    RolledBackEvent: _roll_back,
    ArchivedEvent: _archive,
    DeprecatedEvent: _deprecate,
    TaggedEvent: _tag,
    TriggerFiredEvent: _testify,
    TriggerResolvedEvent: _testify,
    MonitorSnapshotEvent: _testify,
}
"""How an act is decided anew. What is missing here says more than its record: another's yes, a
file that was spliced, a test's plan or verdict."""

_DONE: dict[type[Event], Callable[[Found, Any], bool]] = {
    RegisteredEvent: lambda found, event: (
        found.entry.artifact.content == event.content and found.entry.artifact.path == event.path
    ),
    HoldLiftedEvent: lambda found, event: found.entry.hold is None,
    PromotedEvent: lambda found, event: found.stage is event.to,
    PromotionRequestedEvent: lambda found, event: (
        found.stage is event.to
        or (found.entry.request is not None and found.entry.request.to is event.to)
    ),
    RolledBackEvent: lambda found, event: found.model.production == event.version,
    ArchivedEvent: lambda found, event: found.entry.archived is not None,
    DeprecatedEvent: lambda found, event: (
        found.entry.deprecated is not None
        and found.entry.deprecated.end_of_life == event.end_of_life
    ),
    TaggedEvent: lambda found, event: (
        set(event.added) <= set(found.entry.tags) and not set(event.removed) & set(found.entry.tags)
    ),
}
"""When the tip has what an act wanted."""

"""What can happen to a registry. An event says what happened and, by `apply`, what it means.

The state is the fold of the events: operations decide which event happens, `apply` alone changes
a model. So replaying the history against the catalogs is a check of the catalogs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, ClassVar

from swreg.domain.catalog import Model
from swreg.domain.entry import (
    AbTest,
    Approval,
    Archival,
    Artifact,
    Deprecation,
    Entry,
    Hold,
    Registered,
    Request,
)
from swreg.domain.names import visible
from swreg.domain.shape import Timestamp
from swreg.domain.stage import POINTED, Stage
from swreg.domain.version import Version


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What all events share: which model, who, when and why.

    `actor` is a git identity, `Name <mail>`; `forced` marks a rule that was overridden. `parent`
    is the commit the decision was made on (12 digits): it makes two equal acts two records.
    `origin` names the fact in another registry that an imported event tells; `at` is then the
    time it happened there.
    """

    kind: ClassVar[str] = ""
    sentence: ClassVar[str] = ""

    model: str = ""
    actor: str
    at: Timestamp
    reason: str = ""
    forced: bool = False
    parent: str = ""
    origin: str = ""

    def apply(self, model: Model) -> Model:
        """The model after the event; evidence (the default) changes no state."""
        return model

    def as_data(self) -> dict[str, Any]:
        """Every field by its name, after the event's own name."""
        names = [field.name for field in fields(self)]
        return {"event": self.kind, **{n.rstrip("_"): getattr(self, n) for n in names}}

    def summary(self) -> str:
        """The event in one printable line, as it stands in the commit's subject."""
        return visible(self.sentence.format(event=self))


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionEvent(Event):
    """An event about one version."""

    version: Version

    def apply(self, model: Model) -> Model:
        return model.with_entry(self.version, self.change(model, model.entry(self.version)))

    def change(self, model: Model, entry: Entry) -> Entry:
        """The version's entry after the event; evidence changes nothing."""
        return entry


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredEvent(VersionEvent):
    """A new version, with its files and where they are."""

    kind: ClassVar[str] = "registered"
    sentence: ClassVar[str] = "register {event.model} {event.version}"

    increment: str
    path: str
    digest: str
    content: str
    size: int
    store: str | None = None
    code_commit: str | None = None
    bump: str | None = None
    warnings: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    def apply(self, model: Model) -> Model:
        return model.with_entry(self.version, self.entry())

    def entry(self) -> Entry:
        """The version as it enters the catalog, in dev."""
        return Entry(
            registered=Registered(
                at=self.at, by=self.actor, increment=self.increment, commit=self.code_commit
            ),
            artifact=Artifact(
                path=self.path,
                digest=self.digest,
                content=self.content,
                size=self.size,
                store=self.store,
            ),
            tags=self.tags,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiedEvent(RegisteredEvent):
    """A version that came from another environment, with its provenance."""

    kind: ClassVar[str] = "copied"
    sentence: ClassVar[str] = "copy {event.model} {event.version} from {event.source}"

    source: str
    source_commit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedEvent(RegisteredEvent):
    """A version that another registry kept before, dated as it was there; `author` was its owner."""

    kind: ClassVar[str] = "imported"
    sentence: ClassVar[str] = "import {event.model} {event.version} of {event.origin}"

    author: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionRequestedEvent(VersionEvent):
    """Somebody asks for a promotion that needs approvals."""

    kind: ClassVar[str] = "promotion-requested"
    sentence: ClassVar[str] = "request {event.model} {event.version} {event.from_} -> {event.to}"

    from_: Stage
    to: Stage

    def change(self, model: Model, entry: Entry) -> Entry:
        request = Request(to=self.to, by=self.actor, at=self.at, reason=self.reason)
        return replace(entry, request=request)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovedEvent(VersionEvent):
    """One approver's yes to these bytes in that stage."""

    kind: ClassVar[str] = "approved"
    sentence: ClassVar[str] = "approve {event.model} {event.version} for {event.for_}"

    for_: Stage
    digest: str
    on_behalf_of: str | None = None
    signature: str | None = None

    def change(self, model: Model, entry: Entry) -> Entry:
        approval = Approval(
            by=self.actor,
            for_=self.for_,
            at=self.at,
            digest=self.digest,
            comment=self.reason,
            on_behalf_of=self.on_behalf_of,
            signature=self.signature,
        )
        return replace(entry, approvals=(*entry.approvals, approval))


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedEvent(VersionEvent):
    """A no: the pending request is closed and given approvals for the stage lapse."""

    kind: ClassVar[str] = "rejected"
    sentence: ClassVar[str] = "reject {event.model} {event.version} for {event.for_}"

    for_: Stage

    def change(self, model: Model, entry: Entry) -> Entry:
        kept = tuple(one for one in entry.approvals if one.for_ is not self.for_)
        return replace(entry, approvals=kept, request=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotedEvent(VersionEvent):
    """A version moved from one stage to another; `replaces` is who held the new one before."""

    kind: ClassVar[str] = "promoted"
    sentence: ClassVar[str] = "promote {event.model} {event.version} {event.from_} -> {event.to}"

    from_: Stage
    to: Stage
    replaces: Version | None = None
    traffic: int | None = None

    def apply(self, model: Model) -> Model:
        entry = model.entry(self.version)
        if self.to is Stage.DEV:
            return _leave(model, self.version).with_entry(self.version, entry.restarted())
        entry = replace(entry, request=None, traffic=self.traffic)
        if self.to is Stage.PRODUCTION:
            entry = replace(entry, deployed_at=self.at, previous=model.production)
        return _enter(self, model, self.to).with_entry(self.version, entry)


@dataclass(frozen=True, slots=True, kw_only=True)
class RolledBackEvent(VersionEvent):
    """Production moved forward to an older version; `replaces` left it and is held.

    Nothing is replaced, and nothing held, where production was empty.

    `previous` of the version it went back to stays as it was, so that rolling back once more goes
    further back and not forth to the version that was bad.
    """

    kind: ClassVar[str] = "rolled-back"
    sentence: ClassVar[str] = "roll back {event.model} {event.way}"

    from_: Stage
    replaces: Version | None = None
    traffic: int | None = None

    @property
    def way(self) -> str:
        """From which version to which."""
        return f"{self.replaces or 'nothing'} -> {self.version}"

    def apply(self, model: Model) -> Model:
        entry = model.entry(self.version)
        bad = model.entry(self.replaces) if self.replaces else entry
        entry = replace(
            entry,
            archived=None,
            request=None,
            traffic=self.traffic,
            deployed_at=self.at,
            previous=entry.previous if entry.deployed_at else bad.previous,
        )
        moved = _enter(self, model, Stage.PRODUCTION).with_entry(self.version, entry)
        if self.replaces is None:
            return moved
        held = Hold(at=self.at, by=self.actor, reason=self.reason)
        bad = replace(moved.entry(self.replaces), approvals=(), request=None, hold=held)
        return moved.with_entry(self.replaces, bad)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldEvent(VersionEvent):
    """A version may not be promoted until the hold is lifted; its approvals lapse."""

    kind: ClassVar[str] = "held"
    sentence: ClassVar[str] = "hold {event.model} {event.version}"

    def change(self, model: Model, entry: Entry) -> Entry:
        held = Hold(at=self.at, by=self.actor, reason=self.reason)
        return replace(entry, approvals=(), request=None, hold=held)


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldLiftedEvent(VersionEvent):
    """The hold is over."""

    kind: ClassVar[str] = "hold-lifted"
    sentence: ClassVar[str] = "lift the hold of {event.model} {event.version}"

    def change(self, model: Model, entry: Entry) -> Entry:
        return replace(entry, hold=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedEvent(VersionEvent):
    """A version was taken out of use and is kept for the audit."""

    kind: ClassVar[str] = "archived"
    sentence: ClassVar[str] = "archive {event.model} {event.version}"

    from_: Stage

    def apply(self, model: Model) -> Model:
        archived = Archival(at=self.at, by=self.actor, reason=self.reason)
        entry = replace(model.entry(self.version), archived=archived, request=None, traffic=None)
        return _leave(model, self.version).with_entry(self.version, entry)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeprecatedEvent(VersionEvent):
    """A version should no longer be used; after its end of life it must not be."""

    kind: ClassVar[str] = "deprecated"
    sentence: ClassVar[str] = "deprecate {event.model} {event.version}"

    end_of_life: date | None = None

    def change(self, model: Model, entry: Entry) -> Entry:
        notice = Deprecation(
            at=self.at, by=self.actor, reason=self.reason, end_of_life=self.end_of_life
        )
        return replace(entry, deprecated=notice)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaggedEvent(VersionEvent):
    """Tags were put on a version or taken off."""

    kind: ClassVar[str] = "tagged"
    sentence: ClassVar[str] = "tag {event.model} {event.version}"

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def change(self, model: Model, entry: Entry) -> Entry:
        kept = tuple(tag for tag in entry.tags if tag not in self.removed)
        return replace(entry, tags=(*kept, *(tag for tag in self.added if tag not in kept)))


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureSetEvent(VersionEvent):
    """The input and output schema of a version was declared; `digest` is of `signature.json`."""

    kind: ClassVar[str] = "signature-set"
    sentence: ClassVar[str] = "declare the signature of {event.model} {event.version}"

    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyChangedEvent(Event):
    """The committed configuration changed; `relaxes` marks rules that now allow more."""

    kind: ClassVar[str] = "policy-changed"
    sentence: ClassVar[str] = "change the policy: {event.what}"

    what: str
    relaxes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesFreedEvent(Event):
    """Objects that no version names were deleted from a store; `objects` has the first of them."""

    kind: ClassVar[str] = "files-freed"
    sentence: ClassVar[str] = "free {event.count} orphans of {event.store}"

    store: str
    count: int
    size: int
    objects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitedEvent(Event):
    """A model that stood in two catalogs, after a merge, stands in one; with the stages decided."""

    kind: ClassVar[str] = "united"
    sentence: ClassVar[str] = "unite {event.model} of {event.other} into {event.home}"

    home: str
    other: str
    production: Version | None = None
    staging: Version | None = None

    def apply(self, model: Model) -> Model:
        model = model.with_stage(Stage.PRODUCTION, self.production)
        return model.with_stage(Stage.STAGING, self.staging)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What a decided merge made of one version; without an entry it was taken out."""

    version: Version
    entry: Entry | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedEvent(Event):
    """A person decided a merge: who won where, and the stages and versions as they stand then.

    `decided` are words like `staging=ours`; ours is the first parent of the merge. The acts of
    the side that lost stay in the history, and are undone by this one.
    """

    kind: ClassVar[str] = "resolved"
    sentence: ClassVar[str] = "decide the merge of {event.model}: {event.words}"

    decided: tuple[str, ...]
    production: Version | None = None
    staging: Version | None = None
    entries: tuple[Settled, ...] = ()

    @property
    def words(self) -> str:
        """Who won where."""
        return ", ".join(self.decided)

    def apply(self, model: Model) -> Model:
        versions = {**model.versions, **{one.version: one.entry for one in self.entries}}
        kept = {version: entry for version, entry in versions.items() if entry is not None}
        model = replace(model, versions=kept)
        model = model.with_stage(Stage.PRODUCTION, self.production)
        return model.with_stage(Stage.STAGING, self.staging)


@dataclass(frozen=True, slots=True, kw_only=True)
class AbTestStartedEvent(VersionEvent):
    """A comparison under live traffic began; `control` is the version it is measured against."""

    kind: ClassVar[str] = "ab-test-started"
    sentence: ClassVar[str] = "start the A/B test of {event.model} {event.version}"

    control: Version
    plan: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AbTestDecidedEvent(VersionEvent):
    """The comparison ended; `better` says whether this version won, `evidence` by what."""

    kind: ClassVar[str] = "ab-test-decided"
    sentence: ClassVar[str] = "decide the A/B test of {event.model} {event.version}"

    control: Version
    better: bool
    evidence: str

    def change(self, model: Model, entry: Entry) -> Entry:
        test = AbTest(at=self.at, control=self.control, better=self.better)
        return replace(entry, ab_test=test)


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerFiredEvent(VersionEvent):
    """A monitored figure crossed its threshold."""

    kind: ClassVar[str] = "trigger-fired"
    sentence: ClassVar[str] = "trigger of {event.model} {event.version}: {event.observed}"

    observed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerResolvedEvent(VersionEvent):
    """A figure that had crossed its threshold is well again; `observed` begins with the rule."""

    kind: ClassVar[str] = "trigger-resolved"
    sentence: ClassVar[str] = "trigger of {event.model} {event.version} is over: {event.observed}"

    observed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorSnapshotEvent(VersionEvent):
    """The figures of one window in production, kept so that colleagues see them."""

    kind: ClassVar[str] = "monitor-snapshot"
    sentence: ClassVar[str] = "snapshot of {event.model} {event.version}"

    figures: str


EVENTS: dict[str, type[Event]] = {
    cls.kind: cls
    for cls in (
        RegisteredEvent,
        PromotionRequestedEvent,
        ApprovedEvent,
        RejectedEvent,
        PromotedEvent,
        RolledBackEvent,
        HeldEvent,
        HoldLiftedEvent,
        ArchivedEvent,
        DeprecatedEvent,
        TaggedEvent,
        SignatureSetEvent,
        PolicyChangedEvent,
        FilesFreedEvent,
        UnitedEvent,
        ResolvedEvent,
        CopiedEvent,
        ImportedEvent,
        AbTestStartedEvent,
        AbTestDecidedEvent,
        TriggerFiredEvent,
        TriggerResolvedEvent,
        MonitorSnapshotEvent,
    )
}


def fold(model: Model, events: Iterable[Event]) -> Model:
    """The model after all events, in order.

    >>> fold(Model("m"), ()).versions
    {}
    """
    for event in events:
        model = event.apply(model)
    return model


def _leave(model: Model, version: Version) -> Model:
    """The model with no pointer on the version."""
    for stage in POINTED:
        if model.stages.get(stage) == version:
            model = model.with_stage(stage, None)
    return model


def _enter(event: VersionEvent, model: Model, stage: Stage) -> Model:
    """The version takes the pointer; who is displaced becomes archived, from staging dev again."""
    displaced = model.stages.get(stage)
    model = _leave(model, event.version)
    if displaced is not None and displaced != event.version:
        entry = replace(model.entry(displaced), traffic=None)
        if stage is Stage.PRODUCTION:
            archived = Archival(at=event.at, by=event.actor, replaced_by=event.version)
            entry = replace(entry, archived=archived, request=None)
        model = model.with_entry(displaced, entry)
    return model.with_stage(stage, event.version)

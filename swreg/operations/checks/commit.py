"""One commit with one parent (or none): its records must explain all that it changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from swreg.domain.approving import identity_key, named
from swreg.domain.catalog import Catalog, Model
from swreg.domain.drift import differences, walk
from swreg.domain.events import (
    ApprovedEvent,
    Event,
    HoldLiftedEvent,
    PolicyChangedEvent,
    PromotedEvent,
    ResolvedEvent,
    RolledBackEvent,
    SignatureSetEvent,
)
from swreg.domain.finding import Finding
from swreg.domain.names import slug
from swreg.domain.policy_change import guards_differ, relaxations
from swreg.domain.record import BadRecord
from swreg.errors import BrokenFile
from swreg.operations.checks import united
from swreg.operations.checks.contents import Contents
from swreg.operations.checks.judging import judge_of
from swreg.operations.checks.places import Home, Place, layout_of, line_of
from swreg.operations.checks.rows import Rows, read_rows
from swreg.operations.checks.step import Step, Touched
from swreg.operations.project import Project
from swreg.operations.signatures import find_signers, proven_event
from swreg.storage import catalog_yaml
from swreg.storage.commits import Change
from swreg.storage.layout import CATALOG
from swreg.storage.source import Revision

_DAY = 86400


def check_commit(step: Step, project: Project, contents: Contents) -> Iterator[Finding]:
    """Everything that a commit with one parent does and does not tell."""
    touched = Touched.of(project, step.changes[0])
    for bad in step.records:
        if isinstance(bad, BadRecord):
            yield step.finding("SWR204", f"{bad.what}: {bad.text[:80]}")
    rows = read_rows(step, touched, contents)
    yield from rows.findings
    for event in (one.event for one in step.events):
        if isinstance(event, ResolvedEvent):
            yield step.finding("SWR202", "the decision of a merge in what is no merge", event=event)
    yield from people(step, project)
    homes = _homes(touched)
    blobs = {home: (old and old[1], new and new[1]) for home, (old, new) in homes.items()}
    for before, after in homes.values():
        yield from _check_home(step, project, contents, rows, blobs, before, after)
    yield from _homeless(step, project, touched, rows)
    yield from _signatures(step, touched)
    yield from check_policy(step, touched, contents)


Side = tuple[Place, Change] | None


def _homes(touched: Touched) -> dict[Home, tuple[Side, Side]]:
    """The catalogs that changed, before and after; one that only moved is one."""
    found: dict[Home, tuple[Side, Side]] = {}
    for place, change in touched.kind("catalog"):
        old, new = found.get(place.home, (None, None))
        found[place.home] = (
            (place, change) if change.before else old,
            (place, change) if change.after else new,
        )
    return found


def _check_home(
    step: Step,
    project: Project,
    contents: Contents,
    rows: Rows,
    blobs: united.Blobs,
    before: Side,
    after: Side,
) -> Iterator[Finding]:
    place, change = after or before  # type: ignore[misc]
    try:
        old = contents.catalog(before[1].before, before[1].path) if before else Catalog()
    except BrokenFile:
        # The commit that broke it has the finding; from here on there is nothing to hold against.
        return
    old, wrong = united.before_events(step, contents, blobs, place.home, old)
    yield from wrong
    events = _events_of(step, rows, place.home)
    expected, faults = _replay(step, project, place, old, events)
    yield from faults
    blob = after[1].after if after else ""
    if (not blob and not expected.models) or contents.expect(blob, expected):
        return
    try:
        new = contents.catalog(blob, change.path)
    except BrokenFile as error:
        yield step.finding("SWR221", error.what, change.path)
        return
    yield from _unexplained(step, contents.data(blob), change.path, expected, new)


def _events_of(step: Step, rows: Rows, home: Home) -> list[Event]:
    """The home's events in the order of the message, then those only the history file has."""
    told = [one for one in step.events if rows.homes.get(one.id) == home]
    ids = {one.id for one in told}
    return [
        *(one.event for one in told),
        *(one.event for one in rows.added.get(home, []) if one.id not in ids),
    ]


def _replay(
    step: Step, project: Project, place: Place, old: Catalog, events: list[Event]
) -> tuple[Catalog, list[Finding]]:
    """The catalog that the events make of the old one, and those that could not happen."""
    own = layout_of(project.layout, f"{place.folder}/")
    registry = project.in_environment(own.environment)
    judge = judge_of(registry, step.rules, step.tree, place.folder)
    found = []
    for name in dict.fromkeys(event.model for event in events if event.model):
        before = old.models.get(name, Model(name))
        after, faults = walk(before, [one for one in events if one.model == name], judge)
        if after.versions:
            old = old.with_model(after)
        found += [step.finding(one.id, one.what, event=one.event, fix=one.fix) for one in faults]
    return old, found


def _unexplained(
    step: Step, data: bytes, path: str, expected: Catalog, new: Catalog
) -> Iterator[Finding]:
    for name in sorted({*expected.models, *new.models}):
        one, two = expected.models.get(name, Model(name)), new.models.get(name, Model(name))
        for what in differences(one, two):
            yield step.finding(
                "SWR201",
                f"{name}: {what.what}, and no record says so",
                path, model=name, version=what.version or "",
                line=line_of(data, name, what.version) or line_of(data, name),
            )  # fmt: skip


def _homeless(step: Step, project: Project, touched: Touched, rows: Rows) -> Iterator[Finding]:
    """Records of homes whose catalog did not change: were they possible, and mean they nothing?"""
    changed = {place.home for place, _ in touched.kind("catalog")}
    for place, _ in touched.kind("history"):
        if place.home in changed or not rows.added.get(place.home):
            continue
        source = Revision(project.git, step.parents[0] if step.parents else None)
        data = source.read(f"{place.folder}/{CATALOG}")
        try:
            old = catalog_yaml.load(data) if data else Catalog()
        except BrokenFile:
            continue
        events = _events_of(step, rows, place.home)
        expected, faults = _replay(step, project, place, old, events)
        yield from faults
        for name in sorted(expected.models):
            for what in differences(old.models.get(name, Model(name)), expected.models[name]):
                yield step.finding(
                    "SWR201",
                    f"{name}: a record says that {what.what}, and the catalog did not change",
                    place.folder + f"/{CATALOG}", model=name, version=what.version or "",
                )  # fmt: skip


_WEIGHTY = (PromotedEvent, RolledBackEvent, HoldLiftedEvent, PolicyChangedEvent, ResolvedEvent)
"""Acts that change what is live, or what guards it: nobody may do them in another's name."""


def people(step: Step, project: Project) -> Iterator[Finding]:
    """Who is named against who committed, and when against the commit before."""
    own = {identity_key(step.author), identity_key(step.committer)}
    proven = {
        (identity_key(one.event.actor), one.event.version)
        for one in step.events
        if isinstance(one.event, ApprovedEvent) and _signed(step, project, one.event)
    }
    for record in step.events:
        event = record.event
        actor = identity_key(event.actor)
        if isinstance(event, ApprovedEvent):
            if actor != identity_key(step.committer) and not _signed(step, project, event):
                yield step.finding(
                    "SWR205",
                    f"the approval of {event.actor} was committed by {step.committer}",
                    event=event,
                )
            yield from _spoken_for(step, event)
        elif actor not in own:
            # Whose signed approval the promotion completes has proven to have been there: a host
            # that squashes commits in its own name.
            told = (actor, getattr(event, "version", None)) in proven
            grave = step.proposed and isinstance(event, _WEIGHTY) and not told
            yield step.finding(
                "SWR223", f"{event.actor} is named, {step.committer} committed it", event=event,
                severity="error" if grave else None,
            )  # fmt: skip
        # What was imported bears the date it had where it happened.
        dated = datetime.fromisoformat(event.at).timestamp()
        if not event.origin and dated + _DAY < step.based_at:
            yield step.finding(
                "SWR224", f"dated {event.at}, before the commit it builds on", event=event
            )


def _spoken_for(step: Step, event: ApprovedEvent) -> Iterator[Finding]:
    """An approval for somebody else, given by a person who is no approver: shown, and legal."""
    approvers = step.rules.policy.rule(event.for_).approval.approvers
    if event.on_behalf_of is not None and approvers and not named(event.actor, approvers):
        yield step.finding(
            "SWR205",
            f"{event.actor}, who is no approver, approved on behalf of {event.on_behalf_of}",
            event=event,
            fix="ask them whether they said yes; allow_on_behalf_of: false refuses this",
            severity="warning",
        )


def _signed(step: Step, project: Project, event: ApprovedEvent) -> bool:
    """Whether the approval bears its approver's signature."""
    signers = find_signers(step.rules, project.layout)
    if signers is None or event.signature is None:
        return False
    return proven_event(project.git, signers, event)


def _signatures(step: Step, touched: Touched) -> Iterator[Finding]:
    """A signature.json that changed after its version was registered needs its own record."""
    told = {
        f"{slug(one.event.model)}-{getattr(one.event, 'version', '')}"
        for one in step.events
        if isinstance(one.event, SignatureSetEvent) or one.event.kind in _BRING_FILES
    }
    for place, change in touched.kind("files"):
        parts = change.path[len(place.folder) + 1 :].split("/")
        signature = len(parts) == 3 and parts[0] == "models" and parts[2] == "signature.json"
        if signature and change.after and parts[1] not in told:
            yield step.finding(
                "SWR201", f"the signature of {parts[1]} changed, and no record says so", change.path
            )


_BRING_FILES = ("registered", "copied", "imported")


def check_policy(step: Step, touched: Touched, contents: Contents) -> Iterator[Finding]:
    """A changed policy: whether a record says so, and what it allows now."""
    for _, change in touched.kind("policy"):
        try:
            old = contents.policy(change.before, change.path)
        except BrokenFile:
            continue
        try:
            new = contents.policy(change.after, change.path)
        except BrokenFile as error:
            yield step.finding("SWR221", error.what, change.path)
            continue
        looser = list(relaxations(old, new))
        told = [one.event for one in step.events if isinstance(one.event, PolicyChangedEvent)]
        if looser and not any(event.relaxes for event in told):
            yield step.finding(
                "SWR217", f"the policy allows more ({'; '.join(looser)}), and no record says so",
                change.path,
            )  # fmt: skip
        elif guards_differ(old, new) and not told and change.before:
            yield step.finding(
                "SWR217", "the policy changed, and no record says so", change.path,
                severity="warning",
            )  # fmt: skip
        for what in looser:
            yield step.finding("SWR218", what, change.path)

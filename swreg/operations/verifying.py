"""Re-hash what is stored against the catalogs, and check signatures where they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from swreg.domain.approving import identity_key
from swreg.domain.events import ApprovedEvent
from swreg.domain.finding import Finding, Spot, failing, finding
from swreg.domain.names import Reference
from swreg.domain.record import Record, parse
from swreg.operations.checking import FINDINGS
from swreg.operations.checks import files, stored
from swreg.operations.checks.contents import Contents
from swreg.operations.checks.state import Scope, StateView, unreadable
from swreg.operations.outcome import Outcome, read_outcome
from swreg.operations.project import Project
from swreg.operations.sealing import Sealed, seals
from swreg.operations.signatures import Rules, find_signers, proven_event
from swreg.storage.clock import today
from swreg.storage.commits import commits
from swreg.storage.signing import commit_signatures, signed_by
from swreg.storage.source import Revision, load_policy

_MEANS = {
    "N": "is not signed",
    "B": "has a bad signature",
    "U": "is signed by a key that nobody vouches for",
    "X": "bears a signature that has expired",
    "Y": "is signed by a key that has expired",
    "R": "is signed by a key that was revoked",
    "E": "has a signature that cannot be checked here",
    "G": "is signed by somebody else",
}
"""What each letter of git's signature status says of a commit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyReport:
    """How many versions were hashed, how many records' signatures were looked at, and findings.

    `models` has what was said of each model signature, and of each that was missing.
    """

    versions: int
    signatures: int
    findings: tuple[Finding, ...]
    models: tuple[Sealed, ...] = ()


def verify(
    project: Project,
    reference: Reference | None = None,
    *,
    signatures: bool = False,
    at: str | None = None,
    progress: Callable[[int], None] = lambda done: None,
) -> Outcome[VerifyReport]:
    """Hash the files of a model, or of all, against the committed catalogs, those in stores too.

    With `signatures` every record's commit must be signed by the person it names, with a key of
    the policy's allowed signers, or an approval must bear a signature of its own; and every model
    signature must be that of a trusted key. `at` is a
    revision or day. `progress` is told how many bytes were read. The outcome's exit code is 4 where something is wrong.
    """
    project.require_layout()
    names = None
    if reference is not None:
        known = project.registry(at, reference.names)
        names = {name for name in reference.names if known.homes_of(name)}
        if len(names) != 1:
            names = {project.find(reference, at).model.name}
    tip = project.commit_at(at)
    items = project.git.list_tree(tip, project.layout.specweave) if tip else iter(())
    view = StateView(
        project, Contents(project.git), {one.path: one for one in items}, Scope(), today()
    )
    found = [*unreadable(view), *files.digests(view, progress, names=names)]
    found += stored.stores(view, progress, names=names)
    looked = 0
    if signatures and tip is not None:
        made = list(_signatures(project, tip, names))
        looked, found = len(made), [*found, *(one for one in made if one is not None)]
    versions = [
        (path, one) for path, _, one in view.found() if names is None or one.model.name in names
    ]
    sealed: tuple[Sealed, ...] = ()
    if signatures and tip is not None:
        source = Revision(project.git, tip)
        rules = Rules(load_policy(source, project.layout), source)
        sealed = tuple(seals(project, rules, source, [one for _, one in versions]))
        paths = {(one.model.name, one.version): path for path, one in versions}
        found += [
            finding(
                "SWR226",
                f"{one.model} {one.version} {one.fault}",
                view.at(paths[one.model, one.version], one.model, one.version),
            )
            for one in sealed
            if one.fault
        ]
    report = VerifyReport(
        versions=len(versions), signatures=looked, findings=tuple(found), models=sealed
    )
    return read_outcome("registry-verify", report, exit_code=FINDINGS if failing(found) else 0)


def _signatures(project: Project, tip: str, names: set[str] | None) -> Iterator[Finding | None]:
    """For each record of those models what is wrong with its signature, None where it is good."""
    source = Revision(project.git, tip)
    rules = Rules(load_policy(source, project.layout), source)
    signers = find_signers(rules, project.layout)
    if signers is None:
        yield finding(
            "SWR225", "no allowed signers are configured, so no signature can be checked",
            Spot(path=project.layout.policy),
            fix="commit a file of allowed signers and name it as signing.allowed_signers",
            severity="warning" if rules.policy.signing.model_keys else None,
        )  # fmt: skip
        return
    if project.git.is_shallow:
        yield finding("SWR222", "this clone is shallow: signatures of older commits are not here")
    told = {
        commit.id: [
            one.event
            for one in parse(commit.message)
            if isinstance(one, Record) and (names is None or one.event.model in names)
        ]
        for commit in commits(project.git, "--fixed-strings", "--grep=Swreg-End: ", tip)
    }
    states = commit_signatures(
        project.git, [oid for oid, events in told.items() if events], signers
    )
    for oid, events in told.items():
        for event in events:
            state = states.get(oid)
            own = isinstance(event, ApprovedEvent) and proven_event(project.git, signers, event)
            if own or signed_by(state, identity_key(event.actor), signers):
                yield None
                continue
            what = _MEANS.get(state.status if state else "N", "has a signature git cannot judge")
            spot = Spot(
                path=project.layout.specweave, model=event.model,
                version=str(getattr(event, "version", "")), commit=oid,
            )  # fmt: skip
            yield finding("SWR225", f"'{event.summary()}' by {event.actor} {what}", spot)

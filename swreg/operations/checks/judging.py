"""What the gates say of an event that was committed, on the state that it found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from swreg.domain import gates
from swreg.domain.catalog import Found, Model
from swreg.domain.drift import Judge
from swreg.domain.events import PromotedEvent, RolledBackEvent, VersionEvent
from swreg.domain.gates import Violation
from swreg.domain.policy import Gates
from swreg.domain.promotion import Promotion
from swreg.domain.shape import Timestamp
from swreg.domain.stage import POINTED, Stage
from swreg.errors import BrokenFile
from swreg.operations.evidence import promotion_of
from swreg.operations.project import Project
from swreg.operations.promote import required_by
from swreg.operations.signatures import Rules, verified_approvals
from swreg.storage.source import Revision


def judge_of(project: Project, rules: Rules, tree: str | None, home: str) -> Judge:
    """The judge of one home's events under these rules, with the files of a revision."""

    def judge(model: Model, event: VersionEvent) -> Iterator[Violation]:
        found = Found(home, model, event.version)
        if isinstance(event, PromotedEvent) and event.to in POINTED:
            request = found.entry.request
            asked = request is not None and request.to is event.to
            requester = request.by if request and asked else event.actor
            wish = _wish(project, rules, tree, found, event.to, event, requester=requester)
            policy = required_by(rules.policy, event.to, asked=asked)
        elif isinstance(event, RolledBackEvent):
            live, over = found.entry.deployed_at is not None, _over(found, event.at)
            if live and not over:
                return
            wish = _wish(
                project, rules, tree, found, Stage.PRODUCTION, event,
                requester=event.actor, was_live=live,
            )  # fmt: skip
            policy = rules.policy
        else:
            return
        overridden = event.forced and bool(event.reason)
        for one in gates.violations(wish, policy):
            if not (overridden and one.forceable):
                yield one

    return judge


def _over(found: Found, at: Timestamp) -> bool:
    return found.entry.past_end_of_life(date.fromisoformat(at[:10]))


def _wish(
    project: Project, rules: Rules, tree: str | None, found: Found, to: Stage,
    event: VersionEvent, *, requester: str, was_live: bool = False,
) -> Promotion:  # fmt: skip
    verified = verified_approvals(project, rules, found, to, at=event.at, tip=tree)
    wish = Promotion(
        model=found.model, version=found.version, from_=found.stage, to=to,
        actor=event.actor, at=event.at, requester=requester, was_live=was_live,
        verified=verified,
    )  # fmt: skip
    if rules.policy.gates == Gates():
        return wish
    try:
        source = Revision(project.git, tree)
        facts = promotion_of(
            project, source, found, to, actor=event.actor, at=event.at, requester=requester,
            unsealed=_unsealed(project, rules, source, found, to),
        )  # fmt: skip
    except BrokenFile:
        # A check of its own reports the file; a gate that needs it finds nothing.
        return wish
    return replace(facts, was_live=was_live, verified=verified)


def _unsealed(project: Project, rules: Rules, source: Revision, found: Found, to: Stage) -> str:
    if not rules.policy.gates.model_signature:
        return ""
    from swreg.operations import sealing

    return sealing.unsealed(project, rules, source, found, to)

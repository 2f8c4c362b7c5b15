"""Which alerts of the version in production are open: told of, and not said to be over.

An alert is told when it begins and when it is over, however long it lasts in between. Both are
events, so every machine and every fresh clone knows from the history what is still going on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from swreg.domain.events import (
    Event,
    PromotedEvent,
    RolledBackEvent,
    TriggerFiredEvent,
    TriggerResolvedEvent,
)
from swreg.domain.stage import Stage
from swreg.domain.version import Version

NO_FIGURE = "no figure"
"""How the evidence begins where a rule fired because its window had no figures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What was told of one rule in this deployment: the newest breach, the newest missing window,
    and which of them is not over.
    """

    breach: TriggerFiredEvent | None = None
    missing: TriggerFiredEvent | None = None
    open: TriggerFiredEvent | None = None

    def newest(self, *, missing: bool) -> TriggerFiredEvent | None:
        """The newest event of one of the two kinds."""
        return self.missing if missing else self.breach

    def lasts(self, *, missing: bool) -> bool:
        """Whether this is told already: a breach is news where only figures were missing."""
        return self.open is not None and (missing or self.open == self.breach)


NOTHING_TOLD = Told()


def told_of(events: Iterable[Event], version: Version) -> Mapping[str, Told]:
    """What was told by rule, since the version entered production the last time.

    `events` are those of one model, in the order of the history.
    """
    told: dict[str, Told] = {}
    for event in events:
        if isinstance(event, RolledBackEvent) or _enters(event):
            told = {}
        elif isinstance(event, TriggerFiredEvent) and event.version == version:
            rule, _, seen = event.observed.partition(": ")
            before = told.get(rule, NOTHING_TOLD)
            missing = seen.startswith(NO_FIGURE)
            told[rule] = Told(
                breach=before.breach if missing else event,
                missing=event if missing else before.missing,
                open=event,
            )
        elif isinstance(event, TriggerResolvedEvent) and event.version == version:
            rule = event.observed.partition(": ")[0]
            before = told.get(rule, NOTHING_TOLD)
            told[rule] = Told(breach=before.breach, missing=before.missing)
    return told


def _enters(event: Event) -> bool:
    return isinstance(event, PromotedEvent) and event.to is Stage.PRODUCTION

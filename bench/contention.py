"""How many promotions a second one hosted branch takes: a simulation of the compare-and-swap push.

A push lands only if nobody else's landed since its clone last fetched; else the clone fetches,
decides again and pushes again, after a random pause that doubles, as `operations/pushing.py` does.
So one branch lands at most one push per fetch, decision and push, whatever the number of writers;
more writers only fail more often. Registries that lie in several repositories share the load.
"""

from __future__ import annotations

import heapq
import random
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

FIRST_PAUSE, LONGEST_PAUSE, TRIES = 0.05, 2.0, 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What one writer waits for, in seconds. `host` is the host's own work on one push."""

    commit: float
    decide: float
    fetch: float
    push: float
    host: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Promotions a second in all, over this many repositories, for so many seconds."""

    rate: float
    registries: int
    seconds: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Landed:
    """What came of a load: how long promotions took from the command to the landed push."""

    waits: Sequence[float]
    pushes: int
    given_up: int

    @property
    def median(self) -> float:
        """Half of the promotions landed within so many seconds."""
        return statistics.median(self.waits)

    @property
    def slowest_percent(self) -> float:
        """All but a hundredth landed within so many seconds."""
        return sorted(self.waits)[int(len(self.waits) * 0.99)]

    @property
    def pushes_each(self) -> float:
        """Pushes for one promotion; one where nobody is in the way."""
        return self.pushes / (len(self.waits) + self.given_up)


@dataclass(slots=True)
class _Writer:
    registry: int
    began: float
    base: int = 0
    tries: int = 0


def simulate(costs: Costs, load: Load, *, seed: int = 0) -> Landed:
    """Play a load; the same seed gives the same play.

    A writer's clone is up to date when its command starts. A host takes one push to a branch at
    a time, in the order in which they arrive.

    >>> alone = simulate(Costs(commit=0.1, decide=0.1, fetch=0.2, push=0.3),
    ...                  Load(rate=0.01, registries=1, seconds=1000))
    >>> round(alone.median, 3), round(alone.pushes_each, 3)
    (0.4, 1.0)
    """
    return _Play(costs, random.Random(seed), registries=load.registries).all(load)


class _Play:
    """Everything that is still to happen, by the time at which it does."""

    def __init__(self, costs: Costs, chance: random.Random, *, registries: int) -> None:
        self.costs, self.chance = costs, chance
        self.tips = [0] * registries
        self.free = [0.0] * registries
        self.waits: list[float] = []
        self.pushes = self.given_up = 0
        # The second number keeps the order of what is due at the same time.
        self.due: list[tuple[float, int, str, _Writer]] = []
        self.number = 0

    def later(self, at: float, what: str, writer: _Writer) -> None:
        self.number += 1
        heapq.heappush(self.due, (at, self.number, what, writer))

    def all(self, load: Load) -> Landed:
        at = 0.0
        while (at := at + self.chance.expovariate(load.rate)) < load.seconds:
            self.later(at, "read", _Writer(self.chance.randrange(load.registries), at))
        while self.due:
            now, _, what, writer = heapq.heappop(self.due)
            if what == "read":
                writer.base = self.tips[writer.registry]
                spent = self.costs.decide if writer.tries else self.costs.commit
                self.later(now + spent + self.costs.push, "push", writer)
            elif now < self.free[writer.registry]:
                self.later(self.free[writer.registry], "push", writer)
            else:
                self.arrive(now, writer)
        return Landed(waits=self.waits, pushes=self.pushes, given_up=self.given_up)

    def arrive(self, now: float, writer: _Writer) -> None:
        """A push reaches its host: it lands, or the writer begins again."""
        self.pushes += 1
        writer.tries += 1
        self.free[writer.registry] = now + self.costs.host
        if writer.base == self.tips[writer.registry]:
            self.tips[writer.registry] += 1
            self.waits.append(now + self.costs.host - writer.began)
        elif writer.tries == TRIES:
            self.given_up += 1
        else:
            longest = min(FIRST_PAUSE * 2 ** (writer.tries - 1), LONGEST_PAUSE)
            pause = self.chance.uniform(0, longest)
            self.later(now + pause + self.costs.fetch, "read", writer)

"""The simulation behind the advice on splitting a registry, against what can be computed."""

from __future__ import annotations

import pytest

from bench.contention import Costs, Load, simulate

COSTS = Costs(commit=0.2, decide=0.2, fetch=0.2, push=0.3, host=0.1)


def test_alone_a_promotion_takes_commit_push_and_host() -> None:
    played = simulate(COSTS, Load(rate=0.001, registries=1, seconds=20_000))
    assert played.median == pytest.approx(0.2 + 0.3 + 0.1)
    assert (played.pushes_each, played.given_up) == (1.0, 0)


def test_no_promotion_is_lost_from_the_count() -> None:
    played = simulate(COSTS, Load(rate=3, registries=1, seconds=60))
    assert len(played.waits) + played.given_up == pytest.approx(180, rel=0.3)


def test_one_branch_lands_no_more_than_one_push_at_a_time_in_the_host() -> None:
    played = simulate(COSTS, Load(rate=30, registries=1, seconds=2), seed=1)
    landed = len(played.waits)
    assert max(played.waits) >= (landed - 1) * COSTS.host


def test_more_repositories_wait_less() -> None:
    loads = [Load(rate=4, registries=count, seconds=60) for count in (1, 4, 16, 64)]
    pushes = [simulate(COSTS, load).pushes_each for load in loads]
    assert pushes == sorted(pushes, reverse=True)
    assert pushes[-1] < 1.2 < pushes[0]


def test_the_same_seed_plays_the_same() -> None:
    load = Load(rate=2, registries=2, seconds=30)
    assert simulate(COSTS, load, seed=7) == simulate(COSTS, load, seed=7)
    assert simulate(COSTS, load, seed=7) != simulate(COSTS, load, seed=8)

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from swreg.errors import UsageError
from swreg.monitoring.assignment import assign

KEYS = [f"user-{n}" for n in range(20_000)]


@pytest.mark.parametrize("split", [0.01, 0.1, 0.5])
@pytest.mark.parametrize("salt", ["fraud v3.1.0", "other", ""])
def test_the_split_is_kept_within_chance(split: float, salt: str) -> None:
    treated = sum(assign(key, split, salt=salt) == "treatment" for key in KEYS)
    expected = [len(KEYS) * split, len(KEYS) * (1 - split)]
    assert chisquare([treated, len(KEYS) - treated], expected).pvalue > 1e-4


def test_two_tests_deal_independently() -> None:
    counts = [0, 0, 0, 0]
    for key in KEYS:
        one, other = (assign(key, 0.5, salt=salt) == "treatment" for salt in ("a", "b"))
        counts[2 * one + other] += 1
    assert chisquare(counts).pvalue > 1e-4


def test_known_answers_hold_on_every_machine() -> None:
    """Worked out with `printf KEY | openssl dgst -sha256 -hmac SALT`."""
    dealt = [assign(key, 0.5, salt="fraud v3.1.0") for key in ("user-1", "user-2", "müller", "")]
    assert dealt == KNOWN


KNOWN = ["treatment", "control", "treatment", "treatment"]


def test_another_process_deals_alike() -> None:
    code = (
        "from swreg.monitoring.assignment import assign\n"
        "print(*(assign(f'user-{n}', 0.3, salt='s') for n in range(200)))"
    )
    for seed in ("0", "1"):
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": "."},
            text=True,
            capture_output=True,
            check=True,
        )
        assert done.stdout.split() == [assign(f"user-{n}", 0.3, salt="s") for n in range(200)]


@given(st.text(st.characters(exclude_categories=[])), st.floats(0, 1), st.floats(0, 1))
def test_a_growing_split_keeps_whom_it_has(key: str, one: float, other: float) -> None:
    small, large = sorted((one, other))
    if assign(key, small, salt="s") == "treatment":
        assert assign(key, large, salt="s") == "treatment"
    assert assign(key, 0.0, salt="s") == "control"
    assert assign(key, 1.0, salt="s") == "treatment"


@pytest.mark.parametrize("split", [-0.1, 1.1, 10, float("nan")])
def test_a_split_is_a_share(split: float) -> None:
    with pytest.raises(UsageError, match="is no share; use"):
        assign("x", split, salt="s")

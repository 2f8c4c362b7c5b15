"""Tests that stay valid however often one looks, and whenever one stops.

The difference of two means is tested with a mixture sequential probability ratio test: H. Robbins,
"Statistical methods related to the law of the iterated logarithm", Ann. Math. Statist. 41, 1970,
with a normal mixture as R. Johari, P. Koomen, L. Pekelis and D. Walsh use it for A/B tests,
"Always valid inference: continuous monitoring of A/B tests", Operations Research 70(3), 2022.
The variance is estimated, which makes the guarantee asymptotic: I. Waudby-Smith, D. Arbour,
R. Sinha, E. H. Kennedy and A. Ramdas, "Time-uniform central limit theory and asymptotic
confidence sequences", Ann. Statist. 52(6), 2024, https://arxiv.org/abs/2103.06476.

With z the difference in standard errors and r the information in units of the mixture, the
likelihood ratio is (1 + r)^(-1/2) exp(z^2 r / (2 (1 + r))). Under no difference it exceeds
1/alpha at any time with a probability of at most alpha.
"""

from __future__ import annotations

from math import exp, inf, lgamma, log, log1p, sqrt
from statistics import NormalDist

_NORMAL = NormalDist()
_BELIEF = 100.0


def information(
    control: int, treatment: int, *, planned: float, split: float, alpha: float
) -> float:
    """How much is known (r above) from so many outcomes in each arm.

    The mixture is laid so that the test is sharpest at `planned` outcomes in all, of which
    `split` in the treatment; it is valid at any other number too.
    """
    effective = control * treatment / max(control + treatment, 1)
    return _sharpest(alpha) * effective / (planned * split * (1 - split))


def p_value(z: float, r: float) -> float:
    """The always valid two-sided p-value: the inverse of the likelihood ratio, at most 1.

    >>> p_value(0.0, 5.0), round(p_value(4.0, 8.0), 5)
    (1.0, 0.00245)
    """
    return min(1.0, exp(-_log_ratio(z, r)))


def critical(r: float, alpha: float) -> float:
    """The |z| from which on the difference counts; infinite while nothing is known."""
    return sqrt((1 + 1 / r) * (-2 * log(alpha) + log1p(r))) if r > 0 else inf


def power(effect: float, error: float, r: float, alpha: float) -> float:
    """The chance that a true difference shows, on its side, at this look; `error` is its standard
    error. The chance that it shows at this or an earlier look is larger.
    """
    return _NORMAL.cdf(abs(effect) / error - critical(r, alpha)) if error > 0 and r > 0 else 0.0


def detectable(error: float, r: float, *, alpha: float, wanted: float) -> float:
    """The smallest true difference that shows at this look with the `wanted` chance."""
    return error * (critical(r, alpha) + _NORMAL.inv_cdf(wanted))


def sample_ratio_p(control: int, treatment: int, split: float) -> float:
    """The always valid p-value that the arms were dealt by `split`.

    A Beta mixture of concentration 100 around the split, the two-armed case of M. Lindon and
    A. Malek, "Anytime-valid inference for multinomial count data", NeurIPS 2022.

    >>> sample_ratio_p(900, 100, 0.1), sample_ratio_p(500, 500, 0.1) < 1e-100
    (1.0, True)
    """
    a, b = _BELIEF * split, _BELIEF * (1 - split)
    ratio = _log_beta(a + treatment, b + control) - _log_beta(a, b)
    return min(1.0, exp(min(treatment * log(split) + control * log(1 - split) - ratio, 0.0)))


def _log_ratio(z: float, r: float) -> float:
    return (z * z * r / (1 + r) - log1p(r)) / 2


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def _sharpest(alpha: float) -> float:
    # The r at which `critical` is least solves r = 2 ln(1/alpha) + ln(1 + r); the iteration
    # contracts by a factor of about ten at each step.
    r = 8.0
    for _ in range(20):
        r = -2 * log(alpha) + log1p(r)
    return r

"""Whether two versions differ by more than chance, from a metric on every fold.

The folds of a cross-validation share most of their training data, so a plain paired t-test finds
differences that are not there. We use the corrected resampled t-test (C. Nadeau and Y. Bengio,
"Inference for the Generalization Error", Machine Learning 52, 2003): the variance of the paired
differences d is scaled by 1/k + n_test/n_train, which is 1/k + 1/(k-1) for k folds.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import fmean, variance
from typing import Any

from swreg.domain.metadata_keys import Metadata

FOLDS = "metrics_folds"
"""The key of metadata that has them: `{"accuracy": [0.86, 0.88, …]}`."""
TEST = "corrected resampled t-test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Significance:
    """How likely a difference like this is by chance: the two-sided `p` over `folds` folds."""

    p: float
    folds: int
    test: str = TEST


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """One metric of two versions on the same folds: Student's t and its degrees of freedom."""

    metric: str
    t: float
    folds: int

    @property
    def freedom(self) -> int:
        return self.folds - 1


def paired(old: Metadata, new: Metadata) -> Iterator[Paired]:
    """The metrics that both versions have on equally many folds, where they can be tested.

    Folds are paired by their order. Where every fold differs by the same amount there is no
    variance to test with.

    >>> from swreg.domain.metadata import make_metadata
    >>> a = make_metadata({"metrics_folds": {"accuracy": [0.80, 0.82, 0.81]}})
    >>> b = make_metadata({"metrics_folds": {"accuracy": [0.83, 0.84, 0.86]}})
    >>> [(one.metric, round(one.t, 3), one.freedom) for one in paired(a, b)]
    [('accuracy', 2.39, 2)]
    """
    before, after = folds_of(old), folds_of(new)
    for metric in sorted(before.keys() & after.keys()):
        if len(before[metric]) == len(after[metric]) >= 2:
            differences = [b - a for a, b in zip(before[metric], after[metric], strict=True)]
            t = _corrected_t(differences)
            if t is not None:
                yield Paired(metric=metric, t=t, folds=len(differences))


def _corrected_t(differences: list[float]) -> float | None:
    count, mean = len(differences), fmean(differences)
    spread = variance(differences, mean)
    # What is left of equal differences after rounding is no variance.
    if math.sqrt(spread) <= 1e-12 * max(1.0, abs(mean)):
        return None
    return mean / math.sqrt((1 / count + 1 / (count - 1)) * spread)


def folds_of(metadata: Metadata) -> Mapping[str, tuple[float, ...]]:
    """The metrics per fold that metadata holds; what is no list of numbers is passed over."""
    raw: Any = metadata.further.get(FOLDS)
    if not isinstance(raw, Mapping):
        return {}
    return {
        str(name): tuple(float(one) for one in values)
        for name, values in raw.items()
        if isinstance(values, (list, tuple)) and all(map(_is_number, values))
    }


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)

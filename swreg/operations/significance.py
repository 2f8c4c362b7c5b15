"""The chance of the differences in a comparison, where both versions have metrics per fold."""

from __future__ import annotations

from dataclasses import replace

from swreg.domain.comparison import Comparison
from swreg.domain.metadata_keys import Metadata
from swreg.domain.significance import Significance, paired
from swreg.errors import MissingExtra


def with_significance(
    comparison: Comparison, old: Metadata, new: Metadata
) -> tuple[Comparison, str | None]:
    """The comparison with a p-value for each metric that can be tested.

    A comparison needs no extra package: without SciPy it stays as it is, and the second value
    says what is missing.
    """
    found = list(paired(old, new))
    if not found:
        return comparison, None
    try:
        from scipy import stats
    except ImportError:
        return comparison, str(MissingExtra("scipy", "stats", "testing the metrics of the folds"))
    tested = {
        one.metric: Significance(p=float(2 * stats.t.sf(abs(one.t), one.freedom)), folds=one.folds)
        for one in found
        if one.metric in comparison.metrics
    }
    return replace(comparison, significance=tested), None

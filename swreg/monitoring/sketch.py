"""A quantile sketch: a window of samples as counts in buckets that grow with the value.

DDSketch of Masson, Rim and Lee, "DDSketch: a fast and fully-mergeable quantile sketch with
relative-error guarantees", PVLDB 12(12), 2019, https://arxiv.org/abs/1908.10693, without its
collapsing of small buckets. A quantile read from it is within `ERROR` (1 %) of a sample of that
rank, relative to its size, for values down to 1e-300, whatever their distribution; merging
sketches loses nothing.

Bucket `k > 0` holds values in (gamma^(k-1-OFFSET), gamma^(k-OFFSET)], bucket 0 holds 0 and the
values too small to tell from it, and bucket `-k` the mirror of `k`; so buckets sort as values do.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import ceil, exp, log

ERROR = 0.01
"""The relative error of a quantile."""

_GAMMA = (1 + ERROR) / (1 - ERROR)
_LOG_GAMMA = log(_GAMMA)
_PER_LOG = 1 / _LOG_GAMMA
_OFFSET = 40_000
_TINY = 1e-300


def sketch_of(values: Sequence[float]) -> Counter[int]:
    """The buckets of finite values.

    >>> sorted(sketch_of([0.0, 0.0, 1.0, -1.0]).items())
    [(-40000, 1), (0, 2), (40000, 1)]
    """
    if min(values, default=1.0) >= _TINY:
        return Counter([ceil(log(value) * _PER_LOG) + _OFFSET for value in values])
    found: Counter[int] = Counter()
    for value, count in Counter(values).items():
        found[_bucket(value)] += count
    return found


def merge(sketches: Iterable[Mapping[int, int]]) -> Counter[int]:
    """One sketch of everything in them."""
    whole: Counter[int] = Counter()
    for sketch in sketches:
        for bucket, count in sketch.items():
            whole[bucket] += count
    return whole


def quantile(sketch: Mapping[int, int], q: float) -> float | None:
    """The value of which the fraction `q` of the samples is not above; None of an empty sketch."""
    total = sum(sketch.values())
    if not total:
        return None
    rank = q * (total - 1)
    below = 0
    for bucket in sorted(sketch):
        below += sketch[bucket]
        if below > rank:
            return _value(bucket)
    raise AssertionError("the last bucket holds every rank")  # pragma: no cover


def dump(sketch: Mapping[int, int]) -> bytes:
    """Little-endian: all buckets as int32, then all counts as uint64; `load` reads it."""
    buckets = sorted(sketch)
    return struct.pack(
        f"<{len(buckets)}i{len(buckets)}Q", *buckets, *(sketch[bucket] for bucket in buckets)
    )


def load(data: bytes) -> dict[int, int]:
    """The sketch that `dump` wrote.

    >>> load(dump({40000: 2, -40000: 1}))
    {-40000: 1, 40000: 2}
    """
    size = len(data) // 12
    numbers = struct.unpack(f"<{size}i{size}Q", data)
    return dict(zip(numbers[:size], numbers[size:], strict=True))


def _bucket(value: float) -> int:
    if value >= _TINY:
        return ceil(log(value) * _PER_LOG) + _OFFSET
    return 0 if value > -_TINY else -_bucket(-value)


def _value(bucket: int) -> float:
    if bucket <= 0:
        return -_value(-bucket) if bucket else 0.0
    # The middle of the bucket; the largest floats would overflow by their rounding.
    return exp(min((bucket - _OFFSET) * _LOG_GAMMA - log((_GAMMA + 1) / 2), 709.78))

"""A quantile sketch: a window of samples as counts in buckets that grow with the value.

DDSketch of Masson, Rim and Lee, "DDSketch: a fast and fully-mergeable quantile sketch with
relative-error guarantees", PVLDB 12(12), 2019, https://arxiv.org/abs/1908.10693, without its
collapsing of small buckets. A quantile read from it is within `ERROR` (1 %) of a sample of that
rank, relative to its size, for values down to 1e-300, whatever their distribution; merging
sketches loses nothing. A sketch is bytes, as it is stored.

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


def sketch_of(values: Sequence[float]) -> bytes:
    """The sketch of finite values.

    >>> sorted(buckets(sketch_of([0.0, 0.0, 1.0, -1.0])))
    [(-40000, 1), (0, 2), (40000, 1)]
    """
    if min(values, default=1.0) >= _TINY:
        return _dump(Counter([ceil(log(value) * _PER_LOG) + _OFFSET for value in values]))
    found: Counter[int] = Counter()
    for value, count in Counter(values).items():
        found[_bucket(value)] += count
    return _dump(found)


def merge(sketches: Iterable[bytes]) -> bytes:
    """One sketch of everything in them."""
    # Most of the cost of a wide window is here, so it is a plain dict and a bound method.
    whole: dict[int, int] = {}
    counted = whole.get
    for sketch in sketches:
        for bucket, count in buckets(sketch):
            whole[bucket] = counted(bucket, 0) + count
    return _dump(whole)


def quantile(sketch: bytes, q: float) -> float | None:
    """The value of which the fraction `q` of the samples is not above; None of an empty sketch."""
    pairs = list(buckets(sketch))
    rank = q * (sum(count for _, count in pairs) - 1)
    below = 0
    for bucket, count in pairs:
        below += count
        if below > rank:
            return _value(bucket)
    return None


def buckets(sketch: bytes) -> Iterable[tuple[int, int]]:
    """Each bucket, in ascending order, with its count; raises `struct.error` for other bytes."""
    size = len(sketch) // 12
    numbers = struct.unpack(f"<{size}i{size}Q", sketch)
    return zip(numbers[:size], numbers[size:], strict=True)


def _dump(found: Mapping[int, int]) -> bytes:
    """Little-endian: all buckets in ascending order as int32, then all counts as uint64."""
    order = sorted(found)
    return struct.pack(f"<{len(order)}i{len(order)}Q", *order, *(found[bucket] for bucket in order))


def _bucket(value: float) -> int:
    if value >= _TINY:
        return ceil(log(value) * _PER_LOG) + _OFFSET
    return 0 if value > -_TINY else -_bucket(-value)


def _value(bucket: int) -> float:
    if bucket <= 0:
        return -_value(-bucket) if bucket else 0.0
    # The middle of the bucket; the largest floats would overflow by their rounding.
    return exp(min((bucket - _OFFSET) * _LOG_GAMMA - log((_GAMMA + 1) / 2), 709.78))

"""Who gets which version in an A/B test: a hash decides, so it is the same everywhere, always."""

from __future__ import annotations

import hashlib
import hmac
from typing import Literal

from swreg.errors import UsageError

Arm = Literal["control", "treatment"]


def assign(key: str, split: float, *, salt: str) -> Arm:
    """The arm of a key (a user, an account), where `split` is the share of the treatment.

    The first eight bytes of HMAC-SHA256(salt, key), both in UTF-8, as a big-endian fraction of
    2^64: below `split` means treatment. That is easy to do in any language and needs no memory.
    Another `salt`, best the name of the test, deals the keys anew. A key that is in the treatment
    stays there when the split grows. Raises `UsageError` for a split outside 0 to 1.

    >>> assign("user-17", 0.1, salt="fraud v3.1.0"), assign("user-17", 1.0, salt="fraud v3.1.0")
    ('control', 'treatment')
    """
    if not 0 <= split <= 1:
        raise UsageError(f"the split {split!r} is no share", "use 0.1 for ten per cent")
    mixed = hmac.digest(_bytes(salt), _bytes(key), hashlib.sha256)
    return "treatment" if int.from_bytes(mixed[:8]) < split * 2**64 else "control"


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")

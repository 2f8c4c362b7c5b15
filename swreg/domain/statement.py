"""What an approver signs, and how the signature stands in the catalog.

The statement is canonical JSON over what was approved, and a nonce that makes two approvals two
statements. The signature is kept as `<kind>:<nonce>:<base64 of the armoured signature>`.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import Literal

from swreg.domain.stage import Stage
from swreg.domain.version import Version

NAMESPACE = "swreg-approval"
Kind = Literal["ssh", "gpg"]

_KEPT = re.compile(r"(ssh|gpg):([0-9a-f]{16,64}):([A-Za-z0-9+/=]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Detached:
    """A signature apart from what it signs: by which program, under which nonce."""

    kind: Kind
    nonce: str
    armour: bytes

    def __str__(self) -> str:
        return f"{self.kind}:{self.nonce}:{base64.b64encode(self.armour).decode()}"


def parse_detached(text: str) -> Detached | None:
    """The signature in the text of a catalog, or None where it is none.

    The law: `parse_detached(str(d)) == d`.
    """
    found = _KEPT.fullmatch(text)
    if found is None:
        return None
    try:
        armour = base64.b64decode(found[3], validate=True)
    except binascii.Error:
        return None
    return Detached(kind="ssh" if found[1] == "ssh" else "gpg", nonce=found[2], armour=armour)


def statement(model: str, version: Version, *, digest: str, stage: Stage, nonce: str) -> bytes:
    """The bytes that an approver signs.

    >>> statement("m", Version.parse("v1"), digest="sha256:ab", stage=Stage.PRODUCTION, nonce="7")
    ... # doctest: +ELLIPSIS
    b'{"digest":"sha256:ab","model":"m","nonce":"7","purpose":"swreg-approval",...}'
    """
    facts = {
        "purpose": NAMESPACE,
        "model": model,
        "version": str(version),
        "digest": digest,
        "stage": str(stage),
        "nonce": nonce,
    }
    return json.dumps(facts, sort_keys=True, separators=(",", ":")).encode()

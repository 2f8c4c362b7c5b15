"""Broken input of every kind meets every parser: an error of ours or a value, and soon.

A normal run takes moments; SWREG_TEST_FUZZ_SECONDS says for how long each parser is tried.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable

import pytest

from swreg.domain.names import parse_reference
from swreg.domain.record import parse
from swreg.domain.version import Version
from swreg.errors import SwregError
from swreg.operations.merge_driver import merge_files
from swreg.storage import catalog_yaml
from swreg.storage.source import parse_policy

SECONDS = float(os.environ.get("SWREG_TEST_FUZZ_SECONDS") or 0.3)
SLOW = 1.0
CATALOG = b"""schema: 1
models:
  fraud-model:
    stages:
      production: "v3.0.0"
    versions:
      "v3.0.0":
        registered: {at: "2024-01-10T09:12:44Z", by: "Ada <a@example.org>", increment: "0042-x"}
        artifact: {path: "models/fraud-v3.0.0", digest: "sha256:9f", content: "sha256:77", size: 12}
"""
RECORD = b"""chore(registry): promote fraud-model v3.1.0

Swreg-Event: promoted
Swreg-Model: fraud-model
Swreg-Version: v3.1.0
Swreg-To: production
Swreg-Reason: "A/B \\u0041"
Swreg-End: eeda643f87f09a86
"""
POLICY = b"stages: {production: {approval: {required: true, approvers: [ada, grace]}}}\ngates: {}\n"
PIECES = (b"\x00", b"\xff", b"'", b'"', b"{", b"[" * 300, b"&a ", b"*a", b"!!x ", b": ", b"\n", b"-",
          b"@", b"v1.2.3", b"9" * 400, b"\xe2\x80\xae", b"---\n", b"<<<<<<< ours\n", b"Swreg-")  # fmt: skip


def text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


PARSERS: dict[str, tuple[bytes, Callable[[bytes], object]]] = {
    "catalog": (CATALOG, catalog_yaml.load),
    "record": (RECORD, lambda data: list(parse(text(data)))),
    "version": (b"v1.2.3-rc.1+build", lambda data: Version.parse(text(data))),
    "reference": (b"fraud-model@production", lambda data: parse_reference(text(data))),
    "policy": (POLICY, lambda data: parse_policy(data, name="policy")),
    "merge": (CATALOG, lambda data: merge_files("model_catalog.yaml", CATALOG, data, CATALOG)),
}


def mutated(source: random.Random, data: bytes) -> bytes:
    """The bytes with a few pieces put in, cut out, repeated or replaced."""
    for _ in range(source.randint(1, 4)):
        at, end = sorted(source.randint(0, len(data)) for _ in range(2))
        piece = source.choice((*PIECES, data[at:end], source.randbytes(2), b""))
        data = data[:at] + piece + data[source.choice((at, end)) :]
    return data[:20_000]


@pytest.mark.parametrize("name", PARSERS)
def test_fuzz(name: str) -> None:
    seed, parser = PARSERS[name]
    source = random.Random(name)
    parser(seed)
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        data = mutated(source, seed)
        begun = time.process_time()
        try:
            parser(data)
        except SwregError:
            pass
        except Exception as error:  # noqa: BLE001
            pytest.fail(f"{name} of {data!r}: {error!r}")
        assert time.process_time() - begun < SLOW, data

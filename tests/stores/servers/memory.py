"""fsspec's store in this process's memory: what any store of fsspec must do, and no network."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.stores.servers.table import Server


@contextmanager
def serve(place: Path) -> Iterator[Server]:
    pytest.importorskip("fsspec", reason="fsspec is missing")
    yield Server(uri=f"memory://{os.urandom(6).hex()}/registry")

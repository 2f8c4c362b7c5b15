"""A folder of this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.stores.servers.table import Server


@contextmanager
def serve(place: Path) -> Iterator[Server]:
    (place / "store").mkdir()
    yield Server(uri=f"file://{place}/store")

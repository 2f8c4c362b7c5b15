"""The stores that every promise is tried on: a new one is one file beside this and one row here."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running store: an address in it, the environment that opens it, and its process.

    `refuses` says whether the server looks at credentials, `pid` is None for what is no process.
    """

    uri: str
    environment: Mapping[str, str] = field(default_factory=dict)
    pid: int | None = None
    port: int | None = None
    refuses: bool = False


# Each with its module; `real` ones need programs of somebody else and are marked so.
SERVERS: dict[str, tuple[str, bool]] = {
    "folder": ("folder", False),
    "memory": ("memory", False),
    "moto": ("s3", False),
    "azurite": ("azurite", True),
    "gcs": ("gcs", False),
    "sftp": ("sftp", False),
}


def serve(name: str, place: Path) -> AbstractContextManager[Server]:
    """Start a store; it skips the test, naming what is missing, where it can't."""
    module = import_module(f"tests.stores.servers.{SERVERS[name][0]}")
    started: AbstractContextManager[Server] = module.serve(place)
    return started

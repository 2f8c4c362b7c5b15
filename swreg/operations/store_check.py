"""Try out what a store does: the one that the policy names, or any address."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from swreg.errors import NotFound
from swreg.operations.outcome import Outcome, read_outcome
from swreg.operations.project import Project
from swreg.operations.storing import patience
from swreg.storage.artifacts.probing import Probe, probes
from swreg.storage.artifacts.stores import open_store

UNFIT = 4
"""Exit code where the store does not give back what it was given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreReport:
    """A store's address and what was tried there."""

    store: str
    probes: tuple[Probe, ...]


def check_store(project: Project, uri: str | None = None) -> Outcome[StoreReport]:
    """Try a store out with an object of our own, which is removed again.

    The outcome's exit code is 4 where the store cannot be used. Raises `NotFound` where no store
    is named and none is configured, `EnvironmentFault` where it cannot be reached.
    """
    uri = uri or project.storage or project.policy.artifacts.storage
    if uri is None:
        raise NotFound("no store is configured", "set artifacts.storage, or name an address")
    store = open_store(uri)
    with tempfile.TemporaryDirectory() as place:
        found = probes(store, Path(place), patience=patience(project))
    code = UNFIT if any(not one.held and one.needed for one in found) else 0
    weak = (f"{one.name}: {one.what}" for one in found if not one.held)
    report = StoreReport(store=str(store.address), probes=found)
    return read_outcome("store-check", report, *weak, exit_code=code)

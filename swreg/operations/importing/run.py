"""Bring an offer into the registry: all of it in one commit, or nothing.

What was imported before is known by its origin, which the history file keeps; so a second run
finds nothing to do, also in a shallow clone. Stages are judged by the policy like any promotion.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from swreg.domain import gates
from swreg.domain.foreign import Understood, Words, understood, without_handovers
from swreg.domain.gates import Violation
from swreg.domain.lineage import LineageGraph
from swreg.domain.names import plain_text
from swreg.errors import FactError, UsageError
from swreg.operations.importing.bytes_aside import Aside
from swreg.operations.importing.model import ModelImport, Row
from swreg.operations.importing.offer import Offer
from swreg.operations.lineage_file import with_graphs
from swreg.operations.outcome import Outcome
from swreg.operations.past import home_events
from swreg.operations.project import Project
from swreg.operations.transaction import Transaction, WriteOptions, write
from swreg.storage.artifacts.payload import staging
from swreg.storage.git import Git

Result = Literal["imported", "present", "unmapped"]
_UNMAPPED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """How to import: into which increment, with which words, and what is allowed.

    `pointers` registers versions whose bytes are not here by where they are; without `stages`
    everything arrives in dev. `force` overrides gates that yield to it, with a reason.
    """

    increment: str | None = None
    words: Words = field(default_factory=Words)
    pointers: bool = False
    stages: bool = True
    force: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What became of everything in the source, and how much of it is new here."""

    system: str
    source: str
    rows: tuple[Row, ...]

    def count(self, result: Result, kind: str) -> int:
        """How many versions or stages came out so."""
        return sum(row.result == result and row.kind == kind for row in self.rows)


def run_import(
    project: Project,
    offer: Offer,
    *,
    how: ImportOptions = ImportOptions(),
    options: WriteOptions = WriteOptions(),
) -> Outcome[Imported]:
    """Import an offer. The exit code is 1 where something has no equal here.

    Raises `UsageError` for names that collide, `AlreadyExists` for a number that has other bytes
    here, `FactError` for versions without bytes, and `PolicyRefused` for stages that the policy
    would not have allowed.
    """
    if how.force and not how.reason:
        raise UsageError("--force needs a reason", "say --reason why the rule does not hold here")
    how = replace(how, reason=plain_text(how.reason, kind="reason") if how.reason else "")
    project.require_layout()
    acts = offer.acts if how.stages else ()
    found = understood([one.version for one in offer.versions], acts, how.words)
    with staging(project.git.common_dir / "swreg") as place:
        aside = Aside(offer, place)
        _fetch(project, offer, found, aside, how)

        def decide(tx: Transaction) -> Imported:
            return _decide(tx, offer, found, aside, how)

        outcome = write(project, "registry-import", decide, options)
    missed = any(row.result == "unmapped" for row in outcome.data.rows)
    return replace(
        outcome,
        warnings=(*offer.notes, *outcome.warnings),
        exit_code=_UNMAPPED if missed else 0,
    )


def _fetch(
    project: Project, offer: Offer, found: Understood, aside: Aside, how: ImportOptions
) -> None:
    """Bring the bytes of what is new here aside, before anything is locked."""
    tx = Transaction(project, project.tip, dry_run=True)
    known = _known(tx, found)
    wanted = [
        step.what.origin
        for steps in found.steps.values()
        for step in steps
        if step.what.origin in aside.offered and step.what.origin not in known
    ]
    missing = [] if how.pointers else [one for one in map(aside.why_not, wanted) if one]
    if missing:
        shown = "; ".join(missing[:3]) + (f"; and {len(missing) - 3} more" if missing[3:] else "")
        raise FactError(
            f"the bytes are not here of {shown}",
            "fetch them there, or use --pointers to register where they are",
        )
    for origin in wanted:
        aside.payload(origin)


def _known(tx: Transaction, found: Understood) -> frozenset[str]:
    """The origins of everything that was imported before into the homes of these models."""
    homes = {home for name in found.steps for home in tx.registry.homes_of(name)}
    return frozenset(
        event.origin for home in homes for event in home_events(tx.source, home) if event.origin
    )


def _decide(
    tx: Transaction, offer: Offer, found: Understood, aside: Aside, how: ImportOptions
) -> Imported:
    known = _known(tx, found)
    rows: list[Row] = []
    standing: list[Violation] = []
    graphs: dict[str, list[LineageGraph]] = {}
    same = _same_repository(tx.project.git, offer)
    for name, steps in found.steps.items():
        one = ModelImport(tx, name, known=known, aside=aside, how=how, same_repository=same)
        rows += one.run(without_handovers(steps))
        standing += one.violations
        one.finish(graphs)
    gates.require(list(dict.fromkeys(standing)), force=how.force)
    for home, made in graphs.items():
        if made:
            with_graphs(tx, home, made)
    left = [one for one in offer.unmapped if not how.words.only or one.name in how.words.only]
    rows += [
        Row(kind="other", source=one.source, result="unmapped", reason=one.reason)
        for one in (*found.unmapped, *left)
    ]
    data = Imported(system=offer.system, source=offer.source, rows=tuple(rows))
    versions, stages = data.count("imported", "version"), data.count("imported", "stage")
    tx.headline = f"import {versions} versions and {stages} changes from {offer.system}"
    return data


def _same_repository(git: Git, offer: Offer) -> bool:
    """Whether commits of the source are commits here."""
    return Path(offer.source) == git.root

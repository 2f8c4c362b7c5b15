"""Register what completed increments left behind, whichever way they were completed.

Run it as often as you like: what is registered already, by its bytes or by its run's own record,
is left alone. Each model is one commit, so that each stands or is refused for itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from swreg.domain.catalog import Found
from swreg.domain.leftover import is_model_file
from swreg.domain.version import Version
from swreg.errors import (
    AlreadyExists,
    Contention,
    EnvironmentFault,
    NotReady,
    SwregError,
    UsageError,
)
from swreg.operations.evidence import facts_of
from swreg.operations.experiment import settle
from swreg.operations.leftovers import Leftover, leftovers
from swreg.operations.numbering import wish_of
from swreg.operations.outcome import Outcome
from swreg.operations.project import Project
from swreg.operations.register_saved import register_saved
from swreg.operations.transaction import WriteOptions
from swreg.storage.artifacts.payload import fact_of
from swreg.storage.files import disk_errors
from swreg.storage.layout import home_name
from swreg.storage.specweave import IncrementFacts, IncrementStatus, increment_facts

Result = Literal["registered", "present", "skipped", "refused"]
_REFUSED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """What became of one model on disk: registered, present before, skipped or refused, and why.

    `source` is its path below the increment. In a dry run `registered` means that it would be;
    the version is None where it follows another one of the same dry run.
    """

    increment: str
    source: str
    result: Result
    model: str | None = None
    version: Version | None = None
    reason: str = ""


def reconcile(
    project: Project, *, options: WriteOptions = WriteOptions()
) -> Outcome[tuple[Reconciled, ...]]:
    """Register the models of completed increments that are not registered yet.

    They are looked for on disk, in every lifecycle folder: in `experiments/<name>/`, and as flat
    files in `models/`. Increments that are ready for review are only reported. The exit code is 1
    where a registration was refused. Raises `NotReady` in a bare repository and while a merge or
    the like is in progress, `UsageError` in an environment.
    """
    project.require_layout()
    if project.layout.environment is not None:
        raise UsageError("an environment has no increments", "leave the environment out")
    if project.git.bare:
        raise NotReady("a bare repository has no models left on disk", "use a clone of it")
    work = _Work(project, options)
    for facts in increment_facts(project.files, project.increments()):
        if work.stopped is None:
            work.take(facts)
    return work.outcome()


class _Work:
    """One pass over the increments: what is known by bytes, and what was done so far."""

    def __init__(self, project: Project, options: WriteOptions) -> None:
        self.project = project
        self.options = options
        self.rows: list[Reconciled] = []
        self.outcomes: list[Outcome[Any]] = []
        self.stopped: SwregError | None = None
        self.expected: set[str] = set()
        self.learn()

    def learn(self) -> None:
        """Which model files are registered, as of now: the digest of each, and its version."""
        fresh = Project(self.project.git, self.project.layout)
        state = fresh.state()
        self.registry = state.registry
        found = [
            Found(home, model, version)
            for home, model in state.registry.models()
            for version in model.versions
        ]
        self.known = {
            digest: (one.model.name, one.version)
            for one, facts in zip(found, facts_of(fresh, state.source, *found), strict=True)
            for digest in _digests(facts)
        }

    def take(self, facts: IncrementFacts) -> None:
        """Every model of one increment."""
        if not _worth_saying(facts):
            return
        if not self.options.dry_run:
            settle(self.project, facts.home)
        names = {model.name for _, model in self.registry.models()}
        here = {model.name for home, model in self.registry.models() if home == facts.home}
        for one in leftovers(self.project.git.root, facts.home, names, here):
            if self.stopped is None and (row := self._row(one, facts)) is not None:
                self.rows.append(row)

    def _row(self, one: Leftover, facts: IncrementFacts) -> Reconciled | None:
        row = Reconciled(increment=facts.name, source=one.source, result="skipped", model=one.name)
        try:
            if (found := self._present(one)) is not None:
                return replace(row, result="present", model=found[0], version=found[1])
            if (why_not := _not_now(facts) or one.why_not) is not None:
                return replace(row, reason=why_not)
            if one.name is None:
                return replace(row, reason=_unclear(one))
            return self._register(one, row)
        except (NotReady, EnvironmentFault, Contention) as error:
            if not self.outcomes:
                raise
            self.stopped = error
        except SwregError as error:
            return replace(row, result="refused", reason=str(error))
        return None

    def _present(self, one: Leftover) -> tuple[str, Version | None] | None:
        """The version that has one of these files, or that the run registered itself."""
        for name, text in one.registered:
            version = Version.try_parse(text)
            if version in self._versions(name):
                return name, version
        with disk_errors(f"read {one.source}"):
            facts = [fact_of(file) for file in one.files if file.exists()]
        # One file is enough: native formats hold the time, so that saving again differs there.
        return next((self.known[one.sha256] for one in facts if one.sha256 in self.known), None)

    def _versions(self, name: str) -> set[Version | None]:
        return {
            version
            for _, model in self.registry.models()
            if model.name == name
            for version in model.versions
        }

    def _register(self, one: Leftover, row: Reconciled) -> Reconciled:
        try:
            wish = wish_of(
                str(one.name),
                version=str(one.version) if one.version else None,
                increment=home_name(one.home),
                reason=f"left in {one.source}",
            )
            outcome = register_saved(
                self.project, wish, one.files, facts=one.facts,
                requirements=one.requirements, options=self.options,
            )  # fmt: skip
        except AlreadyExists:
            # Another process may have registered the same bytes meanwhile.
            self.learn()
            if (found := self._present(one)) is None:
                raise
            return replace(row, result="present", model=found[0], version=found[1])
        self.outcomes.append(outcome)
        follows = self.options.dry_run and wish.name in self.expected
        self.expected.add(wish.name)
        if not self.options.dry_run:
            self.learn()
        version = None if follows else outcome.data.version.version
        reasons = "; ".join(outcome.data.reasons)
        return replace(row, result="registered", version=version, reason="" if follows else reasons)

    def outcome(self) -> Outcome[tuple[Reconciled, ...]]:
        """What was done, as one outcome; the commit is the last one."""
        refusals = [one.refusal for one in self.outcomes if one.refusal is not None]
        refusal = self.stopped or next(iter(refusals), None)
        refused = any(row.result == "refused" for row in self.rows)
        return Outcome(
            command="reconcile",
            data=tuple(self.rows),
            records=tuple(record for one in self.outcomes for record in one.records),
            commit=next((one.commit for one in reversed(self.outcomes) if one.commit), None),
            warnings=tuple(line for one in self.outcomes for line in one.warnings),
            dry_run=self.options.dry_run,
            refusal=refusal,
            exit_code=refusal.exit_code if refusal else _REFUSED * refused,
        )


def _digests(facts: Mapping[str, Any]) -> list[str]:
    """The sha256 of each model file that a version's metadata lists."""
    files = facts.get("files")
    listed = [one for one in files if isinstance(one, dict)] if isinstance(files, list) else []
    return [str(one.get("sha256")) for one in listed if is_model_file(str(one.get("path", "")))]


def _not_now(facts: IncrementFacts) -> str | None:
    if facts.status is IncrementStatus.COMPLETED:
        return None
    if facts.status is IncrementStatus.READY_FOR_REVIEW:
        return "the increment is ready for review; it is registered once that is completed"
    return facts.fault or f"the increment is {facts.status}"


def _worth_saying(facts: IncrementFacts) -> bool:
    """An increment that is still worked on, or was given up, is nobody's question."""
    return facts.fault is not None or facts.status in (
        IncrementStatus.COMPLETED,
        IncrementStatus.READY_FOR_REVIEW,
    )


def _unclear(one: Leftover) -> str:
    if one.source.startswith("experiments/"):
        return "which model is it? save_model(register_as=…) says so"
    return f"which model is it? swreg registry-register NAME --artifact {one.home}/{one.source}"

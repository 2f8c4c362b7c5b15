"""Import what belongs to one model: its versions, and what happened to them, in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from swreg.domain import gates, imported_moves
from swreg.domain.catalog import Found
from swreg.domain.events import ImportedEvent, PromotedEvent, RolledBackEvent, VersionEvent
from swreg.domain.foreign import ForeignAct, ForeignVersion, Step
from swreg.domain.gates import Violation
from swreg.domain.lineage import LineageGraph
from swreg.domain.metadata import write_metadata
from swreg.domain.metadata_keys import GitFact, Versioning
from swreg.domain.names import visible
from swreg.domain.promotion import Promotion
from swreg.domain.shape import Timestamp
from swreg.domain.stage import POINTED, Stage
from swreg.domain.version import Version
from swreg.errors import AlreadyExists, Held, UsageError
from swreg.operations.evidence import facts_of, folder_of
from swreg.operations.importing.bytes_aside import Aside
from swreg.operations.lineage_file import graph_of
from swreg.operations.numbering import Wish, number
from swreg.operations.placing import place_files
from swreg.operations.promote import proofs
from swreg.operations.register import complete, home_and_model, wish_increment
from swreg.operations.transaction import Transaction
from swreg.operations.version_files import VersionFiles, digest_of, from_artifact, generated
from swreg.storage.layout import home_name, version_folder

if TYPE_CHECKING:
    from swreg.operations.importing.run import ImportOptions, Result


_LONGEST = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What became of one thing in the source: `kind` is version, stage or other."""

    kind: str
    source: str
    result: Result
    model: str | None = None
    version: Version | None = None
    stage: Stage | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Fresh:
    """What gates look at of a version: its `metadata.json` as plain data, and its files' names."""

    metadata: Mapping[str, Any]
    names: tuple[str, ...]


class ModelImport:
    """One model on its way in; `violations` are the gates that its stages did not pass."""

    def __init__(
        self, tx: Transaction, name: str, *, known: frozenset[str], aside: Aside,
        how: ImportOptions, same_repository: bool,
    ) -> None:  # fmt: skip
        self.tx = tx
        self.name = name
        self.known = known
        self.aside = aside
        self.how = how
        self.same_repository = same_repository
        self.wish = Wish(name=name, increment=how.increment)
        self.home, self.model = home_and_model(tx, self.wish)
        self.folder = wish_increment(tx, self.wish, self.home)
        self.fresh: dict[Version, _Fresh] = {}
        self.graphs: list[LineageGraph] = []
        self.violations: list[Violation] = []
        self.rolled_back: set[Version] = set()

    def run(self, steps: Iterable[Step]) -> list[Row]:
        """Take every step; what is known is left, what has no equal here is told."""
        return [self._row(step) for step in steps]

    def finish(self, graphs: dict[str, list[LineageGraph]]) -> None:
        """Add what the new versions were made from to the graphs of their home."""
        graphs.setdefault(self.home, []).extend(self.graphs)

    def _row(self, step: Step) -> Row:
        kind = "version" if isinstance(step.what, ForeignVersion) else "stage"
        row = Row(
            kind=kind,
            source=step.what.origin,
            result="present",
            model=self.name,
            version=step.version,
            stage=step.to,
        )
        # A pointer without a date may come back to where it was; it is held against ours.
        pointer = isinstance(step.what, ForeignAct) and step.what.at is None
        if step.what.origin in self.known and not pointer:
            return row
        if isinstance(step.what, ForeignVersion):
            return self._version(step.what, step.version, row)
        try:
            return self._act(step.what, step, row)
        except (UsageError, Held) as error:
            return replace(row, result="unmapped", reason=str(error))

    def _version(self, what: ForeignVersion, version: Version | None, row: Row) -> Row:
        files = self._files(what)
        if (same := self._same(files, version)) is not None:
            return replace(row, version=same, reason="registered already, with the same bytes")
        versioning = Versioning(reasons=(f"imported from {self.aside.system}",))
        if version is None:
            if self.model.latest in self.fresh:
                reason = "it has no number, and numbered versions come with it; write one"
                return replace(row, result="unmapped", reason=reason)
            version, versioning, _ = number(self.tx, self.wish, self.home, self.model, files)
        metadata = complete(
            self.tx, self.wish, files, version=version, increment=self.folder, code=None,
            versioning=versioning,
        )  # fmt: skip
        made = generated(files, metadata)
        relative = version_folder(self.name, version)
        place_files(self.tx, f"{self.folder}/{relative}", files.payload, made)
        self._apply(self._imported(what, version, files, digest_of(files.payload.files, made)))
        names = (*(one.path for one in files.payload.files), *made)
        self.fresh[version] = _Fresh(write_metadata(metadata), names)
        self.graphs.append(graph_of(self.name, version, metadata, files.features))
        why = self.aside.why_not(what.origin)
        return replace(row, result="imported", version=version, reason=why and f"pointer: {why}")

    def _files(self, what: ForeignVersion) -> VersionFiles:
        """The files of a version, with its facts and its date."""
        try:
            payload = self.aside.payload(what.origin)
            own = self.aside.facts[what.origin]
            told = {**own, "imported": what.facts.get("imported")} if own else what.facts
            files = from_artifact(payload, told)
        except UsageError as error:
            raise UsageError(f"{what.origin}: {error.what}", error.hint) from None
        code = GitFact(commit=what.commit) if what.commit else None
        metadata = replace(
            files.metadata,
            created_at=files.metadata.created_at or self._at(what.at),
            git=files.metadata.git or code,
        )
        return replace(files, metadata=metadata)

    def _same(self, files: VersionFiles, version: Version | None) -> Version | None:
        """The version that has these bytes already; `AlreadyExists` where it has others."""
        content = files.payload.content
        if version is None:
            entries = self.model.versions.items()
            return next((one for one, entry in entries if entry.artifact.content == content), None)
        if version not in self.model.versions:
            return None
        if self.model.versions[version].artifact.content != content:
            raise AlreadyExists(
                f"{self.name} {version} is registered here with other files",
                f"--rename {self.name}=ANOTHER-NAME imports that model under a name of its own",
            )
        return version

    def _imported(
        self, what: ForeignVersion, version: Version, files: VersionFiles, digest: str
    ) -> ImportedEvent:
        pointer = self.aside.why_not(what.origin)
        return ImportedEvent(
            model=self.name,
            version=version,
            increment=home_name(self.folder),
            path=version_folder(self.name, version),
            digest=digest,
            content=files.payload.content,
            size=files.payload.size,
            code_commit=what.commit if self.same_repository else None,
            warnings=("the bytes are not here, only where they are",) if pointer else (),
            tags=what.tags,
            author=visible(what.author),
            origin=what.origin,
            actor=self.tx.actor,
            at=self._at(what.at),
            reason=self.how.reason,
        )

    def _at(self, at: Timestamp | None) -> Timestamp:
        """When it happened there; nothing happened after now."""
        return min(at or self.tx.now, self.tx.now)

    def _act(self, act: ForeignAct, step: Step, row: Row) -> Row:
        if step.version is None or step.version not in self.model.versions:
            raise UsageError(f"{self.name} has no version {act.version} here", "import it as well")
        found = Found(self.home, self.model, step.version)
        if act.at is None and step.to is not None and self._differs(found, step.to):
            held = self.model.stages.get(step.to)
            raise UsageError(
                f"{step.to} of {self.name} is {held} here and {step.version} there",
                "promote or roll back here, if theirs is right",
            )
        events = list(self._events(found, act, step.to))
        for event in events:
            self._apply(self._judged(event))
        return replace(row, result="imported" if events else "present")

    def _differs(self, found: Found, to: Stage) -> bool:
        """Whether a pointer there is not where ours was brought on purpose."""
        held = found.model.stages.get(to)
        return found.version not in self.fresh and held not in (None, found.version)

    def _events(self, found: Found, act: ForeignAct, to: Stage | None) -> Iterator[VersionEvent]:
        told = visible(act.note.strip())[:_LONGEST]
        facts: dict[str, Any] = {
            "origin": act.origin,
            "actor": self.tx.actor,
            "at": self._at(act.at),
            "reason": told or f"as it was in {self.aside.system}",
        }
        if act.kind == "deprecate":
            if found.entry.deprecated is None:
                yield imported_moves.deprecated(found, **facts)
        elif to is not None:
            if act.kind == "leave":
                yield from imported_moves.stage_left(found, to, **facts)
            else:
                lift = found.version in self.rolled_back
                yield from imported_moves.stage_taken(found, to, lift=lift, **facts)

    def _judged(self, event: VersionEvent) -> VersionEvent:
        """The event, forced where the caller overrides what the gates say of it."""
        if not isinstance(event, PromotedEvent) or event.to not in POINTED:
            return event
        found = Found(self.home, self.model, event.version)
        wish = Promotion(
            model=self.model,
            version=event.version,
            from_=event.from_,
            to=event.to,
            actor=event.actor,
            at=event.at,
            requester=event.actor,
            metadata=self._facts(found).metadata,
            production_metadata=self._live(),
            files=self._facts(found).names,
            verified=proofs(self.tx, found, event.to),
        )
        violations = gates.violations(wish, self.tx.policy)
        self.violations += [replace(one, what=f"{self.name} {one.what}") for one in violations]
        if violations and self.how.force:
            return replace(event, forced=True, reason=self.how.reason)
        return event

    def _live(self) -> Mapping[str, Any] | None:
        if self.model.production is None:
            return None
        return self._facts(Found(self.home, self.model, self.model.production)).metadata

    def _facts(self, found: Found) -> _Fresh:
        if found.version in self.fresh:
            return self.fresh[found.version]
        (metadata,) = facts_of(self.tx.project, self.tx.source, found)
        folder = folder_of(self.tx.project, self.tx.base, found)
        names = tuple(item.path[len(folder) + 1 :] for item in self.tx.source.files(folder))
        return _Fresh(metadata, names)

    def _apply(self, event: VersionEvent) -> None:
        if isinstance(event, RolledBackEvent) and event.replaces is not None:
            self.rolled_back.add(event.replaces)
        self.model = self.tx.apply(self.home, self.model, event) or self.model

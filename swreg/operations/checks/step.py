"""One change under judgement: a commit with its parents, or what is staged for the next one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from swreg.domain.events import Event
from swreg.domain.finding import Finding, Severity, Spot, finding
from swreg.domain.record import BadRecord, Record
from swreg.operations.checks.places import Place, place_of
from swreg.operations.project import Project
from swreg.operations.signatures import Rules
from swreg.storage.commits import Change


@dataclass(frozen=True, kw_only=True)
class Step:
    """A change and what judges it.

    `commit` is empty for what is staged. `changes` has one list per parent, against that parent.
    `based_at` is the committer's time of the first parent, 0 where nobody knows it. `tree` is the
    revision that has the files after the change, None where there is none yet. `proposed` is a
    commit that is judged before it is taken over, as in a range.
    """

    commit: str
    parents: tuple[str, ...]
    author: str
    committer: str
    records: tuple[Record | BadRecord, ...]
    changes: tuple[tuple[Change, ...], ...]
    rules: Rules
    tree: str | None
    based_at: int = 0
    proposed: bool = False

    @cached_property
    def events(self) -> tuple[Record, ...]:
        """The records that are whole."""
        return tuple(one for one in self.records if isinstance(one, Record))

    def finding(
        self, check_id: str, what: str, path: str = "", *, event: Event | None = None,
        model: str = "", version: object = "", line: int | None = None, fix: str = "",
        severity: Severity | None = None,
    ) -> Finding:  # fmt: skip
        """A finding about this change."""
        spot = Spot(
            path=path or self.path,
            line=line,
            model=model or (event.model if event else ""),
            version=str(version or getattr(event, "version", "")),
            commit=self.commit,
        )
        return finding(check_id, what, spot, fix=fix, severity=severity)

    @cached_property
    def path(self) -> str:
        """The first path that changed, for findings about the whole commit."""
        return next((one.path for group in self.changes for one in group), ".specweave")


@dataclass(frozen=True)
class Touched:
    """The changes against one parent, sorted by what they are."""

    changes: tuple[Change, ...]
    project: Project
    by_kind: dict[str, list[tuple[Place, Change]]] = field(default_factory=dict)

    @classmethod
    def of(cls, project: Project, changes: Iterable[Change]) -> Touched:
        """Sort changes."""
        made = cls(tuple(changes), project)
        for one in made.changes:
            place = place_of(project.layout, one.path)
            if place is not None:
                made.by_kind.setdefault(place.kind, []).append((place, one))
        return made

    def kind(self, *kinds: str) -> Iterator[tuple[Place, Change]]:
        """The changes of these kinds."""
        for kind in kinds:
            yield from self.by_kind.get(kind, ())

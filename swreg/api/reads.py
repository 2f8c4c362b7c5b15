"""The part of `ModelRegistry` that only reads; nothing but `get_model` loads a model."""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import TYPE_CHECKING, Any

from swreg.api.version import ModelVersion, model_version
from swreg.api.words import open_project, reference_to, stage_or_none, text
from swreg.domain.comparison import Comparison
from swreg.domain.names import parse_name, parse_reference
from swreg.domain.stage import Stage
from swreg.errors import UsageError
from swreg.operations.comparing import compare_versions
from swreg.operations.fetching import in_production
from swreg.operations.history import HistoryLine, history
from swreg.operations.listing import list_versions
from swreg.operations.project import Project
from swreg.operations.views import VersionView

if TYPE_CHECKING:
    from swreg.domain.lineage_query import Impact, Lineage


class RegistryReads:
    """Questions to the registry, each answered from the newest commit or as of a revision."""

    path: Path | None
    environment: str | None
    _warned: set[tuple[str, str]]

    def _project(self) -> Project:
        """The project as it is now: every call sees the newest commit."""
        return open_project(self.path, self.environment)

    def get_version(
        self,
        name: str,
        version: str | None = None,
        stage: str | Stage | None = None,
        *,
        at: str | None = None,
    ) -> ModelVersion:
        """One version without loading anything; by default the latest."""
        project = self._project()
        return model_version(
            project, project.find(reference_to(name, version=version, stage=stage), at), at
        )

    def get_model(
        self,
        name: str,
        version: str | None = None,
        stage: str | Stage | None = None,
        *,
        trust: bool = False,
        allow: AbstractSet[str] = frozenset(),
    ) -> Any:
        """The loaded model of a version or stage; warns once where it is deprecated."""
        found = self.get_version(name, version, stage)
        self._warn_if_deprecated(found)
        return found.load(trust=trust, allow=allow)

    def get_model_by_date(
        self,
        name: str,
        date: dt.date | str,
        *,
        trust: bool = False,
        allow: AbstractSet[str] = frozenset(),
    ) -> Any:
        """What was in production at the end of that day (UTC), loaded.

        Raises `NotFound` where nothing was, and says so by name in a shallow clone.
        """
        if date is None:
            raise UsageError("which day is it?", 'write date="2024-01-15"')
        project = self._project()
        found = in_production(project, parse_name(text(name, kind="name")), str(date))
        for line in (*project.date_warnings(str(date)), *project.broken_warnings()):
            warnings.warn(line, stacklevel=2)
        return model_version(project, found, str(date)).load(trust=trust, allow=allow)

    def _warn_if_deprecated(self, found: ModelVersion) -> None:
        reason = found.metadata.get("deprecated")
        if reason is None or (found.name, found.version) in self._warned:
            return
        self._warned.add((found.name, found.version))
        end = found.metadata.get("end_of_life")
        until = f", end of life {end}" if end else ""
        warnings.warn(f"{found} is deprecated: {reason}{until}", DeprecationWarning, stacklevel=3)

    def list_models(
        self,
        *,
        stage: str | Stage | None = None,
        tag: str | None = None,
        at: str | None = None,
        all_versions: bool = False,
    ) -> list[VersionView]:
        """The versions that matter of every model, or all of them; nothing is loaded."""
        outcome = list_versions(
            self._project(), at=at, stage=stage_or_none(stage), tag=tag, all_versions=all_versions
        )
        return list(outcome.data)

    def history(
        self, name: str | None = None, *, at: str | None = None, limit: int | None = None
    ) -> list[HistoryLine]:
        """The events of the commit log, newest first."""
        return list(history(self._project(), name, at=at, limit=limit).data)

    def compare_models(self, model_a: str, model_b: str, *, at: str | None = None) -> Comparison:
        """Hold `model_b` against `model_a`; `str()` is the report, `.verdict` the word."""
        a, b = (parse_reference(text(one, kind="model")) for one in (model_a, model_b))
        return compare_versions(self._project(), a, b, at=at).data

    def get_lineage(
        self, name: str, version: str | None = None, *, at: str | None = None
    ) -> Lineage:
        """Data → features → experiment → model → deployment; `str()` is the tree."""
        from swreg.operations.lineage import lineage

        return lineage(self._project(), reference_to(name, version=version), at=at).data

    def get_impact(self, node: str, *, name: str | None = None, at: str | None = None) -> Impact:
        """What changing `feature:x`, `data:y` or `experiment:z` touches, of one model or of all."""
        from swreg.operations.lineage import impact_of

        model = None if name is None else parse_reference(name)
        return impact_of(self._project(), node, model=model, at=at).data

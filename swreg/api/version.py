"""One registered version, as Python callers hold it."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from swreg.api.words import increment_version, value_of
from swreg.domain.catalog import Found
from swreg.domain.metadata import as_mapping
from swreg.domain.names import parse_reference
from swreg.operations.evidence import facts_of_version, folder_of
from swreg.operations.project import Project
from swreg.operations.views import VersionView, view
from swreg.storage.source import Revision


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """A version of a model: who it is, where it stands, what is known of it.

    `version` and `stage` are text (`"v3.1.0"`, `"production"`), `folder` is the path of its files
    in the repository, `digest` the sha256 of all of them. `metadata` joins the facts of
    `metadata.json` with the state in the catalog (stage, tags, approver, deployment).
    """

    name: str
    version: str
    stage: str
    digest: str
    folder: str
    metadata: Mapping[str, Any] = field(repr=False, compare=False)
    _found: Found = field(repr=False, compare=False)
    _project: Project = field(repr=False, compare=False)
    _at: str | None = field(default=None, repr=False, compare=False)

    def __str__(self) -> str:
        return f"{self.name} {self.version}"

    @property
    def path(self) -> Path:
        """The folder of the files in the work tree."""
        return self._project.git.root / self.folder

    def load(self, *, trust: bool = False, allow: AbstractSet[str] = frozenset()) -> Any:
        """The model object, verified and loaded by the safest format there is.

        Raises `IntegrityError` where the bytes are not those registered, `Unsafe` where loading
        would run code that is not allowed; `trust=True` lifts that limit, `allow` names more.
        """
        from swreg.operations.loading import load

        return load(self._project, self._found, at=self._at, trust=trust, allow=allow)

    @classmethod
    def register(
        cls,
        *,
        model_path: Path | str,
        name: str | None = None,
        increment: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        path: Path | str | None = None,
    ) -> Self:
        """Register a file as the next version; without `name`, of the increment's only model."""
        from swreg.api.registry import ModelRegistry

        registry = ModelRegistry(increment=increment, path=path)
        made = registry.register(model_path=model_path, name=name, metadata=metadata)
        return cls(*(getattr(made, slot) for slot in cls.__slots__))

    @classmethod
    def rollback(
        cls, to_version: str, *, reason: str = "rolled back", path: Path | str | None = None
    ) -> Self:
        """Roll the increment's only model back to a version such as `0042-v2`."""
        from swreg.api.registry import ModelRegistry

        increment, _ = increment_version(to_version)
        registry = ModelRegistry(increment=increment, path=path)
        made = registry.rollback_to(to_version, reason=reason)
        return cls(*(getattr(made, slot) for slot in cls.__slots__))


def model_version(project: Project, found: Found, at: str | None = None) -> ModelVersion:
    """The Python value of a version that was found at a revision or date."""
    commit = project.commit_at(at)
    facts = facts_of_version(project, Revision(project.git, commit), found)
    return ModelVersion(
        name=found.model.name,
        version=str(found.version),
        stage=str(found.stage),
        digest=found.entry.artifact.digest,
        folder=folder_of(project, commit, found),
        metadata={**as_mapping(facts.metadata), **_state(view(found))},
        _found=found,
        _project=project,
        _at=commit,
    )


def _state(now: VersionView) -> dict[str, Any]:
    state: dict[str, Any] = {
        "stage": str(now.stage),
        "updated_at": now.deployed_at or now.archived_at or now.registered_at,
        "registered_at": now.registered_at,
        "registered_by": now.registered_by,
        "deployed_at": now.deployed_at,
        "tags": list(now.tags),
        "approver": now.approved_by[-1] if now.approved_by else None,
        "held": now.held,
        "deprecated": now.deprecated,
        "end_of_life": str(now.end_of_life) if now.end_of_life else None,
        "replaced_by": str(now.replaced_by) if now.replaced_by else None,
    }
    return {key: value for key, value in state.items() if value is not None}


def written(project: Project, outcome: Any) -> ModelVersion:
    """The Python value of what a write left, read from the commit it made."""
    seen: VersionView = value_of(outcome)
    fresh = Project(project.git, project.layout)
    found = fresh.find(parse_reference(seen.model, str(seen.version)), outcome.commit)
    return model_version(fresh, found, outcome.commit)

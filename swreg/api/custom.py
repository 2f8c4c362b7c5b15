"""`CustomRegistry`: a registry whose files lie in a store that the caller names."""

from __future__ import annotations

from pathlib import Path

from swreg.api.registry import ModelRegistry
from swreg.api.words import text
from swreg.operations.project import Project
from swreg.storage.artifacts.stores import open_store


class CustomRegistry(ModelRegistry):
    """A `ModelRegistry` that keeps the files of new versions in a store: S3, GCS, Azure, a folder.

    `storage_uri` is the store's address, such as `"s3://ml-models/registry"`, `"gs://…"`,
    `"az://…"`, `"sftp://…"` or `"file:///srv/ml-models"`. State, approvals and history stay in git.
    The other arguments are those of `ModelRegistry`. Versions that were registered elsewhere are
    read from where they are.

    Raises `UsageError` for an address that is none or names a password, `MissingExtra` where the
    store's library is not installed.
    """

    def __init__(
        self,
        storage_uri: str,
        increment: str | None = None,
        environment: str | None = None,
        path: Path | str | None = None,
        *,
        push: bool | None = None,
    ) -> None:
        self.storage_uri = str(open_store(text(storage_uri, kind="storage_uri")).address)
        super().__init__(increment, environment, path, push=push)

    def __repr__(self) -> str:
        return f"CustomRegistry({self.storage_uri!r}, path={self._project().git.root.as_posix()!r})"

    def _of_increment(self, increment: str | None) -> CustomRegistry:
        return CustomRegistry(
            self.storage_uri, increment, self.environment, self.path, push=self.push
        )

    def _project(self) -> Project:
        project = super()._project()
        project.storage = self.storage_uri
        return project

"""The one door to an MLflow server: the few calls we make, each with a deadline, errors in our words.

The package `mlflow` is imported when a server is opened and never before. Credentials are those
that MLflow itself reads (`MLFLOW_TRACKING_USERNAME`, `MLFLOW_TRACKING_PASSWORD`,
`MLFLOW_TRACKING_TOKEN`); an address never holds any.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from swreg.errors import EnvironmentFault, MissingExtra, SwregError
from swreg.integrations.mlflow_errors import said, timed_out

T = TypeVar("T")

SLOWEST = 1_000_000
"""Bytes a second that a connection must carry, or the transfer counts as stuck."""
OLDEST, TOO_NEW = (2, 22), (4, 0)
_PAGE = 10_000


class Server:
    """An MLflow server. `seconds` bounds every call; transfers have time for their bytes on top.

    Raises `MissingExtra` where the client is not installed. Every call raises `NotFound` for what
    the server does not have, `AlreadyExists` for what it has, and `EnvironmentFault` else.
    """

    def __init__(self, uri: str, *, seconds: float = 20.0) -> None:
        self.uri = uri.rstrip("/")
        self.seconds = seconds
        self.client, self.registry = _clients(self.uri)

    def call(self, doing: str, work: Callable[[], T], *, size: int = 0) -> T:
        """Do one thing on the server within the deadline; `size` bytes are carried.

        The client's own time-outs are set for the while, because by default it tries for minutes;
        the deadline is our own, because they bound the pauses between bytes and not the whole.
        """
        box: list[Any] = []

        def run() -> None:
            try:
                box.extend((True, work()))
            except BaseException as error:  # noqa: BLE001 - handed over to the caller's thread
                box.extend((False, error))

        limit = self.seconds + size / SLOWEST
        thread = threading.Thread(target=run, name="swreg-mlflow", daemon=True)
        with _patience(self.seconds):
            thread.start()
            thread.join(limit)
        if not box:
            raise timed_out(self.uri, doing, limit)
        if box[0]:
            value: T = box[1]
            return value
        if isinstance(box[1], (SwregError, KeyboardInterrupt, SystemExit)):
            raise box[1]
        raise said(box[1], self.uri, doing) from None

    def version(self) -> str:
        """The server's own version; `EnvironmentFault` where it is none that we know to work."""
        text = self.call("ask for its version", self._version)
        number = tuple(int(part) for part in text.split(".")[:2] if part.isdigit())
        if len(number) != 2 or len(text) > 40:
            raise EnvironmentFault(
                f"{self.uri} does not answer like an MLflow server", "check the address"
            )
        if not OLDEST <= number < TOO_NEW:
            raise EnvironmentFault(
                f"{self.uri} runs MLflow {text}; swreg works with 2.22 up to 3.x",
                "use a server of one of these versions",
            )
        return text

    def _version(self) -> str:
        from mlflow.utils.credentials import get_default_host_creds
        from mlflow.utils.rest_utils import http_request

        answer = http_request(get_default_host_creds(self.uri), "/version", "GET")
        return str(answer.text).strip() if answer.status_code == 200 else ""

    # registered models

    def model(self, name: str) -> Any:
        """A registered model with its tags and aliases."""
        return self.call(f"read {name}", lambda: self.registry.get_registered_model(name))

    def create_model(self, name: str, tags: Mapping[str, str]) -> Any:
        """A new registered model without versions."""
        return self.call(
            f"create {name}", lambda: self.registry.create_registered_model(name, dict(tags))
        )

    def tag_model(self, name: str, key: str, value: str) -> None:
        """Set a tag of a registered model."""
        self.call(f"tag {name}", lambda: self.registry.set_registered_model_tag(name, key, value))

    def models(self, filter_: str) -> Iterator[Any]:
        """The registered models that a filter finds."""
        return self._pages(
            "list models",
            lambda token: self.client.search_registered_models(
                filter_, max_results=1000, page_token=token
            ),
        )

    def set_alias(self, name: str, alias: str, number: int) -> None:
        """Let an alias stand on a version."""
        self.call(
            f"set {alias} of {name}",
            lambda: self.registry.set_registered_model_alias(name, alias, str(number)),
        )

    def delete_alias(self, name: str, alias: str) -> None:
        """Let an alias stand nowhere."""
        self.call(
            f"take {alias} of {name} off",
            lambda: self.registry.delete_registered_model_alias(name, alias),
        )

    # versions

    def versions(self, name: str, semver: str | None = None) -> Iterator[Any]:
        """The versions of a model with their tags, all or those that say they are a SemVer."""
        filter_ = f"name='{name}'"
        if semver is not None:
            filter_ += f" AND tags.`swreg.semver`='{semver}'"
        return self._pages(
            f"list the versions of {name}",
            lambda token: self.client.search_model_versions(
                filter_, max_results=_PAGE, page_token=token
            ),
        )

    def create_version(self, name: str, run: str, path: str, tags: Mapping[str, str]) -> Any:
        """A new version: the files that a run has under `path`."""
        return self.call(
            f"create a version of {name}",
            lambda: self.registry.create_model_version(
                name, f"runs:/{run}/{path}", run, dict(tags), await_creation_for=0
            ),
        )

    def tag_version(self, name: str, number: int, key: str, value: str | None) -> None:
        """Set a tag of a version; None takes it off."""
        version = str(number)
        if value is None:
            work = lambda: self.registry.delete_model_version_tag(name, version, key)  # noqa: E731
        else:
            work = lambda: self.registry.set_model_version_tag(name, version, key, value)  # noqa: E731
        self.call(f"tag version {number} of {name}", work)

    def _pages(self, doing: str, page: Callable[[str | None], Any]) -> Iterator[Any]:
        token = None
        while True:
            found = self.call(doing, lambda: page(token))  # noqa: B023 - called at once
            yield from found
            token = found.token
            if not token:
                return


def upload(server: Server, place: str, folder: Path, *, size: int) -> None:
    """Put all files of a folder under an artifact address, such as a run's."""
    server.call(
        "upload the files", lambda: _files(server, place).log_artifacts(str(folder)), size=size
    )


def uploaded(server: Server, place: str) -> dict[str, int | None]:
    """The files under an artifact address with their sizes, by path."""

    def below(folder: str | None) -> Iterator[tuple[str, int | None]]:
        for one in _files(server, place).list_artifacts(folder):
            if one.is_dir:
                yield from below(one.path)
            else:
                yield one.path, one.file_size

    return server.call("list the files", lambda: dict(below(None)))


def download(server: Server, run: str, path: str, into: Path, *, size: int) -> None:
    """Write the files that a run has under `path` into a folder.

    The address is asked for and followed on this very server: MLflow's own downloads of `models:/`
    go to whatever server the process has set, and those of `runs:/` look for more than there is.
    """

    def work() -> None:
        place = server.client.get_run(run).info.artifact_uri
        _files(server, f"{place}/{path}").download_artifacts("", str(into))

    server.call("download the files", work, size=size)


def _files(server: Server, place: str) -> Any:
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

    return get_artifact_repository(place, tracking_uri=server.uri)


def _clients(uri: str) -> tuple[Any, Any]:
    """MLflow's client, and the part of it for models, which asks for nothing beside the call.

    The first reads the whole model before each change of a tag or alias, to see whether it is a
    prompt.
    """
    try:
        import mlflow
        from mlflow.tracking._model_registry.client import ModelRegistryClient
    except ImportError:
        raise MissingExtra("mlflow-skinny", "mlflow", "an MLflow server") from None
    return mlflow.MlflowClient(tracking_uri=uri, registry_uri=uri), ModelRegistryClient(uri, uri)


@contextmanager
def _patience(seconds: float) -> Iterator[None]:
    """The client's time-outs, for a while. What the user has set stays."""
    ours = {
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
        "MLFLOW_HTTP_REQUEST_TIMEOUT": str(max(1, int(seconds))),
        "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
        "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    }
    set_here = {name: value for name, value in ours.items() if name not in os.environ}
    os.environ.update(set_here)
    try:
        yield
    finally:
        for name in set_here:
            os.environ.pop(name, None)

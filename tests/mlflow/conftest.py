"""Real servers, each started once and only where a test asks for it."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.mlflow.proxy import Proxy, proxied
from tests.mlflow.servers import VERSIONS, Running, running, why_not

Start = Callable[[str], Running]


@pytest.fixture(scope="session")
def start_mlflow(
    _pinned_session: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Start]:
    """Start the server of a version, once; skip by name where it cannot be had."""
    with ExitStack() as stack:
        started: dict[str, Running] = {}

        def start(version: str) -> Running:
            if importlib.util.find_spec("mlflow") is None:
                pytest.skip("the package mlflow-skinny is not installed")
            reason = why_not(version)
            if reason:
                pytest.skip(reason)
            if version not in started:
                folder: Path = tmp_path_factory.mktemp(f"mlflow-{version}")
                started[version] = stack.enter_context(running(version, folder))
            return started[version]

        yield start


@pytest.fixture(params=VERSIONS)
def mlflow_server(request: pytest.FixtureRequest, start_mlflow: Start) -> Running:
    """A server of each version that we promise to work with."""
    return start_mlflow(request.param)


@pytest.fixture
def mlflow3(start_mlflow: Start) -> Running:
    """The server of the newest version."""
    return start_mlflow("3")


@pytest.fixture
def proxy(mlflow3: Running) -> Iterator[Proxy]:
    """The newest server behind a proxy that counts and fails."""
    with proxied(mlflow3.uri) as one:
        yield one

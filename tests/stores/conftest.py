"""The stores as fixtures: each is started once for a module, and each test has a place of its own."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.stores.servers.table import SERVERS, Server, serve


def _parameters() -> list[Any]:
    marks = {True: [pytest.mark.real, pytest.mark.slow], False: []}
    return [pytest.param(name, marks=marks[real]) for name, (_, real) in SERVERS.items()]


@pytest.fixture(scope="module", params=_parameters())
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """Every store there is, one after the other."""
    with serve(request.param, tmp_path_factory.mktemp("server")) as started:
        yield started


@pytest.fixture(scope="module")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """S3 in one process."""
    with serve("moto", tmp_path_factory.mktemp("moto")) as started:
        yield started


@pytest.fixture
def place(server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """The store with an address that no other test uses, opened by the environment."""
    return own(server, monkeypatch)


def own(server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """The server at an address of its own, its environment set."""
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    uri = f"{server.uri}/{os.urandom(4).hex()}"
    if uri.startswith("file://"):
        os.mkdir(uri.removeprefix("file://"))
    return dataclasses.replace(server, uri=uri)

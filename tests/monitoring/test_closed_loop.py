"""The whole loop: a real service degrades after a promotion, and a watch takes it back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from swreg import ModelMonitor, ModelRegistry
from tests.conftest import Repo
from tests.monitoring.monitored import live
from tests.registered import NAME

PATIENCE = 60.0
HERE = Path(__file__).parent


@contextmanager
def running(repo: Repo, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, *words],
        cwd=repo.path,
        env=dict(os.environ),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)
        assert process.stderr is not None
        process.stderr.close()


class Client:
    """Asks the service all the time, and remembers every answer and every failure."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/"
        self.answers: list[dict[str, str]] = []
        self.failures: list[str] = []
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        while not self.stop.wait(0.01):
            try:
                with urllib.request.urlopen(self.url, timeout=5) as answer:
                    self.answers.append(json.loads(answer.read()))
            except OSError as error:
                self.failures.append(str(error))

    @property
    def version(self) -> str:
        return self.answers[-1]["version"] if self.answers else ""


def until(ask: Callable[[], bool], what: str, *alive: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not ask():
        for one in alive:
            assert one.poll() is None, f"{what}: a process stopped: {one.communicate()[1]!r}"
        assert time.monotonic() < deadline, f"{what}: not in time"
        threading.Event().wait(0.05)


def register(registry: ModelRegistry, version: str, answer: str) -> None:
    registry.register_model(
        NAME, model={"answer": answer, "version": version}, version=version, metadata={}
    )
    registry.promote_model(NAME, version, to_stage="staging")


@pytest.mark.real
@pytest.mark.timeout(180)
def test_a_bad_promotion_is_taken_back_without_a_failed_request(repo: Repo, tmp_path: Path) -> None:
    registry = ModelRegistry(path=repo.path)
    register(registry, "v1.0.0", "good")
    registry.promote_model(NAME, "v1.0.0", to_stage="production")
    ModelMonitor(registry).set_auto_rollback(
        metric="error_rate", threshold=0.2, window="1m", min_samples=20, name=NAME
    )
    register(registry, "v1.1.0", "bad")
    port = tmp_path / "port"
    service_words = (str(HERE / "service.py"), str(repo.path), str(port))
    watch_words = ("-m", "swreg", "monitor", "watch", "--interval", "1s")
    with running(repo, *service_words) as service, running(repo, *watch_words) as watch:
        until(lambda: port.exists() and bool(port.read_text()), "start", service, watch)
        client = Client(int(port.read_text()))
        client.thread.start()
        try:
            until(lambda: client.version == "v1.0.0", "serving", service, watch)
            registry.promote_model(NAME, "v1.1.0", to_stage="production")
            until(lambda: client.version == "v1.1.0", "following", service, watch)
            until(lambda: live(repo) == "v1.0.0", "rolling back", service, watch)
            until(lambda: client.version == "v1.0.0", "going back", service, watch)
        finally:
            client.stop.set()
            client.thread.join(10)
    assert client.failures == []
    assert {one["answer"] for one in client.answers} == {"good", "bad"}
    (line,) = registry.history(limit=1)
    assert line.kind == "rolled-back"
    assert "error_rate mean above 0.2 over 1m: 1 in " in line.reason
    assert repo.status() == ""

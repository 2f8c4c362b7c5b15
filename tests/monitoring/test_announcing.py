"""Who wants to hear of alerts hears of them, however it goes with the channel."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from swreg.domain.policy import Notification
from swreg.domain.shape import Timestamp
from swreg.monitoring.notify import Message
from swreg.monitoring.outbox import undelivered
from swreg.operations import delivering
from swreg.operations.announcing import outbox, resend, waiting
from swreg.operations.delivering import deliver
from swreg.operations.project import Project
from tests.conftest import Repo
from tests.monitoring.monitored import ERRORS, alerts, behave, deploy, look, rules

BAD = [1.0] * 5 + [0.0] * 15
OK: tuple[int, dict[str, str], bytes] = (204, {}, b"")


def hears(repo: Repo, url: str, extra: str = "") -> None:
    path = repo.path / ".specweave/model-registry.yaml"
    before = path.read_text("utf-8") if path.exists() else "schema: 1\n"
    repo.write(
        ".specweave/model-registry.yaml", f'{before}notifications:\n  - {{url: "{url}"{extra}}}\n'
    )
    repo.commit("chore: who hears of what")


def kinds(server: Any) -> list[str]:
    return [json.loads(one.body)["type"].removeprefix("swreg.") for one in server.received]


def test_an_alert_that_lasts_is_told_again_after_each_pause(
    repo: Repo, serve: Callable[..., Any]
) -> None:
    server = serve(OK)
    deploy(repo, "v1.0.0", "v1.1.0")
    rules(repo, ERRORS)
    alerts(repo, replace(ERRORS, window="2h", cool_down="10m"))
    hears(repo, server.url)
    behave(repo.path, "v1.1.0", BAD)
    before = repo.head
    for after in (60, 120, 700, 720, 1400):
        look(repo, after=after)
    assert kinds(server) == ["trigger-fired"] * 3
    assert repo.git("rev-list", "--count", f"{before}..HEAD") == "1"
    first, second, third = (json.loads(one.body) for one in server.received)
    assert second["data"]["again"] is True
    assert len({first["id"], second["id"], third["id"]}) == 3


def test_a_clone_made_anew_each_time_reminds_nobody(repo: Repo, serve: Callable[..., Any]) -> None:
    server = serve(OK)
    deploy(repo, "v1.0.0", "v1.1.0")
    rules(repo, ERRORS)
    alerts(repo, replace(ERRORS, window="2h", cool_down="10m"))
    hears(repo, server.url)
    for after in (60, 700, 1400):
        for path in (repo.path / ".git/swreg").glob("samples*"):
            path.unlink()
        behave(repo.path, "v1.1.0", BAD)
        look(repo, after=after)
    assert kinds(server) == ["trigger-fired"]


@pytest.fixture
def hanging() -> Iterator[socket.socket]:
    """Takes every connection, and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:
        yield listening


def address(listening: socket.socket) -> str:
    return f"http://127.0.0.1:{listening.getsockname()[1]}/hook"


def message(number: int) -> Message:
    return Message(
        id=f"m-{number:03}",
        source="/x",
        kind="promoted",
        subject="m@v1.0.0",
        at=Timestamp("2024-01-20T14:00:00Z"),
        data={},
    )


def leave_waiting(repo: Repo, url: str, count: int) -> None:
    box = outbox(Project.open(repo.path))
    for number in range(count):
        box.keep(undelivered(Notification(url=url), message(number), "it was down"))


@pytest.mark.timeout(90)
def test_a_watch_does_not_wait_for_who_never_answers(repo: Repo, hanging: socket.socket) -> None:
    deploy(repo, "v1.0.0", "v1.1.0")
    rules(repo, ERRORS)
    hears(repo, address(hanging))
    leave_waiting(repo, address(hanging), 40)
    process = subprocess.Popen(
        [sys.executable, "-m", "swreg", "monitor", "watch", "--interval", "1s"],
        cwd=repo.path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
    )
    connection, _ = hanging.accept()
    with connection:
        process.send_signal(signal.SIGTERM)
        told = time.monotonic()
        out, err = process.communicate(timeout=80)
        took = time.monotonic() - told
    assert (process.returncode, err) == (0, "")
    assert took < 8
    last = json.loads(out.splitlines()[-1])
    assert (last["event"], last["rounds"]) == ("stopped", 1)
    assert len(waiting(Project.open(repo.path))) == 40


def test_a_channel_that_is_down_is_asked_once_and_keeps_nobody_waiting(
    repo: Repo, serve: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    down, up = serve((503, {}, b"")), serve(OK)
    deploy(repo, "v1.0.0")
    box = outbox(Project.open(repo.path))
    pairs = [(Notification(url=one.url), message(n)) for n in range(5) for one in (down, up)]
    failed = deliver(box, pairs, attempts=1)
    assert (len(down.received), len(up.received)) == (1, 5)
    assert len(failed) == 1
    assert [one.url for one in box.all()] == [down.url] * 5
    assert len(resend(Project.open(repo.path))) == 1
    assert len(down.received) == 2


def test_a_refused_message_does_not_hold_up_the_next(repo: Repo, serve: Callable[..., Any]) -> None:
    server = serve((400, {}, b""), OK)
    deploy(repo, "v1.0.0")
    box = outbox(Project.open(repo.path))
    deliver(box, [(Notification(url=server.url), message(n)) for n in range(3)])
    assert [one.id for one in box.all()] == ["m-000"]


def test_patience_ends_and_one_thread_at_most_hangs(
    repo: Repo, hanging: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "PATIENCE", 0.2)
    deploy(repo, "v1.0.0")
    box = outbox(Project.open(repo.path))
    pair = (Notification(url=address(hanging)), message(1))
    before = threading.active_count()
    (first,) = deliver(box, [pair])
    (second,) = deliver(box, [pair])
    assert "no answer in time" in first
    assert "has not answered to an earlier message" in second
    assert threading.active_count() <= before + 2, "the one that waits, and its deadline"
    assert len(box.all()) == 1

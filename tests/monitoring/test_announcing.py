"""Who wants to hear of alerts hears of them, however it goes with the channel."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

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

"""What the README says of operations is true: its receiver verifies, its unit and job run ours."""

from __future__ import annotations

import configparser
import shlex
import subprocess
import time
from collections.abc import Callable, Mapping
from typing import Any

import jsonschema
import pytest

from swreg.cli.commands_table import COMMANDS, one_word
from swreg.cli.completion import replies
from swreg.cli.formats import schema_of
from swreg.domain.policy import Policy
from swreg.domain.shape import Timestamp, read
from swreg.monitoring.notify import Message, Webhook, post
from swreg.operations.announcing import unknown_events
from tests.docs.test_readme import example, typed_yaml


def receiver() -> Callable[[str, Mapping[str, str], bytes], bool]:
    names: dict[str, Any] = {}
    exec(example("python", "def verified"), names)
    found: Callable[[str, Mapping[str, str], bytes], bool] = names["verified"]
    return found


@pytest.mark.parametrize("secret", ["a plain secret", "whsec_" + "c2VjcmV0" * 4])
def test_the_readmes_receiver_knows_our_messages_from_others(
    secret: str, serve: Callable[..., Any]
) -> None:
    server = serve((204, {}, b""))
    message = Message(
        id="m-1", source="/churn", kind="promoted", subject="churn-model@v1.0.0",
        at=Timestamp("2024-01-20T14:00:00Z"), data={"reason": "besser – für alle"},
    )  # fmt: skip
    assert post(message, Webhook(url=server.url, secret=secret)).delivered
    assert post(
        message, Webhook(url=server.url, secret=secret), clock=lambda: time.time() - 600
    ).delivered
    got, old = server.received
    verified = receiver()
    assert verified(secret, got.headers, got.body)
    assert not verified(secret, got.headers, got.body.replace(b"v1.0.0", b"v1.0.1"))
    assert not verified("another secret", got.headers, got.body)
    assert not verified(secret, {**got.headers, "webhook-id": "m-2"}, got.body)
    assert not verified(secret, old.headers, old.body), "a replay"
    rotated = {**got.headers, "webhook-signature": f"v1,old {got.headers['webhook-signature']}"}
    assert verified(secret, rotated, got.body)


def test_the_notifications_in_the_readme_are_read() -> None:
    raw = typed_yaml(example("yaml", "notifications:"))
    jsonschema.validate(raw, schema_of("policy"))
    policy = read(Policy, raw)
    assert unknown_events(policy.notifications) == []
    assert [one.url for one in policy.notifications] == [
        "https://example.org/hook",
        "env:TEAM_CHAT",
    ]


def test_the_commands_of_the_unit_and_of_the_cron_job_are_ours() -> None:
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(example("ini", "[Service]"))
    assert unit["Install"]["WantedBy"] == "multi-user.target"
    job: Any = typed_yaml(example("yaml", "kind: CronJob"))
    (container,) = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    script = container["args"][0]
    subprocess.run(["sh", "-n", "-c", script], check=True)
    said = [
        unit["Service"]["ExecStart"],
        next(line for line in script.splitlines() if "swreg" in line),
    ]
    for line in said:
        words = shlex.split(line.partition("||")[0])[1:]
        known = {one.word for one in replies(words[:2], "--")}
        assert one_word(words)[0] in COMMANDS
        assert {word for word in words if word.startswith("--")} <= known

from __future__ import annotations

import base64
import json
import socket
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook as Receiver
from standardwebhooks.webhooks import WebhookVerificationError

from swreg.domain.shape import Timestamp
from swreg.monitoring.notify import Message, Webhook, announce, cloud_event, post

MESSAGE = Message(
    id="swreg-0123",
    source="https://example.org/team/registry",
    kind="rolled-back",
    subject="fraud-model@v3.1.0",
    at=Timestamp("2024-01-20T14:00:00Z"),
    data={"reason": "p95 above 200ms – schlecht", "samples": 412},
    title="fraud-model was rolled back",
    text="v3.1.0 -> v3.0.0",
)
KEY = "whsec_" + base64.b64encode(b"k" * 24).decode()
APPRISE = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
OK: tuple[int, dict[str, str], bytes] = (204, {}, b"")


def deliver(url: str, **words: Any) -> tuple[Any, list[float]]:
    pauses: list[float] = []
    report = post(MESSAGE, Webhook(url=url, timeout=2.0, **words), sleep=pauses.append)
    return report, pauses


def test_a_webhook_gets_a_signed_cloud_event(serve: Callable[..., Any]) -> None:
    server = serve(OK)
    report, pauses = deliver(f"{server.url}/hook?token=1", secret=KEY)
    assert (report.delivered, report.attempts, report.why, pauses) == (True, 1, "", [])
    assert report.target == f"{server.url}/hook"
    (got,) = server.received
    assert got.path == "/hook?token=1"
    assert got.headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    event = json.loads(got.body)
    assert event["specversion"] == "1.0"
    assert (event["id"], event["type"]) == ("swreg-0123", "swreg.rolled-back")
    assert event["time"] == "2024-01-20T14:00:00Z"
    assert event["data"] == MESSAGE.data


def test_the_receivers_library_accepts_the_signature(serve: Callable[..., Any]) -> None:
    server = serve(OK)
    deliver(server.url, secret=KEY)
    (got,) = server.received
    assert Receiver(KEY).verify(got.body, got.headers) == json.loads(got.body)
    with pytest.raises(WebhookVerificationError):
        Receiver(KEY).verify(got.body.replace(b"412", b"413"), got.headers)
    when = datetime.fromtimestamp(int(got.headers["webhook-timestamp"]), UTC)
    expected = Receiver(KEY).sign(got.headers["webhook-id"], when, got.body.decode())
    assert got.headers["webhook-signature"] == expected


def test_a_plain_secret_is_the_key_itself_and_none_signs_nothing(serve: Callable[..., Any]) -> None:
    server = serve(OK)
    deliver(server.url, secret="k" * 24)
    deliver(server.url)
    plain, unsigned = server.received
    assert Receiver(KEY).verify(plain.body, plain.headers)
    assert "webhook-signature" not in unsigned.headers


def test_a_busy_receiver_is_asked_again_with_growing_pauses(serve: Callable[..., Any]) -> None:
    server = serve((503, {}, b""), (500, {}, b""), (502, {}, b""), OK)
    report, pauses = deliver(server.url)
    assert (report.delivered, report.attempts) == (True, 4)
    assert len({one.headers["webhook-id"] for one in server.received}) == 1
    assert [round(pause / base) for pause, base in zip(pauses, (1, 2, 4), strict=True)] == [1, 1, 1]


@pytest.mark.parametrize(("asked", "pause"), [("7", 7.0), ("86400", 30.0)])
def test_a_receiver_may_ask_for_a_pause_up_to_a_bound(
    serve: Callable[..., Any], asked: str, pause: float
) -> None:
    report, pauses = deliver(serve((429, {"Retry-After": asked}, b""), OK).url)
    assert (report.delivered, pauses) == (True, [pause])


def test_it_gives_up_in_the_end_and_says_so(serve: Callable[..., Any]) -> None:
    server = serve((503, {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, b""))
    report, pauses = deliver(server.url, attempts=2)
    assert (report.delivered, report.attempts, len(pauses)) == (False, 2, 1)
    assert report.why == f"{server.url} answered with status 503"
    assert 0.7 < pauses[0] < 1.3


@pytest.mark.parametrize("status", [301, 400, 401, 404, 410])
def test_a_refusal_is_final(serve: Callable[..., Any], status: int) -> None:
    report, pauses = deliver(serve((status, {}, b"")).url)
    assert (report.delivered, report.attempts, pauses) == (False, 1, [])


def test_what_is_down_or_wrong_is_reported_never_raised() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://ada:secret@127.0.0.1:{free.getsockname()[1]}/hook"
    report, pauses = deliver(url)
    assert (report.delivered, report.attempts, len(pauses)) == (False, 4, 3)
    assert "no answer from http://127.0.0.1" in report.why
    assert "secret" not in report.why + report.target
    wrong, _ = deliver("file:///etc/passwd")
    assert (wrong.delivered, wrong.attempts) == (False, 1)
    assert "is no web address" in wrong.why
    odd, _ = deliver("http://127.0.0.1:1", secret="whsec_%%%")
    assert odd.why == "http://127.0.0.1:1: the webhook's secret is no base64 after whsec_"


def test_data_that_json_cannot_say_is_reported(serve: Callable[..., Any]) -> None:
    odd = Message(
        id="1", source="s", kind="k", subject="s", at=MESSAGE.at, data={"x": float("nan")}
    )
    with pytest.raises(ValueError, match="JSON compliant"):
        cloud_event(odd)
    report = post(odd, Webhook(url=serve(OK).url), sleep=lambda _: None)
    assert not report.delivered


@APPRISE
def test_apprise_carries_title_and_text(serve: Callable[..., Any]) -> None:
    pytest.importorskip("apprise")
    server = serve((200, {}, b"ok"))
    address = server.url.replace("http://", "json://ada:secret@")
    good, bad = announce(MESSAGE, [address, "nosuch://x"])
    assert (good.delivered, good.target) == (True, "json:")
    sent = json.loads(server.received[0].body)
    assert (sent["title"], sent["message"]) == (MESSAGE.title, MESSAGE.text)
    assert (bad.delivered, bad.why) == (False, "apprise does not know such an address")


@APPRISE
def test_a_channel_that_refuses_is_reported(serve: Callable[..., Any]) -> None:
    pytest.importorskip("apprise")
    (report,) = announce(MESSAGE, [serve((500, {}, b"")).url.replace("http://", "json://")])
    assert (report.delivered, report.why) == (False, "the channel refused it")


def test_without_the_extra_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    (report,) = announce(MESSAGE, ["mailto://ada:secret@example.org"])
    assert not report.delivered
    assert "pip install 'swreg[notify]'" in report.why
    assert "secret" not in str(report)

"""Telling the outside that something happened, without ever holding up what happened.

A message is a CloudEvent (https://github.com/cloudevents/spec, version 1.0.2, structured JSON).
A webhook gets it signed as Standard Webhooks describes (https://www.standardwebhooks.com), so a
receiver can check with an existing library who sent it, and that it is no replay. Everything here
reports instead of raising: a channel that is down is no reason to undo a promotion.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from swreg.domain.shape import Timestamp
from swreg.errors import EnvironmentFault, MissingExtra, SwregError
from swreg.monitoring.web import Reply, exchange, shown

_AGAIN = frozenset([408, 425, 429, 500, 502, 503, 504])
_LONGEST_PAUSE = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One event for the outside.

    `id` is the same for every delivery of it, so a receiver can drop a second one; `source` says
    which registry speaks; `kind` is the event's name such as `promoted`; `data` must be plain.
    """

    id: str
    source: str
    kind: str
    subject: str
    at: Timestamp
    data: Mapping[str, Any]
    title: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Where to POST to. `secret` is the key of the signature: plain text, or `whsec_` and base64.

    `timeout` bounds one attempt in seconds; there are at most `attempts`.
    """

    url: str
    secret: str | None = None
    timeout: float = 5.0
    attempts: int = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How it went; `target` shows no secret.

    `down` says that the channel itself failed, and another message would fare no better now.
    """

    target: str
    delivered: bool
    attempts: int
    why: str = ""
    down: bool = False


def cloud_event(message: Message) -> bytes:
    """The message as a CloudEvent in JSON.

    >>> message = Message(
    ...     id="1", source="/fraud", kind="promoted", subject="fraud-model@v3.1.0",
    ...     at=Timestamp("2024-01-20T14:00:00Z"), data={"to": "production"},
    ... )
    >>> json.loads(cloud_event(message))["type"]
    'swreg.promoted'
    """
    event = {
        "specversion": "1.0",
        "id": message.id,
        "source": message.source,
        "type": f"swreg.{message.kind}",
        "subject": message.subject,
        "time": message.at,
        "datacontenttype": "application/json",
        "data": dict(message.data),
    }
    return json.dumps(event, ensure_ascii=False, allow_nan=False).encode()


def signature(secret: str, *, id: str, timestamp: int, body: bytes) -> str:  # noqa: A002
    """The Standard Webhooks signature of a delivery: HMAC-SHA256 over `id.timestamp.body`."""
    signed = f"{id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(_key(secret), signed, hashlib.sha256)).decode()


def post(
    message: Message,
    webhook: Webhook,
    *,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.time,
) -> Delivery:
    """POST the message, again after a pause where that can help; never raises `SwregError`.

    Tried again are time-outs, lost connections and the statuses 408, 425, 429, 500, 502, 503 and
    504, with a pause that doubles from about a second, or what Retry-After asks for; no pause is
    longer than 30 seconds.
    """
    target, why = shown(webhook.url), ""
    for attempt in range(1, webhook.attempts + 1):
        pause = _pause(attempt)
        try:
            reply = _send(message, webhook, round(clock()))
        except EnvironmentFault as fault:
            why = fault.what
        except (SwregError, ValueError, TypeError) as fault:
            why = f"{target}: {fault}"
            return Delivery(target=target, delivered=False, attempts=attempt, why=why)
        else:
            if 200 <= reply.status < 300:
                return Delivery(target=target, delivered=True, attempts=attempt)
            why = f"{target} answered with status {reply.status}"
            if reply.status not in _AGAIN:
                return Delivery(target=target, delivered=False, attempts=attempt, why=why)
            pause = _asked_pause(reply) or pause
        if attempt < webhook.attempts:
            sleep(pause)
    return Delivery(target=target, delivered=False, attempts=webhook.attempts, why=why, down=True)


def announce(message: Message, urls: Sequence[str]) -> list[Delivery]:
    """Send title and text through apprise, one report for each of its URLs; raises nothing.

    The URLs hold credentials, so a report shows only which kind of channel it was.
    """
    try:
        import apprise
    except ImportError:
        missing = MissingExtra("apprise", "notify", "sending to chat and mail")
        return [_told(url, delivered=False, why=str(missing)) for url in urls]
    return [_announce_one(apprise, message, url) for url in urls]


def _announce_one(apprise: Any, message: Message, url: str) -> Delivery:
    channel = apprise.Apprise()
    if not channel.add(url):
        return _told(url, delivered=False, why="apprise does not know such an address")
    try:
        sent = channel.notify(title=message.title, body=message.text or message.subject)
    except Exception as error:  # noqa: BLE001 - over a hundred plug-ins of others, any may break
        return _told(url, delivered=False, why=type(error).__name__)
    return _told(url, delivered=bool(sent), why="" if sent else "the channel refused it")


def _told(url: str, *, delivered: bool, why: str) -> Delivery:
    target = f"{url.partition(':')[0]}:"
    return Delivery(target=target, delivered=delivered, attempts=1, why=why, down=not delivered)


def _send(message: Message, webhook: Webhook, timestamp: int) -> Reply:
    body = cloud_event(message)
    headers = {
        "Content-Type": "application/cloudevents+json; charset=utf-8",
        "webhook-id": message.id,
        "webhook-timestamp": str(timestamp),
    }
    if webhook.secret is not None:
        headers["webhook-signature"] = signature(
            webhook.secret, id=message.id, timestamp=timestamp, body=body
        )
    return exchange(webhook.url, timeout=webhook.timeout, body=body, headers=headers)


def _key(secret: str) -> bytes:
    if not secret.startswith("whsec_"):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error as error:
        raise ValueError("the webhook's secret is no base64 after whsec_") from error


def _pause(attempt: int) -> float:
    # The jitter keeps several senders from coming back all at once.
    return float(min(_LONGEST_PAUSE, 2 ** (attempt - 1) * random.uniform(0.75, 1.25)))


def _asked_pause(reply: Reply) -> float | None:
    asked = reply.headers.get("retry-after", "")
    return min(float(asked), _LONGEST_PAUSE) if asked.isascii() and asked.isdigit() else None

"""Carry messages to their channels, in bounded time, and keep what does not arrive.

A message is kept before it is sent, so neither a kill nor an end of patience loses it; it may
arrive twice, under one id. Each channel has a thread of its own that nobody has to wait for.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from queue import Empty, SimpleQueue

from swreg.domain.policy import Notification
from swreg.errors import SwregError
from swreg.monitoring.notify import Delivery, Message, Webhook, announce, post
from swreg.monitoring.outbox import Outbox, undelivered
from swreg.monitoring.secrets import address, secret

PATIENCE, GRACE = 12.0, 2.0
"""For how many seconds one waits for answers in all, and still after one is told to stop."""
_TIMEOUT, _ATTEMPTS, _GLANCE = 3.0, 3, 0.1
_busy: set[str] = set()
"""Channels that somebody lost patience with; one thread of each may hang, and no more."""

Pair = tuple[Notification, Message]


def deliver(
    box: Outbox,
    todo: Sequence[Pair],
    *,
    attempts: int = _ATTEMPTS,
    stop: threading.Event | None = None,
) -> list[str]:
    """Send all messages, each channel's in order; a line for each that did not arrive.

    Where a channel is down, its other messages are left for another time.
    """
    failed = [fault for pair in todo if (fault := _keep(box, pair, "it was not sent yet"))]
    came = _sent(todo, attempts, stop)
    for place, (notification, message) in enumerate(todo):
        seen = came.get(place) or _not_sent(notification.url, "there was no answer in time")
        if seen.delivered:
            box.drop(undelivered(notification, message, ""))
            continue
        failed.append(f"{message.kind} was not told to {seen.target}: {seen.why}")
        if fault := _keep(box, todo[place], seen.why):
            failed.append(fault)
    return list(dict.fromkeys(failed))


def _keep(box: Outbox, pair: Pair, why: str) -> str:
    try:
        box.keep(undelivered(*pair, why))
    except SwregError as error:
        return str(error)
    return ""


def _sent(
    todo: Sequence[Pair], attempts: int, stop: threading.Event | None
) -> Mapping[int, Delivery]:
    """What is known of each message, by its place, when all is known or patience ends."""
    channels: dict[str, list[int]] = {}
    for place, (notification, _) in enumerate(todo):
        channels.setdefault(notification.url, []).append(place)
    answers: SimpleQueue[tuple[int, Delivery]] = SimpleQueue()
    for url, places in channels.items():
        if url in _busy:
            late = _not_sent(url, "it has not answered to an earlier message yet")
            for place in places:
                answers.put((place, late))
            continue
        arguments = (todo, places, attempts, answers)
        _busy.add(url)
        threading.Thread(target=_serve, args=arguments, daemon=True).start()
    return _gathered(answers, len(todo), stop)


def _serve(
    todo: Sequence[Pair],
    places: Sequence[int],
    attempts: int,
    answers: SimpleQueue[tuple[int, Delivery]],
) -> None:
    down: Delivery | None = None
    for place in places:
        seen = _deliver(*todo[place], attempts) if down is None else replace(down, attempts=0)
        down = seen if seen.down else None
        if place == places[-1]:
            _busy.discard(todo[place][0].url)
        answers.put((place, seen))


def _gathered(
    answers: SimpleQueue[tuple[int, Delivery]], wanted: int, stop: threading.Event | None
) -> dict[int, Delivery]:
    found: dict[int, Delivery] = {}
    end, hurried = time.monotonic() + PATIENCE, False
    while len(found) < wanted and (left := end - time.monotonic()) > 0:
        if stop is not None and stop.is_set() and not hurried:
            end, hurried = min(end, time.monotonic() + GRACE), True
            continue
        try:
            place, seen = answers.get(timeout=left if stop is None else min(left, _GLANCE))
        except Empty:
            continue
        found[place] = seen
    return found


def _deliver(notification: Notification, message: Message, attempts: int) -> Delivery:
    url = address(notification.url)
    if url is None:
        return _not_sent(notification.url, f"{notification.url} is not set here")
    if not url.startswith(("http://", "https://")):
        return announce(message, [url])[0]
    key = secret(notification.secret_env)
    if notification.secret_env and key is None:
        return _not_sent(url, f"{notification.secret_env} is not set, so nothing can be signed")
    hook = Webhook(url=url, secret=key, timeout=_TIMEOUT, attempts=attempts)
    return post(message, hook)


def _not_sent(url: str, why: str) -> Delivery:
    return Delivery(target=url.partition(":")[0], delivered=False, attempts=0, why=why, down=True)

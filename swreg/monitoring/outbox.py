"""Messages that could not be delivered, one small file each, until somebody delivers them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from swreg.domain.policy import Notification
from swreg.domain.shape import ShapeError, Timestamp, read, write
from swreg.errors import EnvironmentFault
from swreg.monitoring.notify import Message

MOST = 500
"""How many are kept; a channel that is gone for good must not fill the disk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered:
    """A message and where it should have gone: `url` as it is configured, `data` as JSON."""

    schema: int = 1
    url: str
    secret_env: str | None = None
    why: str
    id: str
    source: str
    kind: str
    subject: str
    at: Timestamp
    data: str
    title: str = ""
    text: str = ""


def undelivered(notification: Notification, message: Message, why: str) -> Undelivered:
    """The message as it is kept for whom it should have reached."""
    return Undelivered(
        url=notification.url,
        secret_env=notification.secret_env,
        why=why,
        id=message.id,
        source=message.source,
        kind=message.kind,
        subject=message.subject,
        at=message.at,
        data=json.dumps(dict(message.data)),
        title=message.title,
        text=message.text,
    )


class Outbox:
    """The folder of undelivered messages."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, one: Undelivered) -> None:
        """Keep a message; a second try of the same one takes its place."""
        path, half = self._path(one), self._path(one).with_suffix(".half")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if not path.exists() and len(list(self._files())) >= MOST:
                return
            half.write_text(json.dumps(write(one)), encoding="utf-8")
            half.replace(path)
        except OSError as error:
            raise EnvironmentFault(f"{path} cannot be written: {error.strerror}") from error

    def drop(self, one: Undelivered) -> None:
        """Forget a message: it was delivered."""
        self._path(one).unlink(missing_ok=True)

    def all(self) -> list[Undelivered]:
        """Every message that waits, the oldest first; a file that cannot be read is left alone."""
        found = []
        for path in self._files():
            try:
                found.append(read(Undelivered, json.loads(path.read_text(encoding="utf-8"))))
            except (OSError, ValueError, RecursionError, ShapeError):
                continue
        return sorted(found, key=lambda one: one.at)

    def _files(self) -> Iterator[Path]:
        return self._folder.glob("*.json") if self._folder.is_dir() else iter(())

    def _path(self, one: Undelivered) -> Path:
        name = hashlib.sha256(f"{one.id} {one.url}".encode()).hexdigest()[:24]
        return self._folder / f"{name}.json"

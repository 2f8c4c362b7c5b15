"""One HTTP exchange with an answer of bounded size in bounded time."""

from __future__ import annotations

import base64
import http.client
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from swreg.errors import EnvironmentFault, UsageError

LARGEST = 8 * 1024 * 1024
_PIECE = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back, whatever the status; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    # Following one would send credentials and signed bodies where nobody configured it.
    def redirect_request(self, *_: object, **__: object) -> None:
        return None


class _Http(urllib.request.HTTPHandler):
    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_kept(req, http.client.HTTPConnection), req)


class _Https(urllib.request.HTTPSHandler):
    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_kept(req, http.client.HTTPSConnection), req)


class _Request(urllib.request.Request):
    """A request that can be cut off from another thread.

    The time-out of a socket starts anew with every byte, so slow headers need a deadline.
    """

    connection: http.client.HTTPConnection | None = None

    def cut(self) -> None:
        """Let whoever waits for the connection see its end."""
        held = self.connection.sock if self.connection is not None else None
        if held is not None:
            with suppress(OSError):
                # Not the method of a TLS socket, which would forget its state under the reader.
                socket.socket.shutdown(held, socket.SHUT_RDWR)


def _kept(request: urllib.request.Request, kind: type[http.client.HTTPConnection]) -> Any:
    """A maker of connections; the request remembers what was made."""

    def make(*words: Any, **more: Any) -> http.client.HTTPConnection:
        connection = kind(*words, **more)
        if isinstance(request, _Request):
            request.connection = connection
        return connection

    return make


_OPENER = urllib.request.build_opener(_NoRedirect, _Http, _Https)


def exchange(
    url: str,
    *,
    timeout: float,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """GET, or POST of `body`, within `timeout` seconds in all; redirects are not followed.

    A name and password in the URL go into the Authorization header. Raises `UsageError` for a URL
    that is not http or https, `EnvironmentFault` where no whole answer came.
    """
    target, credentials = _split(url)
    request = _Request(target, data=body, headers={**credentials, **(headers or {})})
    deadline = time.monotonic() + timeout
    timer = threading.Timer(timeout, request.cut)
    timer.daemon = True
    timer.start()
    try:
        with _OPENER.open(request, timeout=timeout) as answer:
            return _read(answer, deadline, shown(url))
    except urllib.error.HTTPError as refusal:
        with refusal:
            return _read(refusal, deadline, shown(url))
    except (OSError, http.client.HTTPException, ValueError) as error:
        why = getattr(error, "reason", None) or error
        if time.monotonic() >= deadline:
            why = "timed out"
        raise EnvironmentFault(
            f"no answer from {shown(url)}: {why or type(error).__name__}",
            "see whether it runs and can be reached",
        ) from error
    finally:
        timer.cancel()


def shown(url: str) -> str:
    """The URL without what is secret in it: neither name and password nor the query.

    >>> shown("https://ada:secret@example.org/hook?token=1")
    'https://example.org/hook'
    """
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _split(url: str) -> tuple[str, dict[str, str]]:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"{shown(url)!r} is no web address", "write it like https://example.org")
    user, at, host = parts.netloc.rpartition("@")
    if not at:
        return url, {}
    token = base64.b64encode(unquote(user).encode()).decode()
    return urlunsplit(parts._replace(netloc=host)), {"Authorization": f"Basic {token}"}


def _read(
    answer: http.client.HTTPResponse | urllib.error.HTTPError, deadline: float, name: str
) -> Reply:
    if time.monotonic() >= deadline:
        # The headers were cut, which the parser takes for their end.
        raise EnvironmentFault(f"no answer from {name}: timed out")
    body = b""
    # The time-out of a socket starts anew with every byte, so a dripping server needs a deadline.
    while piece := answer.read1(_PIECE):
        body += piece
        if len(body) > LARGEST:
            raise EnvironmentFault(f"the answer of {name} is larger than {LARGEST} bytes")
        if time.monotonic() > deadline:
            raise EnvironmentFault(f"the answer of {name} did not end in time")
    if getattr(answer, "length", None):
        raise EnvironmentFault(f"the answer of {name} was cut off")
    headers = {key.lower(): value for key, value in answer.headers.items()}
    return Reply(status=answer.status or 0, headers=headers, body=body)

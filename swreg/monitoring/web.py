"""One HTTP exchange with an answer of bounded size in bounded time."""

from __future__ import annotations

import base64
import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
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


_OPENER = urllib.request.build_opener(_NoRedirect)


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
    request = urllib.request.Request(target, data=body, headers={**credentials, **(headers or {})})
    deadline = time.monotonic() + timeout
    try:
        with _OPENER.open(request, timeout=timeout) as answer:
            return _read(answer, deadline, shown(url))
    except urllib.error.HTTPError as refusal:
        with refusal:
            return _read(refusal, deadline, shown(url))
    except (OSError, http.client.HTTPException, ValueError) as error:
        why = getattr(error, "reason", None) or error
        raise EnvironmentFault(
            f"no answer from {shown(url)}: {why or type(error).__name__}",
            "see whether it runs and can be reached",
        ) from error


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

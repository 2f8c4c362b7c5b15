"""A small HTTP proxy in front of a server: it counts requests, and fails them on demand.

It also answers requests in a proxy's form (`GET http://name/path`), so that a client told so by
`http_proxy` reaches the server under a name that does not exist.
"""

from __future__ import annotations

import http.client
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

Verdict = Callable[[str, str], bool]


class Proxy:
    """What went through: `calls` in their order, as `POST registered-models/create`.

    Where `fail` says yes to a method and path the answer is 503 and the server hears nothing;
    where `lose` does, the server hears it and the answer is cut off. Without `keep_host` the
    server sees its own address as the name that was asked for.
    """

    def __init__(self, uri: str, target: str) -> None:
        self.uri = uri
        self.target = target
        self.calls: list[str] = []
        self.keep_host = True
        self.fail: Verdict = lambda method, path: False
        self.lose: Verdict = lambda method, path: False
        self._lock = threading.Lock()

    def note(self, method: str, path: str) -> None:
        with self._lock:
            self.calls.append(f"{method} {short(path)}")

    def clear(self) -> None:
        """Forget what went through."""
        with self._lock:
            self.calls.clear()

    def counted(self) -> Counter[str]:
        with self._lock:
            return Counter(self.calls)


def short(path: str) -> str:
    """A path without what is the same in all of them.

    >>> short("/api/2.0/mlflow/runs/create?x=1")
    'runs/create'
    """
    plain = urlsplit(path).path
    for begin in ("/api/2.0/mlflow/", "/api/3.0/mlflow/", "/api/2.0/"):
        plain = plain.removeprefix(begin)
    return "mlflow-artifacts" if plain.startswith("mlflow-artifacts") else plain.lstrip("/")


@contextmanager
def proxied(target: str) -> Iterator[Proxy]:
    """A proxy in front of a server, until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Passing)
    server.daemon_threads = True
    proxy = Proxy(f"http://127.0.0.1:{server.server_port}", target)
    server.proxy = proxy  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Passing(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # In one packet: two make the client wait for an acknowledgement.
    wbufsize = 1 << 16

    def _pass(self) -> None:
        proxy: Proxy = self.server.proxy  # type: ignore[attr-defined]
        parts = urlsplit(self.path)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        proxy.note(self.command, path)
        body = self._body()
        if proxy.fail(self.command, path):
            self._answer(503, b"cut off by the test", {})
            return
        upstream = http.client.HTTPConnection(urlsplit(proxy.target).netloc, timeout=60)
        headers = {key: value for key, value in self.headers.items() if key.lower() not in _HOP}
        if not proxy.keep_host:
            headers = {key: value for key, value in headers.items() if key.lower() != "host"}
        upstream.request(self.command, path, body=body, headers=headers)
        answer = upstream.getresponse()
        data = answer.read()
        upstream.close()
        if proxy.lose(self.command, path):
            self.close_connection = True
            return
        self._answer(answer.status, data, dict(answer.getheaders()))

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        data = b""
        while size := int(self.rfile.readline().strip() or b"0", 16):
            data += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return data

    def _answer(self, status: int, data: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for key, value in headers.items():
            if key.lower() not in _HOP | {"content-length", "server", "date"}:
                self.send_header(key, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _pass  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing on the terminal."""


_HOP = {"connection", "transfer-encoding", "keep-alive", "proxy-connection"}

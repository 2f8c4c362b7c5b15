"""A small HTTP server that answers every scrape with the text of that moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from swreg.errors import EnvironmentFault, SwregError, UsageError
from swreg.monitoring.exposition import CONTENT_TYPE


def parse_address(text: str) -> tuple[str, int]:
    """Host and port of `127.0.0.1:9464`; a lone port means this machine only.

    >>> parse_address("9464")
    ('127.0.0.1', 9464)
    """
    host, colon, port = text.rpartition(":")
    if not port.isdecimal() or not port.isascii() or int(port) > 65535 or (colon and not host):
        raise UsageError(f"{text[:60]!r} is no address", "write it like 127.0.0.1:9464")
    return host or "127.0.0.1", int(port)


def serve(
    text: Callable[[], str],
    address: tuple[str, int],
    *,
    stop: threading.Event,
    started: Callable[[str], None] = lambda url: None,
) -> None:
    """Answer `GET /metrics` until `stop` is set; `started` hears the address in use.

    A failure of ours is answered with status 503 and its line, so that a scrape shows it.
    """
    try:
        server = ThreadingHTTPServer(address, _answering(text))
    except OSError as error:
        raise EnvironmentFault(
            f"{address[0]}:{address[1]} cannot be listened on: {error.strerror}",
            "choose another address",
        ) from error
    with server:
        thread = threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True)
        thread.start()
        started(f"http://{server.server_address[0]!s}:{server.server_address[1]}/metrics")
        stop.wait()
        server.shutdown()
        thread.join()


def _answering(text: Callable[[], str]) -> type[BaseHTTPRequestHandler]:
    class Answer(BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self) -> None:
            if self.path.partition("?")[0] != "/metrics":
                self._answer(404, "text/plain; charset=utf-8", "see /metrics\n")
                return
            try:
                self._answer(200, CONTENT_TYPE, text())
            except SwregError as error:
                self._answer(503, "text/plain; charset=utf-8", f"{error}\n")

        def _answer(self, status: int, kind: str, body: str) -> None:
            data = body.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Scrapes come every few seconds; they are no news."""

    return Answer

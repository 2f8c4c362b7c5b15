"""Real servers on the loopback interface."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


@dataclass
class Received:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Server:
    """A server that answers with what `script` says, the last entry again and again."""

    url: str = ""
    script: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)


def _answering(server: Server) -> type[BaseHTTPRequestHandler]:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            server.received.append(Received(self.path, headers, body))
            place = min(len(server.received), len(server.script)) - 1
            status, extra, answer = server.script[place]
            self.send_response(status)
            for name, value in {"Content-Length": str(len(answer)), **extra}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            pass

    return Answer


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    running: list[ThreadingHTTPServer] = []

    def start(*script: tuple[int, dict[str, str], bytes]) -> Server:
        server = Server(script=list(script))
        real = ThreadingHTTPServer(("127.0.0.1", 0), _answering(server))
        running.append(real)
        threading.Thread(target=real.serve_forever, args=(0.01,), daemon=True).start()
        server.url = f"http://127.0.0.1:{real.server_address[1]}"
        return server

    yield start
    for real in running:
        real.shutdown()
        real.server_close()

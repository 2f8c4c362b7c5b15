"""A stand-in for the model behind Claude Code: it says "ok", and keeps what it was sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

_TEXT = {"type": "text", "text": "ok"}
_USAGE = {"input_tokens": 1, "output_tokens": 1}


class Model:
    """The address of the stand-in, and every text that the user's side sent it."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.texts: list[str] = []

    def take(self, body: dict[str, Any]) -> None:
        for message in body.get("messages", []):
            content = message["content"]
            parts = [{"text": content}] if isinstance(content, str) else content
            self.texts += [part["text"] for part in parts if "text" in part]


def _events() -> Iterator[dict[str, Any]]:
    message: dict[str, Any] = {"id": "m", "type": "message", "role": "assistant", "model": "none", "content": [],
               "stop_reason": None, "stop_sequence": None, "usage": _USAGE}  # fmt: skip
    yield {"type": "message_start", "message": message}
    yield {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
    delta = {"type": "text_delta", "text": "ok"}
    yield {"type": "content_block_delta", "index": 0, "delta": delta}
    yield {"type": "content_block_stop", "index": 0}
    end = {"stop_reason": "end_turn", "stop_sequence": None}
    yield {"type": "message_delta", "delta": end, "usage": _USAGE}
    yield {"type": "message_stop"}


@contextmanager
def serving() -> Iterator[Model]:
    """Serve on a free port of this machine for a while."""

    class Answering(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            streaming = self.path.startswith("/v1/messages") and b'"stream":true' in data
            if streaming:
                model.take(json.loads(data))
            self.send_response(200)
            kind = "text/event-stream" if streaming else "application/json"
            self.send_header("Content-Type", kind)
            self.end_headers()
            text = "".join(f"event: {e['type']}\ndata: {json.dumps(e)}\n\n" for e in _events())
            self.wfile.write(text.encode() if streaming else b"{}")

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    model = Model(f"http://127.0.0.1:{server.server_port}")
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield model
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

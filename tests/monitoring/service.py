"""A small model service, run as a process: it serves production and follows it by itself.

    python service.py REPOSITORY PORT-FILE

Each request is answered by the model that was loaded last; a thread looks for the version in
production ten times a second and loads a new one beside the old one, so a switch costs no request.
Latency and errors of every answer are recorded. A model that answers "bad" is a failed prediction.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from swreg import ModelMonitor, ModelRegistry
from swreg.errors import SwregError

NAME = "fraud-detection-model"


class Serving:
    """The model in production, and what is known of its answers but not yet recorded."""

    def __init__(self, repository: Path) -> None:
        self.registry = ModelRegistry(path=repository)
        self.monitor = ModelMonitor(self.registry)
        self.samples: list[tuple[str, float, float]] = []
        self.lock = threading.Lock()
        self.version, self.model = self.load()

    def load(self) -> tuple[str, Any]:
        found = self.registry.get_version(NAME, stage="production")
        return found.version, found.load()

    def follow(self) -> None:
        while True:
            time.sleep(0.1)
            try:
                if self.registry.get_version(NAME, stage="production").version != self.version:
                    self.version, self.model = self.load()
                self.report()
            except SwregError as error:
                print(error, file=sys.stderr, flush=True)

    def report(self) -> None:
        with self.lock:
            samples, self.samples = self.samples, []
        for version in {one for one, _, _ in samples}:
            mine = [(bad, at) for one, bad, at in samples if one == version]
            self.monitor.record(
                "error_rate",
                [bad for bad, _ in mine],
                at=[at for _, at in mine],
                name=NAME,
                version=version,
            )

    def predict(self) -> dict[str, str]:
        version, model = self.version, self.model
        answer = model["answer"]
        with self.lock:
            self.samples.append((version, float(answer == "bad"), time.time()))
        return {"version": version, "answer": answer}


def answering(serving: Serving) -> type[BaseHTTPRequestHandler]:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(serving.predict()).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Answer


def main(repository: Path, port: Path) -> None:
    serving = Serving(repository)
    server = ThreadingHTTPServer(("127.0.0.1", 0), answering(serving))
    threading.Thread(target=serving.follow, daemon=True).start()
    port.write_text(str(server.server_address[1]))
    server.serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

"""Google's XML API, which is that of S3 but for the name of one condition: moto's server with it.

The emulators of Google's storage speak its JSON API alone, and do not look at conditions.
Run as a program: `python gcs.py PORT`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

# What moto takes for a signed request: it lets nobody else read.
_SIGNED = (
    "AWS4-HMAC-SHA256 Credential=test/20240101/us-east-1/s3/aws4_request, "
    "SignedHeaders=host, Signature=0"
)


def listen(port: int) -> None:
    from moto.moto_server.werkzeug_app import (
        DomainDispatcherApplication,
        create_backend_app,
    )
    from werkzeug.serving import run_simple

    inner = DomainDispatcherApplication(create_backend_app)

    def speaking_google(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        if environ.get("HTTP_X_GOOG_IF_GENERATION_MATCH") == "0":
            environ["HTTP_IF_NONE_MATCH"] = "*"
        environ["HTTP_AUTHORIZATION"] = _SIGNED
        query = f"?{environ['QUERY_STRING']}" if environ.get("QUERY_STRING") else ""
        environ["RAW_URI"] = environ["REQUEST_URI"] = quote(environ["PATH_INFO"]) + query
        answered: Iterable[bytes] = inner(environ, start)
        return answered

    run_simple("127.0.0.1", port, speaking_google, threaded=True)


@contextmanager
def serve(place: Path) -> Iterator[object]:
    import pytest

    from tests.stores.servers.process import free_port, running
    from tests.stores.servers.table import Server

    pytest.importorskip("moto.server", reason="moto[server] is missing")
    pytest.importorskip("obstore", reason="obstore is missing")
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", __file__, str(port)],
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    endpoint = f"http://127.0.0.1:{port}"
    with running(process, endpoint):
        make = urllib.request.Request(f"{endpoint}/ml-models", method="PUT")
        urllib.request.urlopen(make, timeout=30).close()
        yield Server(
            uri="gs://ml-models/registry",
            environment={"STORAGE_EMULATOR_HOST": endpoint},
            pid=process.pid,
            port=port,
        )


if __name__ == "__main__":
    listen(int(sys.argv[1]))

"""moto's server: S3 as Amazon describes it, in one process on this machine."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.stores.servers.process import free_port, running
from tests.stores.servers.table import Server

BUCKET = "ml-models"


@contextmanager
def serve(place: Path, *, strict: bool = False) -> Iterator[Server]:
    """A server with one bucket; a `strict` one then refuses every key that it did not give."""
    pytest.importorskip("moto.server", reason="moto[server] is missing")
    pytest.importorskip("obstore", reason="obstore is missing")
    port = free_port()
    program = [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p"]
    process = subprocess.Popen(
        [*program, str(port)],
        env={
            **os.environ,
            "PYTHONWARNINGS": "ignore",
            **({"INITIAL_NO_AUTH_ACTION_COUNT": "100"} if strict else {}),
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    endpoint = f"http://127.0.0.1:{port}"
    with running(process, endpoint):
        make = urllib.request.Request(f"{endpoint}/{BUCKET}", method="PUT")
        urllib.request.urlopen(make, timeout=30).close()
        if strict:
            plain = {"Content-Type": "text/plain"}
            stop = urllib.request.Request(f"{endpoint}/moto-api/reset-auth", b"0", plain)
            urllib.request.urlopen(stop, timeout=30).close()
        yield Server(
            uri=f"s3://{BUCKET}/registry",
            environment={
                "AWS_ENDPOINT_URL": endpoint,
                "AWS_ACCESS_KEY_ID": "testing-key-id",
                "AWS_SECRET_ACCESS_KEY": "testing-secret-key",
                "AWS_DEFAULT_REGION": "us-east-1",
            },
            pid=process.pid,
            port=port,
        )

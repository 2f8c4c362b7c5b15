"""Azurite, Microsoft's own double of Azure's blobs (npm)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.stores.servers.process import free_port, running
from tests.stores.servers.table import Server

# The account and key that Azurite publishes for everybody.
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


def program() -> str:
    folder = os.environ.get("SWREG_TEST_AZURITE")
    named = f"{folder}/node_modules/.bin/azurite-blob" if folder else None
    found = named if named and os.path.exists(named) else shutil.which("azurite-blob")
    if found is None:
        pytest.skip("azurite-blob is not on PATH and SWREG_TEST_AZURITE is not set")
    return found


@contextmanager
def serve(place: Path) -> Iterator[Server]:
    pytest.importorskip("obstore", reason="obstore is missing")
    port = free_port()
    process = subprocess.Popen(
        [program(), "--silent", "--blobHost", "127.0.0.1", "--blobPort", str(port),
         "-l", str(place), "--skipApiVersionCheck"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    endpoint = f"http://127.0.0.1:{port}/{ACCOUNT}"
    with running(process, endpoint):
        _make_container(endpoint, "ml-models")
        yield Server(
            uri="az://ml-models/registry",
            environment={
                "AZURE_STORAGE_ACCOUNT_NAME": ACCOUNT,
                "AZURE_STORAGE_ACCOUNT_KEY": KEY,
                "AZURE_STORAGE_ENDPOINT": endpoint,
            },
            pid=process.pid,
            port=port,
            refuses=True,
        )


def _make_container(endpoint: str, name: str) -> None:
    """One signed request; Azure's own library would be another 20 MB."""
    when = datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
    headers = f"x-ms-date:{when}\nx-ms-version:2021-08-06\n"
    path = f"/{ACCOUNT}/{ACCOUNT}/{name}\nrestype:container"
    text = "PUT\n\n\n\n\n\n\n\n\n\n\n\n" + headers + path
    digest = hmac.new(base64.b64decode(KEY), text.encode(), hashlib.sha256).digest()
    signature = base64.b64encode(digest).decode()
    request = urllib.request.Request(
        f"{endpoint}/{name}?restype=container",
        data=b"",
        method="PUT",
        headers={
            "x-ms-date": when,
            "x-ms-version": "2021-08-06",
            "Authorization": f"SharedKey {ACCOUNT}:{signature}",
            "Content-Type": "",
        },
    )
    urllib.request.urlopen(request, timeout=30).close()

"""Servers as processes of ours: started, waited for, and ended whatever happens."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(process: subprocess.Popen[bytes], url: str, *, wait: float = 60) -> Iterator[None]:
    """Wait until the server answers, whatever it says; end its whole group afterwards."""
    try:
        deadline = time.monotonic() + wait
        while not answers(url):
            assert process.poll() is None, f"the server ended with {process.returncode}"
            assert time.monotonic() < deadline, f"the server does not answer at {url}"
            time.sleep(0.05)
        yield
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGCONT)
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def listening(process: subprocess.Popen[bytes], port: int, *, wait: float = 60) -> Iterator[None]:
    """The same for a server that speaks no HTTP."""
    with running(process, f"tcp://127.0.0.1:{port}", wait=wait):
        yield


def answers(url: str) -> bool:
    try:
        if url.startswith("tcp://"):
            host, _, port = url.removeprefix("tcp://").partition(":")
            socket.create_connection((host, int(port)), timeout=2).close()
        else:
            urllib.request.urlopen(url, timeout=2).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True

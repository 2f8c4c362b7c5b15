"""Real MLflow servers for tests: `mlflow server` of a version, on 127.0.0.1, with its own database.

Each version has an environment of its own outside the checkout, named by a variable or found in
the cache of test tools. The fixtures in `conftest.py` start each server once per session; a
contract test of anything else on MLflow may use them as well.
"""

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
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import REAL_HOME

VERSIONS = ("3", "2.22")
VARIABLES = {"3": "SWREG_TEST_MLFLOW_3", "2.22": "SWREG_TEST_MLFLOW_2"}
_START = 120.0


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers: where, of which version, and its process (a group of its own)."""

    uri: str
    version: str
    process: subprocess.Popen[bytes]
    log: Path

    def stop(self) -> None:
        """Let every process of the server stand still."""
        os.killpg(self.process.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it run again."""
        os.killpg(self.process.pid, signal.SIGCONT)


def program(version: str) -> Path:
    """Where the `mlflow` command of that version would be."""
    named = os.environ.get(VARIABLES[version])
    cache = Path(os.environ.get("XDG_CACHE_HOME") or REAL_HOME / ".cache")
    folder = Path(named) if named else cache / "swreg-tests" / f"mlflow@{version}"
    return folder / "bin" / "mlflow"


def why_not(version: str) -> str | None:
    """Why there is no server of that version here; None where there is one."""
    found = program(version)
    if not found.is_file():
        return f"no MLflow {version} server: {VARIABLES[version]} is not set, nothing at {found}"
    return None


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def running(version: str, folder: Path, *more: str) -> Iterator[Running]:
    """A server with an empty database, until the block ends; `more` are options of its own."""
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    command = [
        str(program(version)), "server", "--backend-store-uri", f"sqlite:///{folder}/mlflow.db",
        "--artifacts-destination", str(folder / "artifacts"), "--host", "127.0.0.1",
        "--port", str(port), "--workers", "1", *more,
    ]  # fmt: skip
    log = folder / "server.log"
    with open(log, "wb") as out:
        process = subprocess.Popen(
            command, cwd=folder, env=environment(), stdin=subprocess.DEVNULL, stdout=out,
            stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    server = Running(f"http://127.0.0.1:{port}", version, process, log)
    try:
        wait_until_up(server)
        yield server
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGCONT)
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)


def environment() -> dict[str, str]:
    """The server's variables: nothing told to anybody, no workers for jobs nobody asks for."""
    keep = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL")
    own = {name: os.environ[name] for name in keep if name in os.environ}
    return own | {
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "GIT_PYTHON_REFRESH": "quiet",
    }


def wait_until_up(server: Running) -> None:
    """Ask until it answers; fail with its log where it does not."""
    end = time.monotonic() + _START
    while time.monotonic() < end:
        if server.process.poll() is not None:
            break
        with (
            suppress(OSError, urllib.error.URLError),
            urllib.request.urlopen(f"{server.uri}/version", timeout=5) as answer,
        ):
            if answer.status == 200:
                return
        time.sleep(0.1)
    raise AssertionError(f"MLflow did not start:\n{server.log.read_text('utf-8')[-3000:]}")

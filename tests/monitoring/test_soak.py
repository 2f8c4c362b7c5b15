"""A watch that runs for long keeps neither memory nor open files. Opt in with SWREG_TEST_SOAK=600."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import Repo
from tests.monitoring.monitored import ERRORS, behave, deploy, rules

SECONDS = float(os.environ.get("SWREG_TEST_SOAK") or 0)
WARM_UP = 0.3
"""The share of the time after which what is held must not grow any more."""


def held(process: subprocess.Popen[bytes]) -> tuple[int, int]:
    """Open files, and resident memory in kB."""
    proc = Path(f"/proc/{process.pid}")
    status = dict(line.split(":", 1) for line in (proc / "status").read_text().splitlines())
    return len(list((proc / "fd").iterdir())), int(status["VmRSS"].split()[0])


@pytest.mark.slow
@pytest.mark.timeout(0)
@pytest.mark.skipif(not SECONDS, reason="SWREG_TEST_SOAK does not say for how many seconds")
@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="there is no /proc to look into")
def test_a_long_watch_leaks_nothing(repo: Repo) -> None:
    deploy(repo, "v1.0.0", "v1.1.0")
    # An alert that lasts, and nobody at home to hear of it: the paths with threads and an outbox.
    rules(repo, ERRORS, replace(ERRORS, threshold=0.01, mode="alert", cool_down="0s"))
    policy = repo.path / ".specweave/model-registry.yaml"
    repo.write(
        ".specweave/model-registry.yaml",
        policy.read_text("utf-8") + 'notifications: [{url: "http://127.0.0.1:9/"}]\n',
    )
    repo.commit("chore: who hears of it")
    behave(repo.path, "v1.1.0", [1.0] * 2 + [0.0] * 98)
    command = [sys.executable, "-m", "swreg", "monitor", "watch", "--interval", "0.2s"]
    process = subprocess.Popen(command, cwd=repo.path, stdout=subprocess.DEVNULL)
    try:
        seen: list[tuple[int, int]] = []
        end = time.monotonic() + SECONDS
        while (left := end - time.monotonic()) > 0:
            assert process.poll() is None
            if left < SECONDS * (1 - WARM_UP):
                seen.append(held(process))
            time.sleep(min(left, SECONDS / 60))
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    files, memory = zip(*seen, strict=True)
    third = max(1, len(seen) // 3)
    # A git process of the moment has pipes open, so the fewest of each part are compared.
    assert min(files[-third:]) <= min(files[:third])
    assert min(memory[-third:]) <= min(memory[:third]) * 1.02 + 512

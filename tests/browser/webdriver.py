"""The few words of the WebDriver protocol that the tests speak with a real Chromium."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest


class Browser:
    """One window. Scripts run in the page and return plain data."""

    def __init__(self, session: str) -> None:
        self._session = session

    def open(self, url: str) -> None:
        send(f"{self._session}/url", url=url)

    def run(self, script: str, *arguments: object) -> Any:
        """The value that the script returns; a promise is waited for."""
        return send(f"{self._session}/execute/sync", script=script, args=list(arguments))

    def type(self, selector: str, text: str) -> None:
        """Type into an element as a person does."""
        found = send(f"{self._session}/element", using="css selector", value=selector)
        (reference,) = found.values()
        send(f"{self._session}/element/{reference}/value", text=text)

    def press(self, *keys: str) -> None:
        """Press and release keys, wherever the focus is."""
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        send(f"{self._session}/actions", actions=[{"type": "key", "id": "k", "actions": actions}])

    def log(self) -> list[str]:
        """What the browser complained of since the last call."""
        return [line["message"] for line in send(f"{self._session}/se/log", type="browser")]


def send(address: str, /, **body: object) -> Any:
    data = json.dumps(body).encode()
    request = Request(address, data, {"Content-Type": "application/json"}, method="POST")
    with urlopen(request, timeout=60) as answer:
        return json.load(answer)["value"]


def programs() -> tuple[str, str]:
    """Browser and driver; a test is skipped by name without them."""
    chromium = os.environ.get("SWREG_TEST_CHROMIUM") or shutil.which("chromium")
    driver = shutil.which("chromedriver")
    if chromium is None or driver is None:
        pytest.skip("chromium and chromedriver are not installed")
    return chromium, driver


def axe_script() -> str:
    """The source of axe-core."""
    folder = os.environ.get("SWREG_TEST_AXE")
    path = Path(folder or "/nowhere") / "node_modules/axe-core/axe.min.js"
    if not path.is_file():
        pytest.skip("the npm package axe-core is not in SWREG_TEST_AXE")
    return path.read_text(encoding="utf-8")


@contextmanager
def browsing(home: Path, *, dark: bool = False) -> Iterator[Browser]:
    """A window of a new, headless browser."""
    chromium, driver = programs()
    options = {
        "binary": chromium,
        "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                 f"--user-data-dir={home / 'profile'}", "--window-size=1200,900",
                 *(["--force-dark-mode", "--blink-settings=preferredColorScheme=0"] if dark else [])],
    }  # fmt: skip
    capabilities = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
    with subprocess.Popen([driver, "--port=0"], stdout=subprocess.PIPE, text=True,
                          env={**os.environ, "HOME": str(home)}) as process:  # fmt: skip
        try:
            assert process.stdout is not None
            line = next(line for line in process.stdout if "successfully on port" in line)
            port = line.rstrip().rstrip(".").rsplit(" ", 1)[1]
            top = f"http://127.0.0.1:{port}"
            made = send(f"{top}/session", capabilities={"alwaysMatch": capabilities})
            session = f"{top}/session/{made['sessionId']}"
            yield Browser(session)
            urlopen(Request(session, method="DELETE"), timeout=30).close()
        finally:
            process.terminate()

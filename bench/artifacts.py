"""Large files: registered into a folder against hashing them, and into S3 against boto3."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from bench.measure import Case, Figures, fixed, measure
from bench.projects import SWREG, commit_all, project

Rows = list[list[str]]
MB = 1 << 20
_HASH = (
    "import hashlib, sys, pathlib\n"
    "portion = memoryview(bytearray(1 << 20))\n"
    "for path in pathlib.Path(sys.argv[1]).iterdir():\n"
    "    digest = hashlib.sha256()\n"
    "    with open(path, 'rb', buffering=0) as file:\n"
    "        while count := file.readinto(portion): digest.update(portion[:count])\n"
)
_COPY = (
    _HASH + "import os; os.system(f'cp -r {sys.argv[1]} {sys.argv[2]} && sync {sys.argv[2]}/*')\n"
)
_ASIDE = (
    "import pathlib, shutil, sys; from swreg.storage.artifacts.payload import collect\n"
    "into = pathlib.Path(sys.argv[2]); into.mkdir()\n"
    "collect(pathlib.Path(sys.argv[1]), into); shutil.rmtree(into)\n"
)
_UP = "import boto3, sys; boto3.client('s3').upload_file(sys.argv[1], 'bench', sys.argv[2])"
_DOWN = "import boto3, sys; boto3.client('s3').download_file('bench', 'plain', sys.argv[1])"
_PORT = 17873
_AIMED = ("copied and hashed in one pass", "registry-get")


def artifacts(place: Path, rounds: int, full: bool) -> Rows:
    """A folder of four files as a version in a store that is a folder; S3 with `--full`."""
    rounds = min(rounds, 3)
    folder, size = place / "artifact", 1024 if full else 64
    folder.mkdir()
    for number in range(4):
        _fill(folder / f"weights-{number}", size // 4)
    (store := place / "store").mkdir()
    repo = _project(place / "artifacts", f"file://{store}")
    register = (*SWREG, "registry-register", "big-model", "--artifact", str(folder))

    def settle(turn: int) -> None:
        """What was written before must not be paid for here."""
        shutil.rmtree(place / "copy", ignore_errors=True)
        shutil.rmtree(store / "sha256", ignore_errors=True)
        os.sync()

    def change(turn: int) -> None:
        for file in folder.iterdir():
            with open(file, "r+b") as out:
                out.write(os.urandom(64))
        settle(turn)

    copy = fixed(sys.executable, "-c", _COPY, str(folder), str(place / "copy"))
    aside = fixed(sys.executable, "-c", _ASIDE, str(folder), str(place / "aside"))
    cases = [
        Case(
            name="hashing alone", command=fixed(sys.executable, "-c", _HASH, str(folder)), cwd=place
        ),
        Case(name="copied and hashed in one pass", command=aside, cwd=place, prepare=settle),
        Case(name="hashing, then cp and sync", command=copy, cwd=place, prepare=settle),
        Case(name="registry-register", command=fixed(*register), cwd=repo, prepare=change),
    ]
    figures = measure(cases, rounds=rounds)
    rows = _rows(
        figures, cases, "hashing alone", f"{size} MB into a folder", "<= 1.5" if full else ""
    )
    return rows + (_s3(place, folder / "weights-0", rounds) if full else [])


def _rows(figures: Figures, cases: Sequence[Case], to: str, title: str, aim: str) -> Rows:
    rows = [[title, "ms", f"x {to}", "CPU, ms", "aim", "MB"]]
    for case in cases:
        cpu = min(one.cpu for one in figures.samples[case.name])
        rows.append(
            [case.name, f"{figures.wall(case.name) * 1000:.0f}", f"{figures.ratio(case.name, to):.2f}",
             f"{cpu * 1000:.0f}", aim if case.name in _AIMED else "",
             f"{figures.memory(case.name) / 1e6:.0f}"]
        )  # fmt: skip
    return rows


def _s3(place: Path, file: Path, rounds: int) -> Rows:
    """One file to a server of S3 on this machine and back, against the plain client."""
    if not all(find_spec(name) for name in ("moto", "boto3", "obstore")):
        return [["S3 was skipped: moto, boto3 or obstore is missing", *[""] * 5]]
    os.environ |= {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{_PORT}",
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench-bench",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    server = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(_PORT)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _make_bucket(f"http://127.0.0.1:{_PORT}/bench")
        return _to_and_fro(place, file, rounds)
    finally:
        server.kill()
        server.wait()


def _make_bucket(url: str) -> None:
    for _ in range(200):
        try:
            urllib.request.urlopen(urllib.request.Request(url, method="PUT")).close()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("bench: the server of S3 did not start")


def _to_and_fro(place: Path, file: Path, rounds: int) -> Rows:
    repo = _project(place / "s3", "s3://bench/registry")
    for key, value in (("swreg.cacheSize", "0"), ("swreg.storeTimeout", "300s")):
        subprocess.run(["git", "-C", str(repo), "config", key, value], check=True)

    def change(turn: int) -> None:
        with open(file, "r+b") as out:
            out.write(os.urandom(64))

    register = fixed(*SWREG, "registry-register", "big-model", "--artifact", str(file))

    def get(turn: int) -> Sequence[str]:
        into = str(place / f"out-{turn}")
        return (*SWREG, "registry-get", "big-model@latest", "--output", into)

    cases = [
        Case(name="boto3: up", command=fixed(sys.executable, "-c", _UP, str(file), "plain"), cwd=place),
        Case(name="registry-register", command=register, cwd=repo, prepare=change),
        Case(name="boto3: down", command=fixed(sys.executable, "-c", _DOWN, str(place / "down")), cwd=place),
        Case(name="registry-get", command=get, cwd=repo),
    ]  # fmt: skip
    figures = measure(cases, rounds=rounds)
    title = f"{file.stat().st_size // MB} MB to S3"
    up = _rows(figures, cases[:2], "boto3: up", f"{title} (and read back to prove it)", "")
    return up + _rows(figures, cases[2:], "boto3: down", f"{title} and back", "<= 1.2")


def _fill(path: Path, size: int) -> None:
    with open(path, "wb") as out:
        out.writelines(os.urandom(MB) for _ in range(size))


def _project(place: Path, storage: str) -> Path:
    repo = project(place)
    (repo / ".specweave/model-registry.yaml").write_text(f"artifacts:\n  storage: {storage}\n")
    commit_all(repo, "chore: a store")
    return repo

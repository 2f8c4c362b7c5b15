"""`monitor …` and `ab …`: what they say, their exit codes, and how a watch ends."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from swreg.cli.commands_table import one_word
from swreg.cli.completion import replies
from swreg.monitoring.exporter import serve
from swreg.monitoring.web import exchange
from tests.cli.conftest import MODEL, Call
from tests.conftest import Repo

V2 = ["--version", "v3.1.0"]


@pytest.fixture
def watched(registry: Repo, call: Call) -> Repo:
    """v3.1.0 replaced v3.0.0 in production, and more than 5 per cent of errors rolls back."""
    for stage in ("staging", "production"):
        assert call(registry, "registry-promote", MODEL, "v3.1.0", "--to", stage).code == 0
    said = call(registry, "monitor", "trigger", "error_rate", "0.05", "--window", "1h",
                "--min-samples", "10", "--reason", "an agreement")  # fmt: skip
    assert said.code == 0
    return registry


def feed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def errors(share: float, count: int = 20) -> str:
    values = [1.0] * int(share * count) + [0.0] * (count - int(share * count))
    return "".join(json.dumps({"metric": "error_rate", "value": one}) + "\n" for one in values)


def test_the_way_of_a_rollback(watched: Repo, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    feed(monkeypatch, errors(0.25))
    said = call(watched, "monitor", "record", MODEL)
    assert said.out == f"20 of error_rate for {MODEL} v3.1.0\n"
    dry = call(watched, "monitor", "check", "--dry-run")
    assert dry.code == 4
    assert "would roll back fraud-detection-model v3.1.0 -> v3.0.0" in dry.out
    assert "nothing was changed" in dry.out
    done = call(watched, "monitor", "check", "--json")
    assert (done.code, done.envelope["ok"]) == (4, False)
    assert [one["action"] for one in done.envelope["data"]] == ["rolled-back"]
    assert done.envelope["events"][0]["event"] == "rolled-back"
    again = call(watched, "monitor", "check")
    assert (again.code, again.out.split()[0]) == (0, "unknown")
    assert "unknown" in again.err
    assert "held: trigger error_rate" in call(watched, "registry-list", "--all-versions").out


def test_status_shows_figures_a_line_and_the_margin(
    watched: Repo, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed(monkeypatch, errors(0.0))
    call(watched, "monitor", "record", MODEL)
    said = call(watched, "monitor", "status", "--window", "1h")
    assert "mean 0" in said.out
    assert "▅" in said.out
    assert "+0.05" in said.out
    data = call(watched, "monitor", "status", "--json").envelope["data"]
    assert data["figures"][0]["samples"] == 20
    assert data["triggers"][0]["outcome"] == "ok"


def test_a_trigger_is_taken_out_again(watched: Repo, call: Call) -> None:
    tells = ["monitor", "trigger", "error_rate", "0.02", "--mode", "alert", "--window", "1h"]
    assert call(watched, *tells).code == 0
    missing = call(watched, "monitor", "trigger", "error_rate")
    assert (missing.code, "no threshold is given" in missing.err) == (2, True)
    assert call(watched, "monitor", "trigger", "error_rate", "--remove").code == 0
    left = json.loads(call(watched, "monitor", "check", "--json").out)["data"]
    assert [(one["metric"], one["mode"]) for one in left] == [("error_rate", "alert")]
    again = call(watched, "monitor", "trigger", "error_rate", "--remove")
    assert (again.code, "no trigger of every model" in again.err) == (1, True)


def test_nothing_is_set_yet(registry: Repo, call: Call) -> None:
    assert call(registry, "monitor", "status").out.startswith("nothing is tracked")
    assert call(registry, "monitor", "check").out == "no triggers are set\n"


def test_a_chart_is_drawn(
    watched: Repo, call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pytest.importorskip("matplotlib")
    feed(monkeypatch, errors(0.0))
    call(watched, "monitor", "record", MODEL)
    path = tmp_path / "errors.svg"
    said = call(watched, "monitor", "status", MODEL, "--metric", "error_rate", "--plot", str(path))
    assert (said.code, said.out) == (0, f"wrote {path}\n")
    assert "<svg" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "code", "line"),
    [
        (["monitor"], 2, "is no command alone"),
        (["monitor", "trigger", "latncy", "1"], 2, "is no metric known by name"),
        (["monitor", "trigger", "accuracy", "0.8", "--direction", "above"], 2, "is no harm"),
        (["monitor", "trigger", "accuracy", "0.8", "--window", "24"], 2, "with a unit"),
        (["monitor", "trigger", "accuracy", "80"], 2, "out of reach"),
        (["monitor", "trigger", "latency", "9", "--model", "other"], 1, "no model called"),
        (["monitor", "track", "other", "latency"], 1, "no model called"),
        (["monitor", "track", MODEL, "a b"], 2, "is no name of a metric"),
        (["monitor", "record", MODEL, "latency", "nan"], 2, "no number"),
        (["monitor", "record", MODEL, "accuracy", "87"], 2, "between 0 and 1"),
        (["monitor", "record", MODEL, "latency", "1", "--label", "x"], 2, "not key=value"),
        (["monitor", "snapshot"], 1, "no figures of the last 24h"),
        (["monitor", "status", "--plot", "x.png"], 2, "what is to be drawn"),
        (["monitor", "watch", "--interval", "5"], 2, "with a unit"),
        (["monitor", "export", "--listen", "nowhere"], 2, "is no address"),
        (["ab", "status", MODEL], 1, "no A/B test"),
        (["ab", "start", MODEL, "--metric", "error_rate"], 1, "in staging"),
        (["ab", "start", MODEL, "--treatment", "v3.0.0"], 2, "against itself"),
        (["ab", "start", MODEL, "--split", "2"], 2, "split must lie between"),
    ],
)
def test_bad_input_is_one_line_with_the_right_code(
    registry: Repo, call: Call, words: list[str], code: int, line: str
) -> None:
    head = registry.head
    said = call(registry, *words)
    assert (said.code, said.err.count("\n")) == (code, 1)
    assert line in said.err
    assert registry.head == head


def test_a_wrong_line_on_the_input_stores_nothing(
    watched: Repo, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed(monkeypatch, errors(0.25) + '{"metric": "error_rate", "value": NaN}\n')
    said = call(watched, "monitor", "record", MODEL)
    assert said.code == 2
    assert "line 21" in said.err
    assert "no sample" in call(watched, "monitor", "check").err


def test_an_ab_test_from_start_to_stop(
    registry: Repo, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert call(registry, "registry-promote", MODEL, "v3.1.0", "--to", "staging").code == 0
    start = ["ab", "start", MODEL, "--metric", "error_rate", "--split", "0.5"]
    assert call(registry, *start).code == 0
    assert "runs: v3.1.0 against v3.0.0" in call(registry, *start).err
    keys = [f"user-{number}" for number in range(2000)]
    dealt = [line.split() for line in call(registry, "ab", "assign", MODEL, *keys).out.splitlines()]
    assert call(registry, "ab", "assign", MODEL, "user-7").out.split()[0] == dealt[7][0]
    assert 900 < sum(arm == "treatment" for _, arm, _ in dealt) < 1100
    lines = [
        json.dumps({"key": key, "value": float(number % 5 == 0 and arm == "control")})
        for number, (_, arm, key) in enumerate(dealt)
    ]
    feed(monkeypatch, "\n".join(lines))
    assert call(registry, "ab", "record", MODEL).code == 0
    assert "the first one counts" in call(registry, "ab", "record", MODEL, "user-7", "1").err
    data = call(registry, "ab", "status", MODEL, "--json").envelope["data"]
    assert data["result"]["treatment_is_better"] is True
    assert data["result"]["sample_ratio_ok"] is True
    assert "error_rate" in call(registry, "ab", "status", MODEL).out
    stop = call(registry, "ab", "stop", MODEL, "--json", "--reason", "enough")
    assert stop.envelope["events"][0]["event"] == "ab-test-decided"
    assert stop.envelope["events"][0]["better"] is True
    assert stop.envelope["events"][0]["evidence"].startswith("better: ")
    assert call(registry, "ab", "stop", MODEL).code == 1


def test_the_export_goes_into_a_file_and_over_http(
    watched: Repo, call: Call, tmp_path: Path
) -> None:
    path = tmp_path / "registry.prom"
    assert call(watched, "monitor", "export", "--output", str(path)).code == 0
    text = path.read_text(encoding="utf-8")
    assert (
        f'swreg_version_in_stage{{model="{MODEL}",version="v3.1.0",stage="production"}} 1' in text
    )
    stop, urls = threading.Event(), []
    ready = threading.Event()

    def started(url: str) -> None:
        urls.append(url)
        ready.set()

    thread = threading.Thread(
        target=serve,
        args=(lambda: text, ("127.0.0.1", 0)),
        kwargs={"stop": stop, "started": started},
    )
    thread.start()
    assert ready.wait(10)
    assert exchange(urls[0], timeout=5).body.decode() == text
    assert exchange(urls[0].removesuffix("metrics"), timeout=5).status == 404
    stop.set()
    thread.join(10)
    assert not thread.is_alive()


@pytest.mark.timeout(60)
def test_a_watch_logs_survives_a_failure_and_stops_on_sigterm(watched: Repo) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "swreg", "monitor", "watch", "--interval", "1s"],
        cwd=watched.path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
    )
    assert process.stdout is not None
    first = json.loads(process.stdout.readline())
    assert (first["event"], first["outcome"]) == ("checked", "unknown")
    config = watched.path / ".git" / "HEAD"
    kept = config.read_text()
    config.write_text("nonsense\n")
    deadline = time.monotonic() + 30
    line: dict[str, object] = {}
    while line.get("event") != "failed" and time.monotonic() < deadline:
        line = json.loads(process.stdout.readline())
    assert line["event"] == "failed", line
    config.write_text(kept)
    while line.get("event") != "checked" and time.monotonic() < deadline:
        line = json.loads(process.stdout.readline())
    assert line["event"] == "checked"
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (0, "")
    last = [json.loads(one) for one in out.splitlines()][-1]
    assert (last["event"], last["rounds"] >= 2, last["failures"] >= 1) == ("stopped", True, True)


def test_two_words_are_one_command_also_for_completion() -> None:
    assert one_word(["monitor", "check"]) == ["monitor-check"]
    assert one_word(["registry-list", "check"]) == ["registry-list", "check"]
    assert "check" in [one.word for one in replies(["monitor"], "")]
    assert "--interval" in [one.word for one in replies(["monitor", "watch"], "--")]


def test_a_number_below_zero_is_told_how_to_be_written(watched: Repo, call: Call) -> None:
    said = call(watched, "monitor", "record", MODEL, "throughput", "-3.5")
    assert said.code == 2
    assert said.err == (
        "swreg: a number below 0 reads as an option: -3; "
        "write it last: swreg monitor-record … -- -3\n"
    )


def test_a_watch_ends_soon_although_a_push_hangs(
    watched: Repo, call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    far = tmp_path / "far.git"
    watched.git("clone", "--quiet", "--bare", str(watched.path), str(far))
    watched.git("remote", "add", "origin", str(far))
    watched.git("fetch", "--quiet", "origin")
    hook, begun = watched.path / ".git" / "hooks" / "pre-push", tmp_path / "begun"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f'#!/bin/sh\necho $$ > "{begun}"\nexec sleep 60\n', "utf-8")
    hook.chmod(0o755)
    feed(monkeypatch, '{"metric": "error_rate", "value": 1}\n' * 20)
    assert call(watched, "monitor", "record", MODEL).code == 0
    command = [sys.executable, "-m", "swreg", "monitor", "watch", "--interval", "1s", "--push"]
    with subprocess.Popen(command, cwd=watched.path, stdout=subprocess.PIPE) as process:
        end = time.monotonic() + 60
        while not (begun.exists() and begun.read_text()) and time.monotonic() < end:
            assert process.poll() is None
            threading.Event().wait(0.05)
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=30)
    os.kill(int(begun.read_text()), signal.SIGKILL)
    assert process.returncode == 0
    assert b"not pushed: git push did not answer" in out
    assert watched.git("log", "-1", "--format=%s").startswith("chore(registry): roll back")

from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from swreg.domain.decisions import Decision
from swreg.monitoring.exposition import Deployed, exposition

DECISION = Decision(
    metric="latency",
    outcome="fire",
    why="",
    until=0,
    window=900,
    samples=40,
    observed=250.5,
    limit=200,
)
STATE = [
    Deployed(model="fraud", version="v3.1.0", stage="production", since=1_700_000_000.5),
    Deployed(model="fraud", version="v3.0.0", stage="archived", held=True),
]


def read(text: str) -> dict[str, list[tuple[dict[str, str], float]]]:
    return {
        family.name: [(sample.labels, sample.value) for sample in family.samples]
        for family in text_string_to_metric_families(text)
    }


def test_a_reader_sees_the_state() -> None:
    found = read(exposition(STATE, {"fraud": [DECISION]}))
    live = {"model": "fraud", "version": "v3.1.0", "stage": "production"}
    old = {"model": "fraud", "version": "v3.0.0", "stage": "archived"}
    assert found["swreg_version_in_stage"] == [(live, 1), (old, 1)]
    assert found["swreg_version_in_stage_since_seconds"] == [(live, 1_700_000_000.5)]
    assert found["swreg_version_held"] == [(old, 1)]
    assert [value for _, value in found["swreg_trigger_state"]] == [0, 0, 0, 1]
    assert found["swreg_trigger_observed"] == [({"model": "fraud", "metric": "latency"}, 250.5)]
    assert found["swreg_trigger_samples"][0][1] == 40


def test_an_unknown_figure_has_no_line() -> None:
    unknown = Decision(metric="accuracy", outcome="unknown", why="", until=0, window=1)
    found = read(exposition([], {"fraud": [unknown]}))
    assert "swreg_trigger_observed" not in found
    assert found["swreg_trigger_samples"][0][1] == 0
    assert exposition([]) == ""


@given(st.text(), st.text())
def test_any_text_survives_as_a_label(model: str, stage: str) -> None:
    one = Deployed(model=model, version="v1.0.0", stage=stage)
    # The reader splits lines at characters that end none in this format, so they stay out here.
    if not any(mark in model + stage for mark in "\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"):
        ((labels, _),) = read(exposition([one]))["swreg_version_in_stage"]
        assert (labels["model"], labels["stage"]) == (model, stage)


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_the_project_s_own_checker_finds_nothing() -> None:
    text = exposition(STATE, {'fra"u\\d\n': [DECISION]})
    done = subprocess.run(
        ["promtool", "check", "metrics"], input=text, text=True, capture_output=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")

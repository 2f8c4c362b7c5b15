"""How versions are written in MLflow's tags, without a server."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swreg.domain.events import PromotedEvent, TaggedEvent
from swreg.domain.policy import MLflow
from swreg.domain.record import Record, record_id
from swreg.domain.shape import ShapeError, Timestamp, read, write
from swreg.domain.stage import Stage
from swreg.domain.version import Version
from swreg.integrations import mlflow_tags as tags
from swreg.integrations.mlflow_errors import said
from tests.property.strategies import versions

TEXT = st.text(min_size=0, max_size=9000)
KEY = re.compile(r"[\w\-. /]{1,250}", re.ASCII)


@given(versions)
def test_a_version_is_read_back(version: Version) -> None:
    assert tags.version_of({tags.SEMVER: tags.semver(version)}) == version
    assert tags.version_of({tags.SEMVER: tags.semver(version), tags.VOID: "x"}) is None


@given(TEXT, TEXT, st.lists(TEXT, max_size=5), st.integers(0, 10**6 - 1))
def test_an_event_fits_into_a_tag(actor: str, reason: str, added: list[str], place: int) -> None:
    event = TaggedEvent(
        model="m", version=Version.parse("v1.0.0"), actor=actor, reason=reason,
        at=Timestamp("2024-01-20T14:00:00Z"), added=tuple(added),
    )  # fmt: skip
    key, value = tags.event_tag(Record(event, record_id(event)), place)
    assert KEY.fullmatch(key)
    assert len(value) < 16_000
    assert json.loads(value)["op"] == "tagged"
    assert tags.event_ids([key]) == {tags.short_id(record_id(event))}


def test_events_sort_as_the_history_goes_whatever_the_clock_says() -> None:
    def event(at: str) -> Record:
        one = PromotedEvent(
            model="m", version=Version.parse("v1.0.0"), actor="a", at=Timestamp(at),
            from_=Stage.DEV, to=Stage.STAGING,
        )  # fmt: skip
        return Record(one, record_id(one))

    later = tags.event_tag(event("2024-01-20T14:00:00Z"), 2)[0]
    earlier = tags.event_tag(event("2031-01-20T14:00:00Z"), 1)[0]
    assert earlier < later


@given(st.dictionaries(st.sampled_from(["dev", "staging", "production"]), versions))
def test_where_the_stages_stood_is_read_back(aliases: dict[str, Version]) -> None:
    told = tags.read_stages(tags.stages_tag(aliases))
    assert told == {alias: tags.semver(version) for alias, version in aliases.items()}


@pytest.mark.parametrize("text", [None, "", "nonsense", "[1]", "7", "[" * 100_000])
def test_nonsense_says_nothing(text: str | None) -> None:
    assert tags.read_stages(text) == {}


@pytest.mark.parametrize(
    "raw",
    [
        {"tracking_uri": "http://ada:secret@mlflow.example.org"},
        {"tracking_uri": "databricks"},
        {"tracking_uri": "http://"},
        {"tracking_uri": "http://mlflow", "timeout": "soon"},
        {"tracking_uri": "http://mlflow", "experiment": " / "},
        {},
    ],
)
def test_a_setting_that_is_none_is_refused(raw: dict[str, str]) -> None:
    with pytest.raises(ShapeError):
        read(MLflow, raw)


def test_a_setting_is_read_back() -> None:
    setting = MLflow(tracking_uri="https://mlflow.example.org", experiment="ml", branch="main")
    assert read(MLflow, write(setting)) == setting


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (("API request to endpoint / failed with error code 403 != 200. Response body: 'Invalid Host "
         "header - possible DNS rebinding attack detected'"), "--allowed-hosts"),
        ("API request to endpoint / failed with error code 404 != 200. Response body: '<html>'",
         "does not answer like an MLflow server (HTTP 404)"),
        ("API request to endpoint / failed with error code 401 != 200. Response body: 'who?'",
         "MLFLOW_TRACKING_USERNAME"),
        (("API request to http://a:b@h/ failed with exception HTTPConnectionPool(host='h'): Max "
         "retries exceeded (Caused by X: [Errno 111] Connection refused)"), "connection refused"),
        ("read timed out. (read timeout=20)", "did not answer in time"),
        ("a\nb\x1b[31m" + "x" * 900, "failed to look"),
    ],
)  # fmt: skip
def test_every_failure_is_one_line(text: str, says: str) -> None:
    line = str(said(RuntimeError(text), "http://h", "look"))
    assert says in line
    assert "\n" not in line
    assert "\x1b" not in line
    assert len(line) < 500

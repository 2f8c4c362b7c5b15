"""How a version is written in MLflow's tags, and read back. Pure: values in, text out.

Tags of a version (values are text): `swreg.semver` its number, `swreg.stage`, `swreg.sha256` the
digest of its files, `swreg.increment`, where they apply `swreg.tags` (JSON), `swreg.held`,
`swreg.deprecated`, `swreg.eol` and `swreg.traffic`, and `swreg.event.<place>.<id>` for each event
of its history (JSON); the place is the one in the history, because clocks may run backwards. `swreg.void` marks a version that does not count, and why. The registered
model has `swreg.stages` (JSON): where the stages stood when it was last brought in step.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from swreg.domain.catalog import Found, Model
from swreg.domain.events import Event, MonitorSnapshotEvent
from swreg.domain.record import Record
from swreg.domain.stage import POINTED, Stage
from swreg.domain.version import Version
from swreg.errors import UsageError

SEMVER = "swreg.semver"
STAGE = "swreg.stage"
DIGEST = "swreg.sha256"
SIGNATURE_DIGEST = "swreg.signature_sha"
LINEAGE = "swreg.lineage"
VOID = "swreg.void"
STAGES = "swreg.stages"
MODEL = "swreg.model"
EVENT = "swreg.event."
FOREIGN_EVENT = "swreg.foreign-event."
STATE = (STAGE, "swreg.tags", "swreg.held", "swreg.deprecated", "swreg.eol", "swreg.traffic")
"""The tags that change while a version lives; the rest stays as it was registered."""

_LONGEST_TEXT = 500
_FURTHER = ("from_", "to", "for_", "replaces", "on_behalf_of", "end_of_life", "source", "added",
            "removed")  # fmt: skip


def semver(version: Version) -> str:
    """The number as MLflow's users search for it, without the `v`.

    >>> semver(Version.parse("v3.1.0-rc.1"))
    '3.1.0-rc.1'
    """
    return str(version).removeprefix("v")


def version_of(tags: Mapping[str, str]) -> Version | None:
    """The version that tags say they are; None where they do not, or say they do not count.

    >>> str(version_of({"swreg.semver": "3.1.0"}))
    'v3.1.0'
    >>> version_of({"swreg.semver": "latest"}) is None
    True
    """
    text = tags.get(SEMVER)
    if text is None or VOID in tags:
        return None
    try:
        return Version.parse(f"v{text}")
    except UsageError:
        return None


def state_tags(found: Found) -> dict[str, str]:
    """The tags of a version that follow its state."""
    entry, end = found.entry, None
    tags = {STAGE: str(found.stage)}
    if entry.tags:
        tags["swreg.tags"] = json.dumps(list(entry.tags), ensure_ascii=False)
    if entry.hold is not None:
        tags["swreg.held"] = _cut(entry.hold.reason)
    if entry.deprecated is not None:
        tags["swreg.deprecated"] = _cut(entry.deprecated.reason)
        end = entry.deprecated.end_of_life
    if end is not None:
        tags["swreg.eol"] = str(end)
    if entry.traffic is not None:
        tags["swreg.traffic"] = str(entry.traffic)
    return tags


def fixed_tags(found: Found) -> dict[str, str]:
    """The tags of a version that never change."""
    entry = found.entry
    return {
        SEMVER: semver(found.version),
        DIGEST: entry.artifact.digest,
        "swreg.increment": entry.registered.increment,
        "swreg.registered_by": _cut(entry.registered.by),
    }


def lineage_tag(facts: Mapping[str, object]) -> dict[str, str]:
    """Where the version comes from, of the facts in its metadata."""
    known = ("training_data_version", "feature_engineering_version", "experiment", "parent_model")
    told = {key: facts[key] for key in known if facts.get(key)}
    return {LINEAGE: json.dumps(told, ensure_ascii=False)} if told else {}


def aliases_of(model: Model) -> dict[str, Version]:
    """Where the aliases stand: one for each stage, in dev on the highest version there."""
    wanted = {str(stage): model.stages[stage] for stage in POINTED if stage in model.stages}
    in_dev = [one for one in model.versions if model.stage_of(one) is Stage.DEV]
    return {**wanted, "dev": max(in_dev)} if in_dev else wanted


def event_tag(record: Record, place: int) -> tuple[str, str]:
    """Key and value of an event's tag; the keys sort as the history goes."""
    event = record.event
    told: dict[str, object] = {
        "op": event.kind,
        "at": event.at,
        "by": _cut(event.actor),
        "reason": _cut(event.reason),
    }
    for name in _FURTHER:
        value = getattr(event, name, None)
        if value:
            told[name.rstrip("_")] = _cut(
                ", ".join(value) if isinstance(value, tuple) else str(value)
            )
    if event.forced:
        told["forced"] = True
    told["id"] = record.id
    return f"{EVENT}{place:06d}.{short_id(record.id)}", json.dumps(told, ensure_ascii=False)


def to_set(wish: Mapping[str, str], has: Mapping[str, str]) -> dict[str, str]:
    """The tags that have to be written. An event is known by its id: a merge may change its place.

    >>> to_set({"swreg.event.000002.ab": "x", "swreg.stage": "dev"}, {"swreg.event.000001.ab": "x"})
    {'swreg.stage': 'dev'}
    """
    keys = {_id_in(key): key for key in has if key.startswith(EVENT)}
    pairs = {
        keys.get(_id_in(key), key) if key.startswith(EVENT) else key: value
        for key, value in wish.items()
    }
    return {key: value for key, value in pairs.items() if has.get(key) != value}


def _id_in(key: str) -> str:
    return key.rpartition(".")[2]


def short_id(record_id: str) -> str:
    """The part of a record's id that stands in a tag's key."""
    return record_id.removeprefix("sha256:")[:16]


def event_ids(tags: Iterable[str]) -> set[str]:
    """The short ids of the events that tags tell.

    >>> event_ids(["swreg.event.000007.0123456789abcdef", "swreg.stage"])
    {'0123456789abcdef'}
    """
    return {_id_in(key) for key in tags if key.startswith(EVENT)}


def is_told(event: Event) -> bool:
    """Whether MLflow is told of such an event: figures of monitoring are not its history."""
    return not isinstance(event, MonitorSnapshotEvent)


def stages_tag(aliases: Mapping[str, Version]) -> str:
    """What `swreg.stages` says of these aliases."""
    return json.dumps({alias: semver(aliases[alias]) for alias in sorted(aliases)})


def read_stages(text: str | None) -> dict[str, str]:
    """Alias to SemVer of `swreg.stages`; nothing where it is absent or was edited into nonsense.

    >>> read_stages('{"production": "1.0.0"}'), read_stages("[")
    ({'production': '1.0.0'}, {})
    """
    try:
        told = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return {str(k): str(v) for k, v in told.items()} if isinstance(told, dict) else {}


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…"

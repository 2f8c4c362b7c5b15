"""Up to which commit this clone has brought MLflow in step: a small file in the git directory.

It is no queue: what is to do is worked out from the histories at that commit and at the tip. So a
process that dies between git and MLflow leaves nothing behind but a note that is behind.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from swreg.domain.history_row import parse_rows
from swreg.domain.policy import MLflow
from swreg.domain.record import Record
from swreg.domain.version import Version
from swreg.operations.project import Project
from swreg.storage.files import disk_errors, write_durably
from swreg.storage.layout import HISTORY

NOTHING = "nothing"
"""What a note says before the first commit of all."""

News = dict[str, set[Version] | None]
"""The models that something happened to, each with the versions concerned; None is all."""


def path_of(project: Project, setting: MLflow) -> Path:
    """The note of one server, experiment and registry."""
    about = (setting.tracking_uri, setting.experiment, project.layout.homes)
    key = hashlib.sha256("\n".join(about).encode()).hexdigest()[:12]
    return project.git.common_dir / "swreg" / f"mlflow-{key}.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Up to which commit the server is in step; `version` is the server's, once it was asked."""

    commit: str
    version: str = ""


def read(project: Project, setting: MLflow) -> Note | None:
    """The note, None for none; one that cannot be read is none."""
    try:
        raw = json.loads(path_of(project, setting).read_bytes())
        return Note(commit=str(raw["commit"]), version=str(raw["version"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write(project: Project, setting: MLflow, commit: str | None, *, version: str = "") -> None:
    """Remember that everything up to the commit is shown."""
    text = json.dumps({"commit": commit or NOTHING, "version": version})
    with disk_errors("note what MLflow shows"):
        write_durably(path_of(project, setting), text.encode())


def news(project: Project, since: str, tip: str) -> News | None:
    """What happened between two commits, as the histories tell; None where `since` is gone."""
    git = project.git
    if since != NOTHING and git.resolve(since) is None:
        return None
    before = [] if since == NOTHING else sorted(project.committed(since).homes())
    after = sorted(project.committed(tip).homes())
    old = _lines(project, since, before)
    new = [line for line in _lines(project, tip, after) if line not in old]
    found: News = {}
    for record in parse_rows("\n".join(new)):
        if isinstance(record, Record) and record.event.model:
            _add(found, record)
    return found


def _lines(project: Project, commit: str, homes: list[str]) -> dict[str, None]:
    texts = project.git.blobs([f"{commit}:{home}/{HISTORY}" for home in homes])
    return {
        line: None
        for text in texts
        for line in (text or b"").decode("utf-8", "replace").split("\n")
        if line.startswith("| ")
    }


def _add(found: News, record: Record) -> None:
    event = record.event
    known = found.setdefault(event.model, set())
    version = getattr(event, "version", None)
    if not isinstance(version, Version):
        found[event.model] = None  # a merge that somebody decided may have touched any of them
    elif known is not None:
        replaced = getattr(event, "replaces", None)
        known |= {version, replaced} if isinstance(replaced, Version) else {version}

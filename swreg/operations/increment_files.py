"""A first increment where SpecWeave is not there to make one: what SpecWeave itself would accept."""

from __future__ import annotations

import json
from collections.abc import Iterable

from swreg.domain.names import INCREMENT
from swreg.domain.shape import Timestamp
from swreg.errors import AlreadyExists, UsageError
from swreg.storage.layout import home_name

_SPEC = """\
---
increment: {name}
title: "{title}"
type: feature
priority: P1
status: active
created: {day}
structure: user-stories
test_mode: TDD
coverage_target: 80
---

# Feature: {title}

## Overview

Models that are registered here are kept in `models/`, what is known of them in `registry/`.
"""


def parse_increment(word: str, homes: Iterable[str]) -> str:
    """A name for a new increment, `0001-fraud-detection`; raises where its number is taken."""
    if not INCREMENT.fullmatch(word) or word.startswith("0000"):
        raise UsageError(
            f"{word[:60]!r} is no name of an increment", "write it like 0001-fraud-detection"
        )
    number = word.partition("-")[0]
    taken = [home_name(home) for home in homes if home_name(home).partition("-")[0] == number]
    if taken:
        raise AlreadyExists(f"increment {number} is {taken[0]}", "take another number")
    return word


def increment_files(name: str, *, project: str, at: Timestamp) -> dict[str, bytes]:
    """The files of a new increment, by their names in its folder."""
    title = name.partition("-")[2].replace("-", " ").capitalize()
    facts = {
        "id": name,
        "status": "active",
        "type": "feature",
        "priority": "P1",
        "created": at,
        "lastActivity": at,
        "testMode": "TDD",
        "coverageTarget": 80,
        "feature_id": None,
        "epic_id": None,
        "externalLinks": {},
        "planning": {"parallel": False},
        "project": project,
    }
    return {
        "metadata.json": json.dumps(facts, indent=2).encode(),
        "spec.md": _SPEC.format(name=name, title=title, day=at[:10]).encode(),
        "tasks.md": f"# Tasks: {title}\n".encode(),
    }

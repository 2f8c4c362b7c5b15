"""The tags in which GTO keeps a registry: `model@v1.2.3`, `model#prod#1`, and their undoing.

`=` in a tag stands for `:` in a name, which parts a folder from the artifact. A counter at the end
makes equal acts distinct. Only annotated tags count there; an act's place is the tagger's time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

_FOLDER = r"(?:[a-zA-Z0-9-_./]+=)?"
_NAME = r"[a-zA-Z0-9](?:[a-zA-Z0-9-/_]*[a-zA-Z0-9])?"
_NUMBER = r"(?:0|[1-9]\d*)"
_SEMVER = (
    rf"v{_NUMBER}\.{_NUMBER}\.{_NUMBER}"
    r"(?:-[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?(?:\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?"
)
_TAG = re.compile(
    rf"(?P<name>{_FOLDER}{_NAME})"
    rf"(?:(?:#(?P<stage>{_NAME})|@(?P<version>{_SEMVER}))(?P<undo>!?)|@(?P<deprecated>deprecated))"
    r"(?:#(?P<counter>\d{1,9}))?",
    re.ASCII,
)
_LOOSE = re.compile(rf"{_FOLDER}{_NAME}@v?\d[^!#]*!?(?:#\d+)?", re.ASCII)

Action = Literal["register", "deregister", "assign", "unassign", "deprecate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GtoTag:
    """What one tag says; the law: `parse_tag(str(tag)) == tag`."""

    action: Action
    name: str
    version: str | None = None
    stage: str | None = None
    counter: int | None = None

    def __str__(self) -> str:
        name = self.name.replace(":", "=")
        number = f"#{self.counter}" if self.counter is not None else ""
        undo = "!" if self.action in ("deregister", "unassign") else ""
        if self.action == "deprecate":
            return f"{name}@deprecated{number}"
        if self.stage is not None:
            return f"{name}#{self.stage}{undo}{number}"
        return f"{name}@{self.version}{undo}{number}"


def parse_tag(text: str) -> GtoTag | None:
    """What a tag's name says, None where it is none of GTO's.

    >>> parse_tag("churn#prod!#4")
    GtoTag(action='unassign', name='churn', version=None, stage='prod', counter=4)
    >>> parse_tag("v1.2.3") is None
    True
    """
    found = _TAG.fullmatch(text)
    if found is None:
        return None
    action: Action = "deprecate"
    if found["stage"] is not None:
        action = "unassign" if found["undo"] else "assign"
    elif found["version"] is not None:
        action = "deregister" if found["undo"] else "register"
    return GtoTag(
        action=action,
        name=found["name"].replace("=", ":"),
        version=found["version"],
        stage=found["stage"],
        counter=int(found["counter"]) if found["counter"] else None,
    )


def nearly(text: str) -> bool:
    """Whether a tag looks like a version of a model and is none, for GTO and for us.

    >>> nearly("churn@v1.2"), nearly("v1.2"), nearly("churn@v1.2.0")
    (True, False, False)
    """
    return parse_tag(text) is None and _LOOSE.fullmatch(text) is not None


def may_hold(name: str) -> bool:
    """Whether GTO takes a name; it has no dots.

    >>> may_hold("churn-model"), may_hold("churn.v2")
    (True, False)
    """
    return re.fullmatch(_NAME, name, re.ASCII) is not None

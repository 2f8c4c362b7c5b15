"""Stages and the one table of transitions between them."""

from __future__ import annotations

from enum import StrEnum

from swreg.errors import UsageError


class Stage(StrEnum):
    """Where a version stands in its life. It reads and compares as its long text."""

    DEV = "dev"
    STAGING = "staging"
    PRODUCTION = "production"
    ARCHIVED = "archived"


POINTED = (Stage.PRODUCTION, Stage.STAGING)
"""The stages that hold at most one version: each is a pointer in the catalog."""

_WORDS = {
    "dev": Stage.DEV,
    "development": Stage.DEV,
    "staging": Stage.STAGING,
    "stage": Stage.STAGING,
    "prod": Stage.PRODUCTION,
    "production": Stage.PRODUCTION,
    "archived": Stage.ARCHIVED,
    "archive": Stage.ARCHIVED,
}

TRANSITIONS: dict[tuple[Stage, Stage], str] = {
    (Stage.DEV, Stage.STAGING): "promote",
    (Stage.DEV, Stage.PRODUCTION): "promote, skipping staging",
    (Stage.STAGING, Stage.PRODUCTION): "promote",
    (Stage.STAGING, Stage.DEV): "promote",
    (Stage.DEV, Stage.ARCHIVED): "archive",
    (Stage.STAGING, Stage.ARCHIVED): "archive",
    (Stage.PRODUCTION, Stage.ARCHIVED): "archive, forced",
    (Stage.ARCHIVED, Stage.DEV): "promote with a reason",
    (Stage.ARCHIVED, Stage.PRODUCTION): "rollback only",
}
"""Every arrow there is, and what kind of act may take it. All others are illegal."""


def stage_word(text: str) -> Stage | None:
    """The stage that a word means, in any case and in its short or long form, or None."""
    return _WORDS.get(text.casefold())


def parse_stage(text: str) -> Stage:
    """The stage that a word means.

    >>> parse_stage("Prod")
    <Stage.PRODUCTION: 'production'>
    """
    stage = stage_word(text)
    if stage is None:
        raise UsageError(f"{text!r} is no stage", "use dev, staging, production or archived")
    return stage

"""Small models and events for the tests of decisions."""

from __future__ import annotations

from swreg.domain.catalog import Found, Model
from swreg.domain.events import Event, PromotedEvent, RegisteredEvent, fold
from swreg.domain.shape import Timestamp
from swreg.domain.stage import Stage
from swreg.domain.version import Version

NAME = "fraud-detection-model"
HOME = ".specweave/increments/0042-fraud-detection"
ADA = "Ada Lovelace <ada@example.org>"
BOB = "Bob Frank <bob@example.org>"
EVE = "Eve Adams <eve@example.org>"
NOW = Timestamp("2024-01-20T14:00:00Z")


def v(text: str) -> Version:
    return Version.parse(text)


def registered(version: str, name: str = NAME) -> RegisteredEvent:
    number = v(version)
    return RegisteredEvent(
        model=name,
        version=number,
        increment="0042-fraud-detection",
        path=f"models/fraud-detection-{number}",
        digest=f"sha256:{version}",
        content=f"sha256:content-{version}",
        size=12,
        actor=ADA,
        at=NOW,
    )


def promoted(version: str, to: Stage, from_: Stage = Stage.DEV) -> PromotedEvent:
    return PromotedEvent(model=NAME, version=v(version), from_=from_, to=to, actor=ADA, at=NOW)


def live(version: str) -> list[Event]:
    """Registered, staged and in production."""
    return [
        registered(version),
        promoted(version, Stage.STAGING),
        promoted(version, Stage.PRODUCTION, Stage.STAGING),
    ]


def model(*events: Event) -> Model:
    return fold(Model(NAME), events)


def found(state: Model, version: str) -> Found:
    return Found(HOME, state, v(version))

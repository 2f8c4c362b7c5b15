"""The configuration that `init` writes: valid, and every default really is the default."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Iterator
from typing import Any

from swreg.docs.packaged import packaged
from swreg.domain.policy import Approval, Policy
from swreg.domain.stage import Stage
from swreg.operations.setup import POLICY
from swreg.storage.source import parse_policy
from swreg.storage.yaml_text import parse_yaml


def uncommented() -> bytes:
    lines = packaged(POLICY).splitlines()
    return "\n".join(one.removeprefix("# ") for one in lines if not one.startswith("##")).encode()


def test_as_written_it_is_the_empty_policy() -> None:
    assert parse_policy(packaged(POLICY).encode(), name=POLICY) == Policy()


def test_uncommented_it_says_the_same() -> None:
    policy = parse_policy(uncommented(), name=POLICY)
    assert dataclasses.replace(policy, stages={}) == Policy()
    for stage in (Stage.STAGING, Stage.PRODUCTION):
        assert policy.rule(stage).approval == Approval()
        assert policy.traffic(stage) == Policy().traffic(stage)


def keys(cls: Any, where: str = "") -> Iterator[str]:
    hints = typing.get_type_hints(cls)
    for field in dataclasses.fields(cls):
        name = f"{where}{field.name}"
        yield name
        kind = hints[field.name]
        if dataclasses.is_dataclass(kind) and not isinstance(kind, types.UnionType):
            yield from keys(kind, f"{name}.")


def given(raw: Any, where: str = "") -> Iterator[str]:
    for key, value in raw.items():
        yield f"{where}{key}"
        if isinstance(value, dict):
            yield from given(value, f"{where}{key}.")


def test_every_setting_is_shown() -> None:
    shown = set(given(parse_yaml(uncommented(), name=POLICY)))
    assert set(keys(Policy)) <= shown
    rule = {name for name in shown if name.startswith("stages.production.approval.")}
    assert {f"stages.production.approval.{f.name}" for f in dataclasses.fields(Approval)} == rule

"""Values that the configuration may not hold are refused with their key path."""

from __future__ import annotations

import pytest

from swreg.domain.policy import Artifacts, Gates, Monitoring, Signing, StageRule
from swreg.errors import BrokenFile, UsageError
from swreg.storage.source import parse_policy

PLACE = "must be a path inside the repository"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("artifacts: {max_size: huge}", "artifacts.max_size: must be a size like 50MB"),
        ("artifacts: {max_size: 5 s}", "artifacts.max_size: must be a size like 50MB"),
        ("artifacts: {max_size: -5MB}", "artifacts.max_size: must be a size like 50MB"),
        (
            "stages: {production: {traffic: 500}}",
            "stages.production.traffic: must be from 0 to 100",
        ),
        ("stages: {staging: {traffic: -3}}", "stages.staging.traffic: must be from 0 to 100"),
        ("gates: {max_age_days: -1}", "gates.max_age_days: must be 0 or more"),
        ("signing: {allowed_signers: ../../x}", f"signing.allowed_signers: {PLACE}"),
        ("signing: {allowed_signers: /etc/x}", f"signing.allowed_signers: {PLACE}"),
        ("signing: {allowed_signers: x, revoked: ./y}", f"signing.revoked: {PLACE}"),
        (
            "signing: {model_keys: [a.pem, ../b.pem]}",
            "signing.model_keys: must be paths inside the repository",
        ),
        (
            "monitoring: {retention: long}",
            "monitoring.retention: must be a length of time like 90d",
        ),
        ("monitoring: {branch: --all}", "monitoring.branch: must be a branch like main"),
        ("monitoring: {branch: HEAD}", "monitoring.branch: must be a branch like main"),
        ("monitoring: {branch: refs/heads/x}", "monitoring.branch: must be a branch like main"),
    ],
)
def test_what_cannot_be_meant(text: str, fault: str) -> None:
    with pytest.raises(BrokenFile) as caught:
        parse_policy(text.encode(), name="model-registry.yaml")
    assert caught.value.what == f"model-registry.yaml: {fault}"


def test_every_fault_is_told_at_once() -> None:
    text = b"gates: {max_age_days: -1}\nstages: {production: {traffic: 101}}\n"
    with pytest.raises(BrokenFile, match=r"traffic: must .*; gates\.max_age_days: must"):
        parse_policy(text, name="f")


def test_the_edges_are_good() -> None:
    assert [StageRule(traffic=share).traffic for share in (None, 0, 100)] == [None, 0, 100]
    assert [Artifacts(max_size=size).max_size for size in ("1GiB", "1000", "0MB")]
    assert (Gates(max_age_days=0).max_age_days, Monitoring(retention="2w").retention) == (0, "2w")
    assert Monitoring(branch="release/2024").branch == "release/2024"
    assert Signing(allowed_signers=".specweave/allowed..signers").revoked is None


def test_where_artifacts_go_is_an_address_without_a_secret() -> None:
    assert Artifacts().storage is None
    assert Artifacts(storage="s3://ml-models/registry/").storage == "s3://ml-models/registry"
    with pytest.raises(UsageError, match="names a user or password"):
        Artifacts(storage="s3://key:secret@ml-models")

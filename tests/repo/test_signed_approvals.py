"""Signed approvals with real keys: made, counted, stored, and refused where they prove nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from swreg.domain.approving import identity_key
from swreg.domain.entry import Approval
from swreg.domain.events import ApprovedEvent
from swreg.domain.names import parse_reference
from swreg.domain.record import Record, parse
from swreg.domain.shape import Timestamp
from swreg.domain.stage import Stage
from swreg.domain.version import Version
from swreg.errors import ApprovalPending, EnvironmentFault, PolicyRefused
from swreg.operations.approve import approve, requests
from swreg.operations.checking import check
from swreg.operations.promote import promote
from swreg.operations.retire import tag
from swreg.operations.verifying import verify
from tests.repo.registry_world import ADA, GRACE, MODEL, POLICY_PATH, World, acting, build

V11 = Version.parse("v1.1.0")
LATER = Timestamp("2031-01-01T00:00:00Z")
REFERENCE = parse_reference(MODEL, "v1.1.0")
pytestmark = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="no ssh-keygen here")


def make_key(folder: Path, name: str) -> Path:
    """A new ssh key; the path of its private part."""
    key = folder / name
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    return key


def signer_line(identity: str, key: Path, options: str = "") -> str:
    """A line of an allowed-signers file."""
    kind, body, *_ = key.with_suffix(".pub").read_text().split()
    return f"{identity_key(identity)} {options}{' ' if options else ''}{kind} {body}\n"


@pytest.fixture(scope="session")
def signed_once(_pinned_session: None, tmp_path_factory: pytest.TempPathFactory) -> World:
    return build(tmp_path_factory.mktemp("signed") / "repo")


@pytest.fixture
def keys(tmp_path: Path) -> dict[str, Path]:
    return {who: make_key(tmp_path, who.split()[0]) for who in (ADA, GRACE)}


@pytest.fixture
def world(signed_once: World, tmp_path: Path, keys: dict[str, Path]) -> World:
    """Production needs a signed approval by Grace; Ada asked for the promotion of v1.1.0."""
    shutil.copytree(signed_once.path, tmp_path / "repo", symlinks=True)
    world = World(tmp_path / "repo")
    world.edit(POLICY_PATH, "required: true", "required: true, require_signed: true")
    world.write("signers", "".join(signer_line(who, key) for who, key in keys.items()))
    world.commit("chore: signed approvals")
    world.git("config", "gpg.format", "ssh")
    promote(world.project, REFERENCE, to=Stage.PRODUCTION)
    return world


def use(world: World, key: Path) -> None:
    world.git("config", "user.signingkey", str(key.with_suffix(".pub")))


def test_a_signed_approval_completes_the_promotion(world: World, keys: dict[str, Path]) -> None:
    base = world.head
    use(world, keys[GRACE])
    with acting(GRACE):
        outcome = approve(world.project, REFERENCE)
    assert outcome.refusal is None
    assert world.model.production == V11
    assert world.check(base).data.findings == ()
    (kept,) = world.model.versions[V11].approvals
    assert kept.signature is not None
    assert kept.signature.startswith("ssh:")


def test_it_outlives_a_squash_by_somebody_else(world: World, keys: dict[str, Path]) -> None:
    base = world.head
    use(world, keys[GRACE])
    with acting(GRACE):
        approve(world.project, REFERENCE)
    message = world.git("log", "-1", "--format=%B")
    world.git("reset", "--quiet", "--soft", base)
    world.git("commit", "--quiet", "-m", message)
    found = world.check(base).data.findings
    assert [one.id for one in found if one.severity == "error"] == []


def test_an_unsigned_approval_does_not_count(world: World) -> None:
    base = world.head
    digest = world.model.versions[V11].artifact.digest
    with acting(GRACE):
        world.forge(
            ApprovedEvent(model=MODEL, version=V11, for_=Stage.PRODUCTION, digest=digest,
                          actor=GRACE, at=LATER)
        )  # fmt: skip
    assert [one.missing for one in requests(world.project).data] == [1]
    outcome = promote(world.project, REFERENCE, to=Stage.PRODUCTION)
    assert isinstance(outcome.refusal, ApprovalPending)
    assert "signed approval" in str(outcome.refusal)
    assert world.check(base).data.findings == ()


def test_the_signature_of_another_key_is_refused(world: World, keys: dict[str, Path]) -> None:
    before = world.head
    use(world, keys[ADA])
    with acting(GRACE), pytest.raises(PolicyRefused, match="signing key"):
        approve(world.project, REFERENCE)
    assert world.head == before


def test_without_a_key_there_is_one_line(world: World) -> None:
    with acting(GRACE), pytest.raises(EnvironmentFault, match="no key to sign with"):
        approve(world.project, REFERENCE)


def test_an_expired_key_is_refused(world: World, keys: dict[str, Path]) -> None:
    world.write("signers", signer_line(GRACE, keys[GRACE], 'valid-before="20200101"'))
    world.commit()
    use(world, keys[GRACE])
    with acting(GRACE), pytest.raises(PolicyRefused, match="expired"):
        approve(world.project, REFERENCE)


def test_a_revoked_key_is_refused(world: World, keys: dict[str, Path]) -> None:
    world.edit(POLICY_PATH, "allowed_signers: signers", "allowed_signers: signers, revoked: gone")
    shutil.copy(keys[GRACE].with_suffix(".pub"), world.path / "gone")
    world.commit()
    use(world, keys[GRACE])
    with acting(GRACE), pytest.raises(PolicyRefused, match="revoked"):
        approve(world.project, REFERENCE)


def test_missing_allowed_signers_are_named(world: World, keys: dict[str, Path]) -> None:
    (world.path / "signers").unlink()
    world.commit()
    use(world, keys[GRACE])
    with acting(GRACE), pytest.raises(PolicyRefused, match="signers is not committed"):
        approve(world.project, REFERENCE)


def test_a_signature_is_for_one_version_and_stage(world: World, keys: dict[str, Path]) -> None:
    """Copied to another version, the signature proves nothing."""
    use(world, keys[GRACE])
    with acting(GRACE):
        approve(world.project, REFERENCE)
    (kept,) = world.model.versions[V11].approvals
    promote(world.project, parse_reference(MODEL, "v1.2.0"), to=Stage.STAGING)
    base = world.head
    other = Version.parse("v1.2.0")
    digest = world.model.versions[other].artifact.digest
    copied = ApprovedEvent(
        model=MODEL, version=other, for_=Stage.PRODUCTION, digest=digest, actor=GRACE,
        at=LATER, signature=kept.signature,
    )  # fmt: skip
    with acting(GRACE):
        world.forge(copied)
    assert "SWR209" in {one.id for one in world.check(base).data.findings}
    outcome = promote(world.project, parse_reference(MODEL, "v1.2.0"), to=Stage.PRODUCTION)
    assert isinstance(outcome.refusal, ApprovalPending)


def test_a_signed_commit_counts_while_it_is_there(world: World, keys: dict[str, Path]) -> None:
    base = world.head
    digest = world.model.versions[V11].artifact.digest
    use(world, keys[GRACE])
    world.git("config", "commit.gpgsign", "true")
    with acting(GRACE):
        world.forge(
            ApprovedEvent(model=MODEL, version=V11, for_=Stage.PRODUCTION, digest=digest,
                          actor=GRACE, at=LATER)
        )  # fmt: skip
    world.git("config", "commit.gpgsign", "false")
    outcome = promote(world.project, REFERENCE, to=Stage.PRODUCTION)
    assert outcome.refusal is None
    assert world.check(base).data.findings == ()


def test_a_commit_signed_by_the_wrong_person_does_not(world: World, keys: dict[str, Path]) -> None:
    digest = world.model.versions[V11].artifact.digest
    use(world, keys[ADA])
    world.git("config", "commit.gpgsign", "true")
    with acting(GRACE):
        world.forge(
            ApprovedEvent(model=MODEL, version=V11, for_=Stage.PRODUCTION, digest=digest,
                          actor=GRACE, at=LATER)
        )  # fmt: skip
    assert isinstance(
        promote(world.project, REFERENCE, to=Stage.PRODUCTION).refusal, ApprovalPending
    )


def test_verify_says_which_commits_are_not_signed(world: World, keys: dict[str, Path]) -> None:
    world.git("config", "commit.gpgsign", "true")
    use(world, keys[ADA])
    tag(world.project, REFERENCE, add=("x",))
    signed = world.head
    outcome = verify(world.project, signatures=True)
    assert {one.id for one in outcome.data.findings} == {"SWR225"}
    assert all("is not signed" in one.what for one in outcome.data.findings)
    assert signed not in {one.commit for one in outcome.data.findings}
    assert outcome.data.signatures == len(outcome.data.findings) + 1


def test_verify_needs_allowed_signers(signed_once: World) -> None:
    outcome = verify(signed_once.project, signatures=True)
    assert outcome.data.signatures > 0
    assert outcome.exit_code == 4


@pytest.fixture
def gpg_key(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An OpenPGP key of Grace's in a keyring of its own; its fingerprint."""
    if shutil.which("gpg") is None:
        pytest.skip("no gpg here")
    import tempfile

    # The agent's socket needs a short path.
    with tempfile.TemporaryDirectory(prefix="g", dir="/tmp") as home:
        monkeypatch.setenv("GNUPGHOME", home)
        os.chmod(home, 0o700)
        run = ["gpg", "--batch", "--passphrase", "", "--quick-generate-key", GRACE, "ed25519"]
        subprocess.run(run, check=True, capture_output=True)
        out = subprocess.run(
            ["gpg", "--list-keys", "--with-colons"], check=True, capture_output=True, text=True
        ).stdout
        yield next(line.split(":")[9] for line in out.splitlines() if line.startswith("fpr"))
        subprocess.run(["gpgconf", "--kill", "all"], check=False, capture_output=True)


def test_an_openpgp_signature_counts_by_its_fingerprint(world: World, gpg_key: str) -> None:
    base = world.head
    world.write("signers", f"grace@example.org gpg {gpg_key}\n")
    world.commit()
    world.git("config", "gpg.format", "openpgp")
    world.git("config", "user.signingkey", gpg_key)
    with acting(GRACE):
        outcome = approve(world.project, REFERENCE)
    assert outcome.refusal is None
    assert world.model.production == V11
    errors = [one for one in world.check(base).data.findings if one.severity == "error"]
    assert {one.id for one in errors} == {"SWR203"}, "the base knows no such key"
    assert check(world.project).exit_code == 0


def test_an_openpgp_key_that_is_not_named_does_not(world: World, gpg_key: str) -> None:
    world.git("config", "gpg.format", "openpgp")
    world.git("config", "user.signingkey", gpg_key)
    with acting(GRACE), pytest.raises(PolicyRefused):
        approve(world.project, REFERENCE)


def test_a_record_keeps_the_signature(world: World, keys: dict[str, Path]) -> None:
    use(world, keys[GRACE])
    with acting(GRACE):
        approve(world.project, REFERENCE, sign=True)
    records = list(parse(world.git("log", "-1", "--format=%B")))
    event = next(
        one.event
        for one in records
        if isinstance(one, Record) and isinstance(one.event, ApprovedEvent)
    )
    (kept,) = world.model.versions[V11].approvals
    assert isinstance(kept, Approval)
    assert event.signature == kept.signature
    assert replace(kept, signature=None) != kept

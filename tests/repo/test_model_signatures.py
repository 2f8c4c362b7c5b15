"""Models signed with real keys: at registration, and held against the policy's keys ever after."""

from __future__ import annotations

import importlib
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from swreg.api.registry import ModelRegistry
from swreg.domain.audit_text import markdown
from swreg.domain.catalog import Found
from swreg.domain.names import parse_reference
from swreg.domain.stage import Stage
from swreg.errors import (
    EnvironmentFault,
    IntegrityError,
    MissingExtra,
    PolicyRefused,
    UsageError,
)
from swreg.formats.sealing import SEAL, SigningKey, judge_folder, sign_folder
from swreg.operations.auditing import audit
from swreg.operations.checking import check
from swreg.operations.copying import copy_to_environment
from swreg.operations.fetching import get
from swreg.operations.loading import load
from swreg.operations.project import Project
from swreg.operations.promote import promote
from swreg.operations.register import register
from swreg.operations.release import bump_version
from swreg.operations.verifying import verify
from swreg.storage.artifacts.payload import facts_of, tree_digest
from tests.conftest import INCREMENT, Repo
from tests.registered import NAME

pytest.importorskip("model_signing", reason="model-signing is not installed (swreg[sign])")
pytest.importorskip("OpenSSL", reason="pyopenssl is not installed (swreg[sign])")

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
HOME = f".specweave/increments/{INCREMENT}"
FOLDER = f"{HOME}/models/fraud-detection-v1.0.0"
POLICY = """\
schema: 1
gates: {model_signature: true}
signing: {model_keys: [".specweave/release.pem"]}
"""


def private(path: Path, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | None = None,
            password: bytes | None = None) -> Path:  # fmt: skip
    """Write a private key to a file."""
    locked: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if password is not None:
        locked = serialization.BestAvailableEncryption(password)
    path.write_bytes(
        (key or ec.generate_private_key(ec.SECP256R1())).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked
        )
    )
    return path


def loaded(key: Path) -> ec.EllipticCurvePrivateKey:
    found = serialization.load_pem_private_key(key.read_bytes(), None)
    assert isinstance(found, ec.EllipticCurvePrivateKey)
    return found


def public(key: Path) -> bytes:
    return loaded(key).public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )  # fmt: skip


def certify(key: Path, start: datetime, end: datetime) -> Path:
    """A certificate of a key for itself, for a time."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "release")])
    usage = x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.CODE_SIGNING])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name)
        .public_key(loaded(key).public_key()).serial_number(7)
        .not_valid_before(start).not_valid_after(end)
        .add_extension(usage, critical=False)
        .sign(loaded(key), hashes.SHA256())
    )  # fmt: skip
    path = key.with_suffix(".crt")
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return private(tmp_path / "release.key")


@pytest.fixture
def signed(repo: Repo, key: Path) -> Repo:
    """Production wants a signature by the release key; v1.0.0 bears one and is in staging."""
    repo.write(".specweave/release.pem", public(key).decode())
    repo.write(".specweave/model-registry.yaml", POLICY)
    repo.commit("chore: models are signed")
    add(repo, "v1.0.0", key=key)
    return repo


def add(repo: Repo, version: str, *, key: Path | None = None, certificate: Path | None = None,
        project: Project | None = None) -> None:  # fmt: skip
    artifact = repo.path.parent / "model.joblib"
    artifact.write_bytes(f"weights of {version}".encode())
    signing = SigningKey(key=key, certificate=certificate) if key else None
    project = project or Project.open(repo.path)
    register(project, NAME, artifact=artifact, version=version, signing=signing)
    promote(Project.open(repo.path), parse_reference(NAME, version), to=Stage.STAGING)


def go_live(repo: Repo, version: str = "v1.0.0") -> None:
    promote(Project.open(repo.path), parse_reference(NAME, version), to=Stage.PRODUCTION)


def found(repo: Repo, version: str = "v1.0.0") -> Found:
    return Project.open(repo.path).find(parse_reference(NAME, version))


def forge(repo: Repo, change: str, version: str = "v1.0.0") -> None:
    """Make the catalog agree with files that somebody changed, as one who may commit can."""
    folder = repo.path / HOME / f"models/fraud-detection-{version}"
    old = found(repo, version).entry.artifact.digest
    new = tree_digest(one for one in facts_of(folder) if one.path != "signature.json")
    catalog = repo.path / HOME / "registry/model_catalog.yaml"
    catalog.write_text(catalog.read_text("utf-8").replace(old, new), "utf-8")
    repo.commit(f"chore: {change}")


def library(part: str) -> Any:
    """A module of the signing library, as others use it."""
    return importlib.import_module(f"model_signing.{part}")


def faults(repo: Repo) -> list[str]:
    """What `registry-verify --signatures` says of models."""
    told = verify(Project.open(repo.path), signatures=True).data
    return [one.what for one in told.findings if one.id == "SWR226"]


def test_a_signed_version_goes_live_is_loaded_and_shown(signed: Repo, tmp_path: Path) -> None:
    go_live(signed)
    project = Project.open(signed.path)
    assert not check(project).data.findings
    get(project, parse_reference(NAME, "v1.0.0"), output=tmp_path / "out")
    assert (tmp_path / "out" / SEAL).is_file()
    told = verify(project, signatures=True).data
    assert [(one.key, one.fault) for one in told.models] == [(".specweave/release.pem", "")]
    report = audit(project).data
    assert report.versions[0].signed_by == ".specweave/release.pem"
    assert "`.specweave/release.pem`" in markdown(report)
    assert not report.integrity


def test_anybody_can_check_it_with_the_library_alone(signed: Repo, tmp_path: Path) -> None:
    hashing, verifying = library("hashing"), library("verifying")
    folder = signed.path / FOLDER
    hashes_of = hashing.Config().set_ignored_paths(paths=[SEAL], ignore_git_paths=False)
    config = verifying.Config().set_hashing_config(hashes_of)
    config.use_elliptic_key_verifier(public_key=signed.path / ".specweave/release.pem")
    config.verify(folder, folder / SEAL)
    (folder / "model.joblib").write_bytes(b"other")
    with pytest.raises(ValueError, match="mismatch"):
        config.verify(folder, folder / SEAL)


def test_the_private_key_is_nowhere_in_the_repository(signed: Repo, key: Path) -> None:
    everything = signed.git("log", "-p", "--all", "--format=%B")
    assert str(key) not in everything
    assert "PRIVATE KEY" not in everything


def test_without_a_signature_nothing_goes_live(signed: Repo) -> None:
    add(signed, "v1.1.0")
    with pytest.raises(PolicyRefused, match=r"SWR112.* v1.1.0 has no model signature"):
        go_live(signed, "v1.1.0")


def test_a_signature_by_another_key_does_not_count(signed: Repo, tmp_path: Path) -> None:
    add(signed, "v1.1.0", key=private(tmp_path / "other.key"))
    with pytest.raises(PolicyRefused, match=r"is signed by no key of signing.model_keys"):
        go_live(signed, "v1.1.0")
    assert faults(signed) == [f"{NAME} v1.1.0 is signed by no key of signing.model_keys"]
    assert [one.id for one in audit(Project.open(signed.path)).data.integrity] == ["SWR313"]


def test_files_changed_with_their_digest_are_not_what_was_signed(signed: Repo) -> None:
    signed.write(f"{FOLDER}/model.joblib", "poisoned")
    forge(signed, "swap the weights")
    with pytest.raises(PolicyRefused, match=r"is not what was signed.*model.joblib"):
        go_live(signed)
    assert "is not what was signed" in faults(signed)[0]
    project = Project.open(signed.path)
    with pytest.raises(IntegrityError, match="is not what was signed"):
        load(project, found(signed), trust=True)


def test_a_refused_get_leaves_no_file(signed: Repo, tmp_path: Path) -> None:
    signed.write(f"{FOLDER}/model.joblib", "poisoned")
    forge(signed, "swap the weights")
    with pytest.raises(IntegrityError):
        get(Project.open(signed.path), parse_reference(NAME, "v1.0.0"), output=tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())


def test_a_signature_taken_away_is_seen_by_the_digest(signed: Repo) -> None:
    (signed.path / FOLDER / SEAL).unlink()
    signed.commit("chore: no signature")
    with pytest.raises(IntegrityError, match="not those that were registered"):
        go_live(signed)


def test_a_signature_of_another_version_does_not_count(signed: Repo, key: Path) -> None:
    add(signed, "v1.1.0")
    other = signed.path / HOME / "models/fraud-detection-v1.1.0" / SEAL
    other.write_bytes((signed.path / FOLDER / SEAL).read_bytes())
    forge(signed, "reuse a signature", "v1.1.0")
    with pytest.raises(PolicyRefused, match="is not what was signed"):
        go_live(signed, "v1.1.0")


@pytest.mark.parametrize(
    "junk", ["", "{}", "[]", '{"verificationMaterial": {}}', "\0" * 9, "[" * 9999]
)
def test_what_is_no_signature_is_told_so(signed: Repo, junk: str) -> None:
    signed.write(f"{FOLDER}/{SEAL}", junk)
    forge(signed, "junk")
    with pytest.raises(PolicyRefused, match="is no model signature"):
        go_live(signed)


def test_a_signature_that_leaves_the_weights_out_does_not_count(signed: Repo, key: Path) -> None:
    hashing, signing = library("hashing"), library("signing")
    folder = signed.path / FOLDER
    left_out = [SEAL, "signature.json", "model.joblib"]
    config = signing.Config().use_elliptic_key_signer(private_key=key)
    config.set_hashing_config(hashing.Config().set_ignored_paths(paths=left_out))
    config.sign(folder, folder / SEAL)
    forge(signed, "sign less")
    with pytest.raises(PolicyRefused, match=r"leaves out model.joblib"):
        go_live(signed)


def test_in_production_an_unsigned_version_is_not_loaded(repo: Repo, key: Path) -> None:
    add(repo, "v1.0.0")
    go_live(repo)
    add(repo, "v1.1.0")
    repo.write(".specweave/release.pem", public(key).decode())
    repo.write(".specweave/model-registry.yaml", POLICY)
    repo.commit("chore: models are signed from now on")
    with pytest.raises(IntegrityError, match=r"v1.0.0 has no model signature"):
        load(Project.open(repo.path), found(repo), trust=True)
    assert faults(repo) == [f"{NAME} v1.0.0 has no model signature"]


def test_a_gate_without_keys_lets_nothing_through(signed: Repo) -> None:
    signed.write(".specweave/model-registry.yaml", POLICY.replace('".specweave/release.pem"', ""))
    signed.commit("chore: no keys")
    with pytest.raises(PolicyRefused, match=r"signing.model_keys names no key"):
        go_live(signed)


def test_a_change_that_brings_its_own_key_is_judged_by_the_keys_before(
    signed: Repo, tmp_path: Path
) -> None:
    base, mine = signed.head, private(tmp_path / "mine.key")
    signed.write(".specweave/release.pem", public(mine).decode())
    signed.commit("chore: my key")
    add(signed, "v1.1.0", key=mine)
    go_live(signed, "v1.1.0")
    told = check(Project.open(signed.path), commit_range=f"{base}..HEAD").data.findings
    assert {"SWR203", "SWR218"} <= {one.id for one in told}


def test_a_certificate_vouches_for_the_signer(signed: Repo, key: Path) -> None:
    certificate = certify(key, NOW - DAY, NOW + DAY)
    signed.write(".specweave/release.pem", certificate.read_text())
    signed.commit("chore: certificates")
    add(signed, "v1.1.0", key=key, certificate=certificate)
    go_live(signed, "v1.1.0")
    assert not faults(signed)[1:]


def test_an_expired_certificate_signs_nothing(signed: Repo, key: Path) -> None:
    certificate = certify(key, NOW - 9 * DAY, NOW - DAY)
    head = signed.head
    with pytest.raises(EnvironmentFault, match="expired on"):
        add(signed, "v1.1.0", key=key, certificate=certificate)
    assert (signed.head, signed.status()) == (head, "")


def test_a_certificate_that_was_over_at_registration_does_not_count(
    tmp_path: Path, key: Path
) -> None:
    certificate = certify(key, NOW - 9 * DAY, NOW - DAY)
    folder = tmp_path / "version"
    folder.mkdir()
    (folder / "model.bin").write_bytes(b"weights")
    good = SigningKey(key=key, certificate=certificate)
    (folder / SEAL).write_bytes(sign_folder(folder, good, at=(NOW - 2 * DAY).isoformat()))
    trusted = {"root.pem": certificate.read_bytes(), "other.pem": public(key)}
    assert judge_folder(folder, trusted, at=(NOW - 2 * DAY).isoformat()).key == "root.pem"
    for moment, word in ((NOW, "expired on"), (NOW - 20 * DAY, "was not valid before")):
        told = judge_folder(folder, trusted, at=moment.isoformat())
        assert word in told.fault
        assert not told.key


def test_a_key_that_cannot_sign_is_told_in_one_line(repo: Repo, tmp_path: Path) -> None:
    weak = private(tmp_path / "rsa.key", rsa.generate_private_key(65537, 2048))
    locked = private(tmp_path / "locked.key", password=b"secret")
    (tmp_path / "text.key").write_text("no key")
    wrong = {weak: "cannot sign", locked: "is encrypted", tmp_path / "text.key": "cannot sign"}
    head = repo.head
    for path, words in wrong.items():
        with pytest.raises(EnvironmentFault, match=words) as told:
            add(repo, "v1.0.0", key=path)
        assert "\n" not in str(told.value)
    registry = ModelRegistry(path=repo.path)
    artifact = repo.write("../weights.bin", "weights")
    with pytest.raises(EnvironmentFault, match="there is no file"):
        registry.register_model(NAME, artifact=artifact, sign_key=tmp_path / "none.key")
    with pytest.raises(UsageError, match="a certificate alone"):
        registry.register_model(NAME, artifact=artifact, sign_certificate=weak)
    assert (repo.head, repo.status()) == (head, "")


def test_an_artifact_with_such_a_file_is_not_signed_over(repo: Repo, key: Path) -> None:
    folder = repo.path.parent / "exported"
    folder.mkdir()
    (folder / SEAL).write_text("theirs")
    with pytest.raises(UsageError, match="of its own"):
        register(Project.open(repo.path), NAME, artifact=folder, signing=SigningKey(key=key))


def test_git_s_own_configuration_names_the_key(signed: Repo, key: Path, tmp_path: Path) -> None:
    signed.git("config", "swreg.signKey", str(key))
    bump_version(Project.open(signed.path), NAME, "patch")
    promote(Project.open(signed.path), parse_reference(NAME, "v1.0.1"), to=Stage.STAGING)
    go_live(signed, "v1.0.1")
    registry = ModelRegistry(path=signed.path)
    kept = registry.register_model(NAME, model={"a": 1}, version="v2.0.0")
    assert (kept.path / SEAL).is_file()
    assert kept.load() == {"a": 1}


def test_a_copy_keeps_its_signature(signed: Repo) -> None:
    copy_to_environment(
        Project.open(signed.path), parse_reference(NAME, "v1.0.0"), target_env="served"
    )
    there = Project.open(signed.path, environment="served")
    told = verify(there, signatures=True).data
    assert {one.key for one in told.models} == {".specweave/release.pem"}


def test_without_the_library_the_extra_is_named(
    signed: Repo, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("model_signing", "model_signing.signing", "model_signing.verifying"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingExtra, match=r"pip install 'swreg\[sign\]'"):
        add(signed, "v1.1.0", key=key)
    with pytest.raises(MissingExtra, match=r"pip install 'swreg\[sign\]'"):
        go_live(signed)

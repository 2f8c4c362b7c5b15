"""OpenSSF model signatures: a folder of files signed with a key, and held against trusted keys.

The file is a Sigstore bundle as the `model-signing` library and its command write it, so anybody
can check it without swreg. Keys are elliptic-curve keys in PEM; a certificate may vouch for one.
"""

from __future__ import annotations

import base64
import io
import json
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from swreg.errors import EnvironmentFault, MissingExtra

SEAL = "model.sig"
LEFT_OUT = (SEAL, "signature.json")
"""Files that no signature covers: itself, and the schema that may be declared later."""

_SIGNING, _CHECKING = "signing a model", "checking a model's signature"
_CERTIFICATE = b"-----BEGIN CERTIFICATE-----"


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A private key in a PEM file, and the certificate that vouches for it, with its chain."""

    key: Path
    certificate: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Which trusted key made a signature, or what is wrong with it."""

    key: str = ""
    fault: str = ""


def sign_folder(folder: Path, signing: SigningKey, *, at: str) -> bytes:
    """The signature of every file in a folder but those of `LEFT_OUT`.

    `at` is the time of signing (ISO, UTC), at which the certificate must be valid. Raises
    `MissingExtra`, and `EnvironmentFault` for a key or certificate that cannot be used.
    """
    config = _library("signing", _SIGNING).Config().set_hashing_config(_hashing(_SIGNING))
    with tempfile.TemporaryDirectory(prefix="swreg-") as aside:
        out = Path(aside) / SEAL
        try:
            _use_signer(config, signing, at)
            config.sign(folder, out)
            return out.read_bytes()
        except OSError as error:
            raise EnvironmentFault(f"cannot sign the model: {error}", "check --sign-key") from None
        except TypeError:
            what = f"{signing.key} is encrypted, and swreg asks for no password"
            raise EnvironmentFault(what, "use a key file that only its owner can read") from None
        except _refusals() as error:
            what = f"{signing.key} cannot sign a model: {_line(error)}"
            hint = "use an elliptic-curve key (P-256, P-384, P-521) in PEM"
            raise EnvironmentFault(what, hint) from None


def _use_signer(config: Any, signing: SigningKey, at: str) -> None:
    if signing.certificate is None:
        config.use_elliptic_key_signer(private_key=signing.key)
        return
    from cryptography import x509

    leaf = x509.load_pem_x509_certificate(signing.certificate.read_bytes())
    if fault := _validity(leaf, at):
        raise EnvironmentFault(f"{signing.certificate} {fault}", "sign with a valid certificate")
    config.use_certificate_signer(
        private_key=signing.key,
        signing_certificate=signing.certificate,
        certificate_chain=[signing.certificate],
    )


def judge_folder(folder: Path, trusted: Mapping[str, bytes], *, at: str) -> Verdict:
    """Whether the signature in a folder is a trusted key's and covers the folder's files.

    `trusted` has PEM files by name: public keys, or certificates that vouch for signers. `at` is
    when the version was registered; a certificate must have been valid then.
    """
    signature = folder / SEAL
    if not signature.is_file():
        return Verdict(fault="has no model signature")
    if not trusted:
        return Verdict(fault="is signed, but signing.model_keys names no key to hold it against")
    _library("verifying", _CHECKING)
    material = _material(signature.read_bytes())
    if material is None:
        return Verdict(fault=f"has a {SEAL} that is no model signature")
    leaf, ignored = material
    strange = sorted(set(ignored) - {*LEFT_OUT, ".git", ".github", ".gitattributes", ".gitignore"})
    if strange:
        return Verdict(fault=f"has a signature that leaves out {', '.join(strange)}")
    faults: list[str] = []
    for name, pem in trusted.items():
        if (leaf is not None) != (_CERTIFICATE in pem):
            continue
        fault = _against(folder, pem, leaf, at)
        if not fault:
            return Verdict(key=name)
        faults.append(fault)
    told = sorted(faults, key=lambda one: one == _STRANGER)
    return Verdict(fault=told[0] if told else _STRANGER)


_STRANGER = "is signed by no key of signing.model_keys"


def _against(folder: Path, pem: bytes, leaf: bytes | None, at: str) -> str:
    """What one trusted file says against the signature; nothing where it is good."""
    config = _library("verifying", _CHECKING).Config().set_hashing_config(_hashing(_CHECKING))
    with _file(pem) as trusted, redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            if leaf is None:
                config.use_elliptic_key_verifier(public_key=trusted)
            else:
                config.use_certificate_verifier(certificate_chain=[trusted])
            config.verify(folder, folder / SEAL)
        except _refusals() as error:
            if "Signature mismatch" in str(error):
                return f"is not what was signed: {_line(error)}"
            return _STRANGER
    return "" if leaf is None else _certified(leaf, at)


def _certified(leaf: bytes, at: str) -> str:
    from cryptography import x509

    fault = _validity(x509.load_der_x509_certificate(leaf), at)
    return f"is signed with a certificate that {fault}" if fault else ""


def _validity(certificate: Any, at: str) -> str:
    moment = datetime.fromisoformat(at)
    if moment < certificate.not_valid_before_utc:
        return f"was not valid before {certificate.not_valid_before_utc:%Y-%m-%d}"
    if moment > certificate.not_valid_after_utc:
        return f"expired on {certificate.not_valid_after_utc:%Y-%m-%d}"
    return ""


def _material(bundle: bytes) -> tuple[bytes | None, list[str]] | None:
    """The signer's certificate (None for a bare key) and what the signature leaves out."""
    try:
        raw = json.loads(bundle)
        material = raw["verificationMaterial"]
        payload = json.loads(base64.b64decode(raw["dsseEnvelope"]["payload"]))
        ignored = payload["predicate"]["serialization"].get("ignore_paths", [])
        if "x509CertificateChain" not in material:
            return None, [str(one) for one in ignored]
        first = material["x509CertificateChain"]["certificates"][0]["rawBytes"]
        return base64.b64decode(first), [str(one) for one in ignored]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None


def _hashing(purpose: str) -> Any:
    config = _library("hashing", purpose).Config()
    return config.set_ignored_paths(paths=LEFT_OUT, ignore_git_paths=False)


def _library(module: str, purpose: str) -> Any:
    import importlib

    try:
        return importlib.import_module(f"model_signing.{module}")
    except ImportError:
        raise MissingExtra("model-signing", "sign", purpose) from None


def _refusals() -> tuple[type[Exception], ...]:
    """What the libraries raise for keys and signatures that they do not accept."""
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from OpenSSL.crypto import Error, X509StoreContextError

    odd = (ValueError, LookupError, TypeError, AttributeError)
    return (*odd, InvalidSignature, UnsupportedAlgorithm, Error, X509StoreContextError)


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


@contextmanager
def _file(data: bytes) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="swreg-") as folder:
        path = Path(folder) / "trusted.pem"
        path.write_bytes(data)
        yield path

"""Signatures made and checked with the programs git itself uses: ssh-keygen and gpg.

Whose keys count is told by the text of an allowed-signers file. Lines for ssh are ssh-keygen's
own (`grace@example.org ssh-ed25519 AAAA…`); a line `grace@example.org gpg FINGERPRINT` allows an
OpenPGP key.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from swreg.domain.statement import NAMESPACE, Kind
from swreg.errors import EnvironmentFault
from swreg.storage.git import Answer, Git

_TIMEOUT = 120.0
_TRUSTED = ("TRUST_FULLY", "TRUST_ULTIMATE")


@dataclass(frozen=True, slots=True)
class Signers:
    """Whose keys count: the text of the allowed-signers file, and of the revoked keys."""

    allowed: bytes
    revoked: bytes | None = None

    def ssh(self) -> bytes:
        """The lines that ssh-keygen reads."""
        kept = [line for line in self.allowed.splitlines() if line.split()[1:2] != [b"gpg"]]
        return b"\n".join([*kept, b""])

    def fingerprints(self, principal: str) -> set[str]:
        """The OpenPGP keys of a person, known by e-mail."""
        lines = (line.split() for line in self.allowed.decode("utf-8", "replace").splitlines())
        return {
            words[2].upper()
            for words in lines
            if len(words) > 2 and words[1] == "gpg" and words[0].casefold() == principal
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitSignature:
    """What git says of a commit's signature: its one letter, the signer, and the key."""

    status: str
    signer: str
    key: str


def sign_text(git: Git, data: bytes) -> tuple[Kind, bytes]:
    """Sign as the user's git does: the kind and the armoured signature.

    Raises `EnvironmentFault` where no key is configured or the program fails.
    """
    settings = git.config("gpg.format", "user.signingkey", "gpg.program", "gpg.ssh.program")
    key = settings.get("user.signingkey", "")
    if settings.get("gpg.format") == "ssh":
        return "ssh", _sign_ssh(settings.get("gpg.ssh.program", "ssh-keygen"), key, data)
    command = [settings.get("gpg.program", "gpg"), "--detach-sign", "--armor"]
    command += ["--local-user", key] if key else []
    return "gpg", _made(_run([*command, "--output", "-"], data), "gpg")


def _sign_ssh(program: str, key: str, data: bytes) -> bytes:
    if not key:
        raise EnvironmentFault(
            "no key to sign with", "run: git config user.signingkey ~/.ssh/id_ed25519.pub"
        )
    literal = key.removeprefix("key::") if key.startswith(("key::", "ssh-")) else None
    with _file(f"{literal}\n".encode() if literal else b"") as public:
        path = str(public) if literal else str(Path(key).expanduser())
        agent = ["-U"] if literal else []
        command = [program, "-Y", "sign", "-n", NAMESPACE, *agent, "-f", path]
        return _made(_run(command, data), "ssh-keygen")


def _made(answer: Answer, program: str) -> bytes:
    if answer.code or not answer.out:
        said = " ".join(answer.err.split())[:200] or f"exit code {answer.code}"
        raise EnvironmentFault(
            f"{program} did not sign: {said}", "check user.signingkey and that the key is at hand"
        )
    return answer.out


def verifies(
    git: Git, kind: Kind, armour: bytes, data: bytes, *, principal: str, signers: Signers, at: str
) -> bool:
    """Whether the signature is that person's, over these bytes, with a key valid at a time.

    `principal` is an e-mail, `at` an ISO time in UTC.
    """
    settings = git.config("gpg.program", "gpg.ssh.program")
    with _file(armour) as signature:
        if kind == "gpg":
            program = settings.get("gpg.program", "gpg")
            command = [program, "--status-fd", "1", "--verify", str(signature), "-"]
            return _good_gpg(_run(command, data), signers.fingerprints(principal))
        program = settings.get("gpg.ssh.program", "ssh-keygen")
        with _file(signers.ssh()) as allowed, _file(signers.revoked or b"") as revoked:
            moment = re.sub(r"[-:T]", "", at.rstrip("Z"))[:14]
            command = [program, "-Y", "verify", "-n", NAMESPACE, "-I", principal]
            command += ["-f", str(allowed), "-s", str(signature), f"-Overify-time={moment}Z"]
            command += ["-r", str(revoked)] if signers.revoked else []
            return _run(command, data).code == 0


def _good_gpg(answer: Answer, fingerprints: set[str]) -> bool:
    """A good signature, by a key that is named and that this keyring trusts."""
    lines = answer.out.decode("utf-8", "replace").splitlines()
    words = [line.split()[1:] for line in lines if line.startswith("[GNUPG:] ")]
    keywords = [one[0] for one in words if one]
    keys = {part for one in words if one[:1] == ["VALIDSIG"] for part in (one[1], one[-1])}
    trusted = any(one in keywords for one in _TRUSTED)
    return answer.code == 0 and "GOODSIG" in keywords and trusted and bool(keys & fingerprints)


def commit_signatures(
    git: Git, commits: Sequence[str], signers: Signers
) -> dict[str, CommitSignature]:
    """What git says of the signature of each commit, with only these signers allowed."""
    if not commits:
        return {}
    with _file(signers.ssh()) as allowed, _file(signers.revoked or b"") as revoked:
        options = ["-c", f"gpg.ssh.allowedSignersFile={allowed}"]
        options += ["-c", f"gpg.ssh.revocationFile={revoked if signers.revoked else ''}"]
        answer = git.ask(
            "checking signatures", *options, "log", "-z", "--no-walk=unsorted", "--stdin",
            "--format=%H%x1f%G?%x1f%GS%x1f%GP%x1f%GK",
            stdin="\n".join([*commits, ""]).encode(),
        )  # fmt: skip
    found = {}
    for entry in answer.out.decode("utf-8", "replace").split("\0"):
        if entry:
            oid, status, signer, primary, key = entry.split("\x1f")[:5]
            found[oid] = CommitSignature(status=status, signer=signer, key=primary or key)
    return found


def signed_by(signature: CommitSignature | None, principal: str, signers: Signers) -> bool:
    """Whether a commit's signature is good and that person's."""
    if signature is None or signature.status != "G":
        return False
    if signature.key.startswith("SHA256:"):
        return principal in {one.strip().casefold() for one in signature.signer.split(",")}
    return signature.key.upper() in signers.fingerprints(principal)


@contextmanager
def _file(data: bytes) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="swreg-") as folder:
        path = Path(folder) / "data"
        path.write_bytes(data)
        path.chmod(0o600)
        yield path


def _run(command: list[str], data: bytes) -> Answer:
    try:
        done = subprocess.run(
            command, input=data, capture_output=True, timeout=_TIMEOUT, check=False
        )
    except FileNotFoundError:
        raise EnvironmentFault(
            f"{command[0]} is not installed", "install it, or set gpg.program in git"
        ) from None
    except subprocess.TimeoutExpired:
        raise EnvironmentFault(f"{command[0]} did not answer", "unlock the key first") from None
    return Answer(done.returncode, done.stdout, done.stderr.decode("utf-8", "replace").strip())


__all__ = [
    "CommitSignature",
    "Signers",
    "commit_signatures",
    "sign_text",
    "signed_by",
    "verifies",
]

"""Model signatures of versions: made at registration, judged before they count."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from swreg.domain.catalog import Found
from swreg.domain.policy import Policy
from swreg.domain.stage import Stage
from swreg.domain.version import Version
from swreg.errors import EnvironmentFault, IntegrityError, UsageError
from swreg.formats.sealing import SEAL, SigningKey, Verdict, judge_folder, sign_folder
from swreg.operations.evidence import folder_of
from swreg.operations.fetching import write_version
from swreg.operations.project import Project
from swreg.operations.signatures import Rules
from swreg.storage.artifacts.payload import Payload, staging
from swreg.storage.files import disk_errors
from swreg.storage.layout import Layout
from swreg.storage.source import Revision, load_policy

KEY, CERTIFICATE = "swreg.signkey", "swreg.signcertificate"


def signing_key(
    project: Project, key: Path | None = None, certificate: Path | None = None
) -> SigningKey | None:
    """The key to sign with: what the caller names, else the user's own git configuration.

    Paths of the configuration (`swreg.signKey`, `swreg.signCertificate`) start at the top of the
    repository or at `~`. None where nobody asks for a signature.
    """
    if key is None:
        if certificate is not None:
            raise UsageError("a certificate alone signs nothing", "name its private key, too")
        known = project.git.config(KEY, CERTIFICATE)
        if not known.get(KEY):
            return None
        top = project.git.root
        key = top / Path(known[KEY]).expanduser()
        own = known.get(CERTIFICATE)
        certificate = top / Path(own).expanduser() if own else None
    for path in (key, certificate):
        if path is not None and not path.is_file():
            raise EnvironmentFault(f"there is no file {path} to sign with", "check the key's path")
    return SigningKey(key=key, certificate=certificate)


def seal(
    project: Project, payload: Payload, made: Mapping[str, bytes], signing: SigningKey, *, at: str
) -> bytes:
    """The model signature of a new version: over the caller's files and those beside them."""
    if SEAL in {one.path for one in payload.files}:
        raise UsageError(f"the artifact has a {SEAL} of its own", "take it out, or sign nothing")
    with staging(project.git.common_dir / "swreg") as place, disk_errors("sign the model"):
        for one in payload.files:
            _link(payload.folder / one.path, place / one.path)
        for name, data in made.items():
            (place / name).write_bytes(data)
        return sign_folder(place, signing, at=at)


def _link(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def trusted_keys(rules: Rules, layout: Layout) -> dict[str, bytes]:
    """The keys and certificates that the policy trusts, read where the policy was."""
    names = rules.policy.signing.model_keys
    found = rules.source.read_many([f"{layout.prefix}{name}" for name in names])
    return {name: data for name, data in zip(names, found, strict=True) if data is not None}


def is_sealed(project: Project, source: Revision, found: Found) -> bool:
    """Whether a version has a model signature at all."""
    path = f"{folder_of(project, source.commit, found)}/{SEAL}"
    return any(True for _ in source.files(path))


def verdict(project: Project, rules: Rules, source: Revision, found: Found) -> Verdict:
    """What the trusted keys say of a version's signature; its files are written aside for that.

    Raises `IntegrityError` where the files are not those that were registered.
    """
    if not is_sealed(project, source, found):
        return Verdict(fault="has no model signature")
    trusted = trusted_keys(rules, project.layout)
    with staging(project.git.common_dir / "swreg") as place:
        write_version(project, source, found, place)
        return judge_folder(place, trusted, at=found.entry.registered.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """What is to be said of one version's model signature.

    `key` is the trusted key that made it, empty where there is no signature, or none that counts;
    `fault` is why it does not count.
    """

    model: str
    version: Version
    key: str = ""
    fault: str = ""


def seals(
    project: Project, rules: Rules, source: Revision, versions: Iterable[Found]
) -> Iterator[Sealed]:
    """The model signature of each version that has one, or that must have one in production.

    A version without, where none is asked for, is left out.
    """
    top = project.layout.specweave
    there = {one.path for one in source.files(top) if one.path.endswith(f"/{SEAL}")}
    for found in versions:
        needed = rules.policy.gates.model_signature and found.stage is Stage.PRODUCTION
        if not needed and not there:
            continue
        if not needed and f"{folder_of(project, source.commit, found)}/{SEAL}" not in there:
            continue
        try:
            told = verdict(project, rules, source, found)
        except IntegrityError as error:
            told = Verdict(fault=f"cannot be held against its signature: {error.what}")
        yield Sealed(model=found.model.name, version=found.version, key=told.key, fault=told.fault)


def unsealed(project: Project, rules: Rules, source: Revision, found: Found, to: Stage) -> str:
    """Why a version's signature does not let it into a stage; nothing where it need not or does."""
    if not rules.policy.gates.model_signature or to is not Stage.PRODUCTION:
        return ""
    try:
        return verdict(project, rules, source, found).fault
    except IntegrityError as error:
        return error.what


def require_sealed(project: Project, found: Found, folder: Path) -> None:
    """Refuse files on disk whose signature is not good, by the policy of HEAD.

    A version without a signature is refused only in production, and only where the policy asks
    for one. Without keys in the policy nothing is looked at. Raises `IntegrityError`.
    """
    source = Revision(project.git, project.tip)
    policy: Policy = load_policy(source, project.layout, project.index)
    needed = policy.gates.model_signature and found.stage is Stage.PRODUCTION
    there = (folder / SEAL).is_file()
    if not needed and not (there and policy.signing.model_keys):
        return
    trusted = trusted_keys(Rules(policy, source), project.layout)
    told = judge_folder(folder, trusted, at=found.entry.registered.at)
    if told.fault:
        raise IntegrityError(
            f"{found.model.name} {found.version} {told.fault}",
            "do not use it; register a version signed by a key of signing.model_keys",
        )

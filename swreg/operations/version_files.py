"""The folder of a version: the caller's files, and beside them what swreg writes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from swreg.domain.facts import Facts
from swreg.domain.features import Features, make_features, read_features, write_features
from swreg.domain.metadata import make_metadata, read_metadata, write_metadata
from swreg.domain.metadata_keys import FileFact, Metadata
from swreg.domain.signature import Signature, read_signature, write_signature
from swreg.errors import BrokenFile
from swreg.storage.artifacts.payload import Payload, tree_digest
from swreg.storage.yaml_text import flow, parse_yaml

if TYPE_CHECKING:
    from swreg.formats.sealing import SigningKey

SIGNATURE = "signature.json"
FEATURES = "features.yaml"
REQUIREMENTS = "requirements.txt"
METADATA = "metadata.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionFiles:
    """Everything a new version brings but its number: files aside, and what is known of them.

    `signing` is the key that signs them, once all are known.
    """

    payload: Payload
    metadata: Metadata = field(default_factory=Metadata)
    features: Features | None = None
    signature: Signature | None = None
    requirements: tuple[str, ...] = ()
    signing: SigningKey | None = None

    def facts(self, version: str) -> Facts:
        """What numbering and comparing look at."""
        return Facts(version, self.metadata, self.features, self.signature)


def from_artifact(payload: Payload, given: Mapping[str, Any]) -> VersionFiles:
    """What a registered file or folder brings: its own side files win over generated ones."""
    metadata = make_metadata(given)
    own = {one.path for one in payload.files}
    features = make_features(metadata.features) if metadata.features else None
    signature = None
    if FEATURES in own:
        features = load_features((payload.folder / FEATURES).read_bytes(), FEATURES)
    if SIGNATURE in own:
        signature = load_signature((payload.folder / SIGNATURE).read_bytes(), SIGNATURE)
    lines = (metadata.framework,) if metadata.framework and REQUIREMENTS not in own else ()
    return VersionFiles(
        payload=payload,
        metadata=metadata,
        features=features,
        signature=signature,
        requirements=tuple(lines),
    )


def generated(files: VersionFiles, metadata: Metadata) -> dict[str, bytes]:
    """The files that swreg writes, by name; `metadata.json` lists and is the last of them."""
    own = {one.path for one in files.payload.files}
    made: dict[str, bytes] = {}
    if files.features is not None and FEATURES not in own:
        made[FEATURES] = dump_features(files.features)
    if files.requirements and REQUIREMENTS not in own:
        made[REQUIREMENTS] = ("\n".join(files.requirements) + "\n").encode()
    if files.signature is not None and SIGNATURE not in own:
        made[SIGNATURE] = dump_json(write_signature(files.signature))
    made[METADATA] = dump_json(write_metadata(metadata))
    return made


def digest_of(payload: Iterable[FileFact], made: Mapping[str, bytes]) -> str:
    """The digest of a whole version: every file but the signature, which may be declared later."""
    facts = [one for one in payload if one.path != SIGNATURE]
    facts += [fact(name, data) for name, data in made.items() if name != SIGNATURE]
    return tree_digest(facts)


def fact(path: str, data: bytes) -> FileFact:
    """Path, digest and size of bytes in memory."""
    from hashlib import sha256

    return FileFact(path=path, sha256=sha256(data).hexdigest(), size=len(data))


def dump_json(raw: Any) -> bytes:
    """Canonical JSON: two spaces, keys in the order given, a final newline."""
    return (json.dumps(raw, ensure_ascii=False, indent=2) + "\n").encode("utf-8", "replace")


def load_json(data: bytes, where: str) -> Any:
    """JSON from bytes; `BrokenFile` where it is none."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise BrokenFile(f"{where} is not JSON", "restore the file from git") from None


def dump_features(features: Features) -> bytes:
    """`features.yaml`, one feature a line."""
    raw = write_features(features)
    lines = [f"schema: {raw['schema']}", "features:"]
    lines += [f"  - {flow(feature)}" for feature in raw["features"]]
    return ("\n".join(lines) + "\n").encode()


def load_features(data: bytes, where: str) -> Features:
    """`features.yaml` from its bytes; `where` names it in errors."""
    return read_features(parse_yaml(data, name=where), where)


def load_signature(data: bytes, where: str) -> Signature:
    """`signature.json` from its bytes; `where` names it in errors."""
    return read_signature(load_json(data, where), where)


def load_facts(version: str, files: Mapping[str, bytes | None], where: str) -> Facts:
    """The facts of a registered version from the bytes of its files, by name."""
    metadata, features, signature = (files.get(n) for n in (METADATA, FEATURES, SIGNATURE))
    return Facts(
        version,
        read_metadata(load_json(metadata, f"{where}/{METADATA}"), f"{where}/{METADATA}")
        if metadata
        else Metadata(),
        load_features(features, f"{where}/{FEATURES}") if features else None,
        load_signature(signature, f"{where}/{SIGNATURE}") if signature else None,
    )

"""Where a store is: its address, `scheme://place`, which is committed and so never has a secret."""

from __future__ import annotations

import re
from dataclasses import dataclass

from swreg.errors import UsageError

_FORM = re.compile(r"([a-z][a-z0-9+.-]*)://(\S+)", re.ASCII)
_NAMED_USER = frozenset(["abfs", "abfss", "sftp", "ssh"])
"""Schemes whose address may name a user or, before its account, a container."""
_SECRETS = "credentials come from the environment, a profile or the cloud's own sign-in"


@dataclass(frozen=True, slots=True)
class Address:
    """A store's address: `scheme`, and the `place` behind `://` without a slash at its end."""

    scheme: str
    place: str

    def __str__(self) -> str:
        return f"{self.scheme}://{self.place}"

    @property
    def path(self) -> str:
        """What follows the host or bucket: for `s3://models/registry` it is `registry`."""
        return self.place.partition("/")[2]

    @property
    def host(self) -> str:
        """The bucket, container or host, with the user that is named before it."""
        return self.place.partition("/")[0]


def parse_address(text: str) -> Address:
    """The address that a text is; it names no secret, or it is refused without being repeated.

    >>> str(parse_address("s3://ml-models/registry/"))
    's3://ml-models/registry'
    >>> parse_address("sftp://ada@models.example.org/srv").host
    'ada@models.example.org'
    >>> parse_address("s3://AKIA:secret@ml-models/registry")
    Traceback (most recent call last):
    ...
    swreg.errors.UsageError: the address of an s3 store names a user or password; credentials \
come from the environment, a profile or the cloud's own sign-in
    """
    found = _FORM.fullmatch(text)
    if found is None or not found[2].strip("/"):
        raise UsageError(
            "the storage is no address", "write it like s3://ml-models/registry or file:///srv/ml"
        )
    scheme, place = found[1], found[2]
    _require_no_secret(scheme, place)
    if not place.isprintable() or "::" in text or {".", ".."}.intersection(place.split("/")):
        raise UsageError(
            f"the address of the {scheme} store is not plain", "leave .., :: and odd letters out"
        )
    if scheme == "file" and not place.startswith("/"):
        raise UsageError("file://… needs a whole path", "write it like file:///srv/ml-models")
    if "//" in place[1:].rstrip("/") or (scheme != "file" and place.startswith("/")):
        raise UsageError(f"the address of the {scheme} store has an empty part", "leave it out")
    return Address(scheme, place.rstrip("/"))


def _require_no_secret(scheme: str, place: str) -> None:
    host = place.partition("/")[0]
    user, at, _ = host.rpartition("@")
    named = bool(at) and (scheme not in _NAMED_USER or ":" in user or "%" in user or "@" in user)
    if named or "@" in place[len(host) :]:
        raise UsageError(f"the address of an {scheme} store names a user or password", _SECRETS)
    if "?" in place or "#" in place:
        raise UsageError(f"the address of an {scheme} store has parameters", _SECRETS)


def object_key(sha256: str) -> str:
    """The key under which a store keeps the bytes with that digest.

    >>> object_key("9f" + "0" * 62)[:16]
    'sha256/9f/9f0000'
    """
    if not re.fullmatch(r"[0-9a-f]{64}", sha256):
        raise UsageError("a file's digest is no sha256", "restore metadata.json from git")
    return f"sha256/{sha256[:2]}/{sha256}"

"""Which texts are the address of a store, and which are refused without being repeated."""

from __future__ import annotations

import pytest

from swreg.domain.storage_address import object_key, parse_address
from swreg.errors import UsageError


@pytest.mark.parametrize(
    ("text", "scheme", "host", "path"),
    [
        ("s3://models/registry/eu/", "s3", "models", "registry/eu"),
        ("gs://models", "gs", "models", ""),
        ("file:///srv/ml", "file", "", "srv/ml"),
        ("sftp://ada@host/srv", "sftp", "ada@host", "srv"),
        ("abfss://box@account/dir", "abfss", "box@account", "dir"),
    ],
)
def test_an_address_has_its_parts(text: str, scheme: str, host: str, path: str) -> None:
    address = parse_address(text)
    assert (address.scheme, address.host, address.path) == (scheme, host, path)
    assert parse_address(str(address)) == address


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "the storage is no address"),
        ("/srv/hunter2", "the storage is no address"),
        ("s3:///", "the storage is no address"),
        ("S3://hunter2", "the storage is no address"),
        ("s3://models/a/../hunter2", "the address of the s3 store is not plain"),
        ("s3://models/./hunter2", "the address of the s3 store is not plain"),
        ("zip://hunter2::s3://models", "the address of the zip store is not plain"),
        ("s3://models/hunter2\u200b", "the address of the s3 store is not plain"),
        ("file://srv/hunter2", "file://… needs a whole path"),
        ("s3://models//hunter2", "the address of the s3 store has an empty part"),
        ("s3:///hunter2", "the address of the s3 store has an empty part"),
        ("file:////srv//hunter2", "the address of the file store has an empty part"),
        ("s3://hunter2@models", "the address of an s3 store names a user or password"),
        ("sftp://ada:hunter2@host", "the address of an sftp store names a user or password"),
        ("sftp://ada%3Ahunter2@host", "the address of an sftp store names a user or password"),
        ("sftp://hunter2@ada@host", "the address of an sftp store names a user or password"),
        ("s3://models/x@hunter2", "the address of an s3 store names a user or password"),
        ("s3://models?key=hunter2", "the address of an s3 store has parameters"),
        ("s3://models/x#hunter2", "the address of an s3 store has parameters"),
    ],
)
def test_what_is_no_address_is_refused_and_not_repeated(text: str, what: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_address(text)
    assert caught.value.what == what
    assert "hunter2" not in str(caught.value)


def test_the_key_of_a_file_is_made_of_its_digest_only() -> None:
    digest = "9f" * 32
    assert object_key(digest) == f"sha256/9f/{digest}"
    for text in ("", digest[1:], digest.upper(), f"{digest}\n", f"../{digest[3:]}"):
        with pytest.raises(UsageError, match="a file's digest is no sha256"):
            object_key(text)

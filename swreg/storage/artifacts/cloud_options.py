"""How the clouds are reached: endpoints, time-outs and credentials, all of them from outside.

What the environment holds wins; then the cloud's own library finds profiles and sign-ins.
"""

from __future__ import annotations

import os
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from swreg.errors import EnvironmentFault

_SIGN_INS = {
    "s3": ("boto3", "obstore.auth.boto3", "Boto3CredentialProvider"),
    "gs": ("google.auth", "obstore.auth.google", "GoogleCredentialProvider"),
    "az": ("azure.identity", "obstore.auth.azure", "AzureCredentialProvider"),
}


def client_options(scheme: str) -> dict[str, Any]:
    """What obstore is told of a store at such an address."""
    client: dict[str, Any] = {"connect_timeout": "10s", "timeout": "300s"}
    options: dict[str, Any] = {
        "client_options": client,
        "retry_config": {"max_retries": 3, "retry_timeout": _seconds(30)},
    }
    if scheme == "s3":
        endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
        if endpoint:
            options["endpoint"] = endpoint
            client["allow_http"] = endpoint.startswith("http://")
    elif scheme == "gs":
        # The name that Google's own clients read.
        emulator = os.environ.get("STORAGE_EMULATOR_HOST")
        if emulator:
            options |= {"base_url": emulator, "credential_provider": _no_token}
            client["allow_http"] = emulator.startswith("http://")
    else:
        named = ("AZURE_STORAGE_ENDPOINT", "AZURE_ENDPOINT")
        plain = any(os.environ.get(name, "").startswith("http://") for name in named)
        client["allow_http"] = plain or bool(os.environ.get("AZURE_STORAGE_USE_EMULATOR"))
    provider = _sign_in(scheme)
    if provider is not None:
        options["credential_provider"] = provider
    return options


def _no_token() -> dict[str, Any]:
    return {"token": "emulator", "expires_at": None}


def _seconds(count: int) -> Any:
    from datetime import timedelta

    return timedelta(seconds=count)


def _sign_in(scheme: str) -> Any:
    """The cloud's own way to credentials, where its library is there and the environment has none."""
    scheme = "az" if scheme.startswith(("az", "abfs")) else scheme
    given = {
        "s3": ("AWS_ACCESS_KEY_ID",),
        "gs": ("STORAGE_EMULATOR_HOST", "GOOGLE_SERVICE_ACCOUNT", "GOOGLE_SERVICE_ACCOUNT_KEY", "GOOGLE_SKIP_SIGNATURE"),
        "az": ("AZURE_STORAGE_ACCOUNT_KEY", "AZURE_STORAGE_SAS_KEY", "AZURE_STORAGE_USE_EMULATOR",
               "AZURE_STORAGE_TOKEN", "AZURE_CLIENT_SECRET"),
    }  # fmt: skip
    library, module, name = _SIGN_INS[scheme]
    if any(os.environ.get(one) for one in given[scheme]) or not _installed(library):
        return None
    try:
        return getattr(import_module(module), name)()
    except Exception as error:  # noqa: BLE001 - whatever a sign-in raises, it found no credentials
        raise EnvironmentFault(
            f"no credentials for {scheme}:// were found ({type(error).__name__})",
            "set them in the environment, or sign in with the cloud's own program",
        ) from None


def _installed(library: str) -> bool:
    try:
        return find_spec(library) is not None
    except ModuleNotFoundError:
        return False

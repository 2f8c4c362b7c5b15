"""What an MLflow client's failure means, in one line and with what to do."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from swreg.domain.names import visible
from swreg.errors import AlreadyExists, EnvironmentFault, NotFound, SwregError, UsageError
from swreg.storage.mirror import redacted


def timed_out(uri: str, doing: str, seconds: float) -> EnvironmentFault:
    """The server took the request and did not answer in time."""
    return EnvironmentFault(
        f"MLflow at {uri} did not answer within {seconds:.0f} s (to {doing})",
        "look at the server, or give it more time with mlflow.timeout",
    )


def said(error: BaseException, uri: str, doing: str) -> SwregError:
    """The error of ours that stands for one of the client's."""
    text, code = str(error), getattr(error, "error_code", "")
    lower = text.casefold()
    if "invalid host header" in lower:
        return _host(uri)
    if "timed out" in lower or "timeout" in lower:
        return EnvironmentFault(
            f"MLflow at {uri} did not answer in time (to {doing})",
            "look at the server, or give it more time with mlflow.timeout",
        )
    if "failed with exception" in lower or isinstance(error, ConnectionError):
        return EnvironmentFault(
            f"no MLflow server answers at {uri}: {_why(text)}", "start it, or check the address"
        )
    if "response body" in lower and "!= 200" in text:
        return _foreign(uri, text)
    return _answered(code, text, uri, doing)


def _answered(code: str, text: str, uri: str, doing: str) -> SwregError:
    """What the server itself said no to."""
    if code in ("UNAUTHENTICATED", "PERMISSION_DENIED") or "401" in text[:80]:
        return EnvironmentFault(
            f"MLflow at {uri} does not let us {doing}: {_line(text)}",
            "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or ask for the permission",
        )
    if code == "RESOURCE_DOES_NOT_EXIST":
        return NotFound(f"MLflow at {uri}: {_line(text)}", "swreg registry-check --mlflow")
    if code == "RESOURCE_ALREADY_EXISTS":
        return AlreadyExists(f"MLflow at {uri}: {_line(text)}", "choose another name")
    if code == "INVALID_PARAMETER_VALUE":
        return UsageError(f"MLflow at {uri} refuses to {doing}: {_line(text)}")
    return EnvironmentFault(
        f"MLflow at {uri} failed to {doing}: {_line(text)}", "look at the server's log"
    )


def _host(uri: str) -> EnvironmentFault:
    """Since MLflow 3 a server answers only to names that it was told."""
    host = urlsplit(uri).netloc
    name = host.partition(":")[0]
    names = ",".join(dict.fromkeys((name, host if ":" in host else f"{name}:*")))
    return EnvironmentFault(
        f"the MLflow server refuses the name {host} (403 Invalid Host header)",
        f"start it with --allowed-hosts '{names}', or set MLFLOW_SERVER_ALLOWED_HOSTS there",
    )


def _foreign(uri: str, text: str) -> EnvironmentFault:
    found = re.search(r"error code (\d{3})", text)
    status = found[1] if found else "no status"
    if status in ("401", "403"):
        return EnvironmentFault(
            f"{uri} does not let us in (HTTP {status})",
            "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD",
        )
    return EnvironmentFault(
        f"{uri} does not answer like an MLflow server (HTTP {status})", "check the address"
    )


def _why(text: str) -> str:
    """What the system said, without the client's wrapping of it."""
    for known in ("Connection refused", "Name or service not known", "No route to host",
                  "Temporary failure in name resolution", "Connection reset", "Remote end closed",
                  "CERTIFICATE_VERIFY_FAILED", "Connection aborted"):  # fmt: skip
        if known in text:
            return known.casefold()
    return _line(text)


def _line(text: str) -> str:
    """The text as one short line, without credentials."""
    one = " ".join(redacted(text).split())
    return visible(one if len(one) <= 200 else f"{one[:199]}…")

"""What must not be committed: tokens and secrets, named in the configuration, kept outside of it."""

from __future__ import annotations

import os

PROMETHEUS_TOKEN = "SWREG_PROMETHEUS_TOKEN"
_FROM_ENVIRONMENT = "env:"


def secret(name: str | None) -> str | None:
    """The value of an environment variable; None where it is not set or empty."""
    return os.environ.get(name) or None if name else None


def address(url: str) -> str | None:
    """The address itself, or what the variable holds that `env:NAME` names; None where unset."""
    if url.startswith(_FROM_ENVIRONMENT):
        return secret(url.removeprefix(_FROM_ENVIRONMENT))
    return url

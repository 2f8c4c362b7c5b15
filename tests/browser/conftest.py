"""Fixtures of the command line serve here too."""

from __future__ import annotations

from tests.cli.conftest import call, registry, registry_once

__all__ = ["call", "registry", "registry_once"]

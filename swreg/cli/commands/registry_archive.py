"""`registry-archive`."""

from __future__ import annotations

from swreg.cli import words
from swreg.cli.options import Writing
from swreg.cli.output import Shown, changed


def command(
    shared: Writing,
    name: words.Name,
    version: words.VersionWord = None,
    force: words.Force = False,
) -> Shown:
    """The version stays in the catalog and the history. What is in production needs --force."""
    from swreg.operations.retire import archive

    outcome = archive(
        shared.project(),
        words.one_version(name, version),
        reason=shared.reason,
        force=force,
        options=shared.options(),
    )
    return changed(outcome)

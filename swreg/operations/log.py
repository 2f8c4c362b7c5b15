"""The commit log as the registry sees it: every commit that touched it, with its records."""

from __future__ import annotations

from collections.abc import Iterator

from swreg.domain.record import parse
from swreg.domain.witness import Logged
from swreg.operations.project import Project

_FORMAT = "%H%x1f%ct%x1f%B"
_SIGNED = "%H%x1f%ct%x1f%G?%x1f%GS%x1f%B"


def registry_log(
    project: Project, commit: str | None, homes: list[str], *, signatures: bool = False
) -> Iterator[Logged]:
    """Every commit on the registry's own files, oldest first, in commit order.

    Checking signatures starts a program for every commit, so it is asked for.
    """
    if commit is None:
        return
    layout = project.layout
    folders = [f"{home}/{part}" for home in homes for part in ("registry", "models")]
    paths = [*folders, layout.policy, layout.policy_history]
    options = ("--topo-order", "--reverse", f"--format={_SIGNED if signatures else _FORMAT}")
    for fields in project.git.log(*options, commit, "--", *paths):
        oid, when, *rest = fields
        signature, signer = (rest[0], rest[1]) if signatures else ("", "")
        yield Logged(
            commit=oid,
            committed=int(when),
            records=tuple(parse(rest[-1])),
            signature=signature,
            signer=signer,
        )

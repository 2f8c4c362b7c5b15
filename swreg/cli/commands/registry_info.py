"""`registry-info`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swreg.cli import words
from swreg.cli.commands.registry_list import notes
from swreg.cli.options import Listing
from swreg.cli.output import Block, Facts, Heading, Shown, Table

if TYPE_CHECKING:
    from swreg.operations.describing import Info

# Said above the facts already, or too long for a reader: --json has them all.
_SHOWN = frozenset(["name", "version", "increment", "files", "versioning"])


def command(shared: Listing, name: words.Name, version: words.VersionWord = None) -> Shown:
    """Without a version: the one in production, else the latest."""
    from swreg.domain.names import parse_reference
    from swreg.operations.describing import info

    outcome = info(shared.project(), parse_reference(name, version), at=shared.at)
    return shared.shown(outcome, _text, rows=("versions",))


def _text(data: Info) -> Iterator[Block]:
    one = data.version
    yield Heading(f"{one.model} {one.version}", one.stage)
    facts = {
        "registered": f"{one.registered_at} by {one.registered_by}",
        "increment": one.increment,
        "deployed": one.deployed_at,
        "traffic": None if one.traffic is None else f"{one.traffic}% (advisory)",
        "previous": one.previous,
        "tags": one.tags,
        "approved by": one.approved_by,
        "notes": None if notes(one) == "-" else notes(one),
        "digest": one.digest,
        "size": f"{one.size:,} bytes",
        "store": one.store,
        "folder": data.folder,
        "files": data.files,
    }
    yield Facts(facts)
    further = {key: value for key, value in data.metadata.items() if key not in _SHOWN}
    if further:
        yield Heading("Facts")
        yield Facts(further)
    yield Heading("Versions")
    rows = [(str(v.version), v.stage, v.registered_at[:10], notes(v)) for v in data.versions]
    yield Table(("version", "stage", "registered", "notes"), rows)

"""`registry-lineage`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument, Option

from swreg.cli import words
from swreg.cli.options import Reading
from swreg.cli.output import Block, Shown
from swreg.domain.names import parse_reference
from swreg.errors import UsageError

if TYPE_CHECKING:
    from swreg.domain.lineage_query import Lineage
    from swreg.domain.names import Reference

SHAPES = ("tree", "mermaid", "dot", "json", "openlineage")


def command(
    shared: Reading,
    name: Annotated[
        str | None, Argument(metavar="[NAME]", help="A model or a version.", show_default=False)
    ] = None,
    version: words.VersionWord = None,
    impact: Annotated[
        str | None,
        Option(
            "--impact",
            metavar="NODE",
            help="What changing feature:x or data:y touches, of NAME or of all.",
        ),
    ] = None,
    uses: Annotated[
        list[str] | None,
        Option("--uses", metavar="NODE", help="Which versions use all of these; repeatable."),
    ] = None,
    shape: Annotated[
        str, Option("--format", metavar="FORMAT", help=f"One of {', '.join(SHAPES)}.")
    ] = "tree",
) -> Shown:
    """Without a version, of the one in production, else of the latest. NODE is kind:name with data,
    feature-engineering, experiment, feature, model or deployment as its kind.
    """
    shape = words.choice(shape, SHAPES, kind="format")
    if impact is not None and not uses:
        return _impact(shared, impact, parse_reference(name, version) if name else None)
    if bool(name) + bool(uses) + bool(impact) != 1:
        raise UsageError(
            "whose lineage?",
            "name a model, or ask with --uses alone, or --impact with a model or not",
        )
    return _uses(shared, uses) if uses else _of_version(shared, str(name), version, shape)


def _impact(shared: Reading, node: str, model: Reference | None) -> Shown:
    from swreg.operations.lineage import impact_of

    outcome = impact_of(shared.project(), node, model=model, at=shared.at)
    return Shown(outcome, [str(outcome.data)])


def _uses(shared: Reading, nodes: list[str]) -> Shown:
    from swreg.operations.lineage import users_of

    outcome = users_of(shared.project(), *nodes, at=shared.at)
    return Shown(outcome, outcome.data or ["no version uses that"])


def _of_version(shared: Reading, name: str, version: str | None, shape: str) -> Shown:
    from swreg.operations.lineage import lineage, openlineage
    from swreg.operations.outcome import read_outcome

    reference = parse_reference(name, version)
    if shape == "openlineage":
        events = openlineage(shared.project(), reference, at=shared.at)
        return Shown(events, map(_json, events.data))
    outcome = lineage(shared.project(), reference, at=shared.at)
    own = read_outcome(outcome.command, outcome.data.as_data(), *outcome.warnings)
    return Shown(own, _text(_WRITERS[shape], outcome.data))


def _text(write: Callable[[Lineage], str], found: Lineage) -> Iterator[Block]:
    yield write(found)


def _json(raw: Any) -> str:
    return json.dumps(raw, ensure_ascii=False)


_WRITERS: dict[str, Callable[[Lineage], str]] = {
    "tree": lambda found: found.tree(),
    "mermaid": lambda found: found.mermaid(),
    "dot": lambda found: found.dot(),
    "json": lambda found: json.dumps(found.as_data(), ensure_ascii=False, indent=2),
}

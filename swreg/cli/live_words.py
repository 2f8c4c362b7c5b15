"""The words that a parameter could have: fixed ones, and names out of the registry as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import starmap
from typing import TYPE_CHECKING

from swreg.cli.commands.registry_lineage import SHAPES
from swreg.cli.commands.registry_list import SORTS
from swreg.cli.commands.sync_docs import ACTIONS
from swreg.cli.completion import Line, Reply, folder
from swreg.cli.formats import FORMATS
from swreg.domain.names import parse_reference
from swreg.domain.stage import POINTED, Stage
from swreg.domain.version import BUMPS
from swreg.errors import SwregError

if TYPE_CHECKING:
    from swreg.domain.catalog import Model
    from swreg.operations.project import Project

Words = Callable[[Line], Iterator[Reply]]


def values(parameter: str, line: Line) -> Iterator[Reply]:
    """What could stand for a parameter; nothing where only the user knows."""
    for offer in _OFFERS.get(parameter, ()):
        try:
            yield from offer(line)
        except SwregError:
            continue


def _project(line: Line) -> Project:
    from swreg.operations.project import Project

    return Project.open(folder(line), environment=line.options.get("env"))


def _names(line: Line) -> Iterator[Reply]:
    name, at, _ = line.current.partition("@")
    if at:
        model = _model(line, name)
        for word in ("latest", *model.stages, *sorted(model.versions, reverse=True)):
            yield Reply(f"{name}@{word}")
        return
    from swreg.operations.listing import list_versions

    live: dict[str, str] = {}
    for one in list_versions(_project(line)).data:
        live.setdefault(one.model, "")
        if one.stage is Stage.PRODUCTION:
            live[one.model] = f"{one.version} in production"
    yield from starmap(Reply, live.items())


def _model(line: Line, name: str) -> Model:
    project = _project(line)
    names = parse_reference(name).wanted
    registry = project.registry(names=names)
    return registry.model(next((one for one in names if registry.homes_of(one)), names[-1]))[1]


def _versions(line: Line) -> Iterator[Reply]:
    if line.arguments:
        model = _model(line, line.arguments[0])
        for version in sorted(model.versions, reverse=True):
            yield Reply(str(version), model.stage_of(version))


def _increments(line: Line) -> Iterator[Reply]:
    for home in _project(line).increments():
        yield Reply(home.rsplit("/", 1)[-1])


def _tags(line: Line) -> Iterator[Reply]:
    models = _project(line).registry().models()
    entries = (entry for _, model in models for entry in model.versions.values())
    yield from map(Reply, sorted({tag for entry in entries for tag in entry.tags}))


def _branches(line: Line) -> Iterator[Reply]:
    answer = _project(line).git.run("for-each-ref", "--format=%(refname:short)", "refs/heads/")
    yield from map(Reply, answer.text.splitlines())


def _fixed(*words: str) -> Words:
    return lambda line: iter(map(Reply, words))


def _to(line: Line) -> Iterator[Reply]:
    """`--to` is a stage of a promotion; a rollback's is a version."""
    names = {one.name for one in line.parameters}
    return _stages(line) if "version" in names else _versions(line)


_stages = _fixed(*(str(stage) for stage in Stage))
_pointed = _fixed(*(str(stage) for stage in POINTED))

_OFFERS: dict[str, tuple[Words, ...]] = {
    "name": (_names,),
    "version": (_versions, _pointed),
    "a": (_versions, _pointed),
    "b": (_versions, _pointed),
    "to": (_to,),
    "from_": (_stages,),
    "stage": (_stages,),
    "kind": (_fixed(*BUMPS),),
    "action": (_fixed(*ACTIONS),),
    "sort": (_fixed(*SORTS),),
    "format_name": (_fixed(*FORMATS),),
    "shape": (_fixed(*SHAPES),),
    "increment": (_increments,),
    "branch": (_branches,),
    "tag": (_tags,),
    "add": (_tags,),
    "remove": (_tags,),
}

"""What an audit reads: every catalog that can be read, and what cannot be believed of the files.

A broken catalog stops a read that needs it; an audit is asked what is wrong, and lists it.
"""

from __future__ import annotations

from dataclasses import dataclass

from swreg.domain.catalog import Catalog, Found, Registry
from swreg.domain.witness import Discrepancy
from swreg.errors import BrokenFile
from swreg.operations.checks import files
from swreg.operations.checks.contents import Contents
from swreg.operations.checks.state import Scope, StateView
from swreg.operations.project import Project, State
from swreg.operations.sealing import Sealed, seals
from swreg.operations.signatures import Rules
from swreg.storage import catalog_yaml
from swreg.storage.clock import today
from swreg.storage.layout import CATALOG
from swreg.storage.source import Revision, load_policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """The state with what could be read of it, every home, and the catalogs that are broken."""

    state: State
    homes: tuple[str, ...]
    broken: tuple[Discrepancy, ...]


def audited(project: Project, at: str | None) -> Audited:
    """Registry and policy at a revision or date; a broken catalog is a discrepancy.

    Raises `BrokenFile` where no catalog at all can be read.
    """
    try:
        state = project.state(at)
    except BrokenFile as error:
        return _piecemeal(project, at, error)
    return Audited(state=state, homes=tuple(sorted(state.registry.catalogs)), broken=())


def _piecemeal(project: Project, at: str | None, error: BrokenFile) -> Audited:
    commit = project.commit_at(at)
    source = Revision(project.git, commit)
    homes = tuple(sorted(project.committed(commit).homes()))
    catalogs: dict[str, Catalog] = {}
    broken = []
    paths = [f"{home}/{CATALOG}" for home in homes]
    for home, path, data in zip(homes, paths, source.read_many(paths), strict=True):
        try:
            catalogs[home] = catalog_yaml.load(data or b"", name=path)
        except BrokenFile as fault:
            broken.append(Discrepancy(id="SWR312", what=fault.what, where=path))
    if not broken or not catalogs:
        raise error
    state = State(commit, source, Registry(catalogs), load_policy(source, project.layout))
    return Audited(state=state, homes=homes, broken=tuple(broken))


def wrong_bytes(project: Project, commit: str | None, name: str | None) -> tuple[Discrepancy, ...]:
    """Every file of the versions that is not what the catalogs say, in the tree of the commit."""
    items = project.git.list_tree(commit, project.layout.specweave) if commit else ()
    view = StateView(
        project, Contents(project.git), {one.path: one for one in items}, Scope(), today()
    )
    found = files.digests(view, names=None if name is None else {name})
    return tuple(
        Discrepancy(id="SWR311", what=one.what, where=one.path)
        for one in found
        if one.severity == "error"
    )


def model_signatures(project: Project, state: State, name: str | None) -> tuple[Sealed, ...]:
    """What is to be said of the model signatures of a model, or of all."""
    rules = Rules(state.policy, state.source)
    versions = [
        Found(home, model, version)
        for home, model in state.registry.models()
        for version in sorted(model.versions)
        if name in (None, model.name)
    ]
    return tuple(seals(project, rules, state.source, versions))


def unsealed(sealed: tuple[Sealed, ...]) -> tuple[Discrepancy, ...]:
    """The model signatures that do not count."""
    return tuple(
        Discrepancy(id="SWR313", what=one.fault, where=f"{one.model} {one.version}")
        for one in sealed
        if one.fault
    )

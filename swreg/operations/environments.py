"""Where an environment's registry lies: a folder here, another branch, or another repository."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

from swreg.domain.catalog import Model, Registry
from swreg.domain.names import parse_name
from swreg.domain.policy import Environment
from swreg.domain.stage import POINTED, stage_word
from swreg.domain.version import Version
from swreg.errors import NotFound
from swreg.operations.outcome import Outcome, read_outcome
from swreg.operations.project import Project
from swreg.storage.layout import Layout
from swreg.storage.mirror import open_mirror

DEFAULT = "increments"
"""What the registry of the project's own increments is called among the environments."""


_ALIKE = 0.8


@dataclass(frozen=True, slots=True)
class Place:
    """An environment's registry: the project to ask, and how a write reaches it.

    `branch` is one to commit to that is not checked out, `remote` whether it must be pushed.
    """

    project: Project
    branch: str | None = None
    remote: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A model that two environments do not have alike.

    `stages` has the versions of both by stage; `missing_*` are versions only the other one has,
    `other_bytes` those that have the same number and different files.
    """

    model: str
    stages: dict[str, tuple[Version | None, Version | None]]
    missing_a: tuple[Version, ...] = ()
    missing_b: tuple[Version, ...] = ()
    other_bytes: tuple[Version, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentComparison:
    """Two environments held against each other; `same` are the models they have alike."""

    a: str
    b: str
    differences: tuple[Difference, ...]
    same: tuple[str, ...]


def place_of(project: Project, name: str) -> Place:
    """The registry of an environment, brought up to date where it is in another repository.

    `increments` is the project's own. Raises `UsageError` for a malformed name and
    `EnvironmentFault` where the other repository cannot be reached.
    """
    if name == DEFAULT:
        return Place(project.in_environment(None))
    name = parse_name(name, kind="environment name")
    configured = project.policy.environments.get(name, Environment())
    if configured.repository is not None:
        git, _ = open_mirror(project.git, configured.repository, branch=configured.branch)
        return Place(Project(git, Layout("", name)), remote=True)
    here = project.in_environment(name)
    if configured.branch is None:
        return Place(here)
    here.tip = project.git.resolve(f"refs/heads/{configured.branch}")
    return Place(here, branch=configured.branch)


def require_meant(project: Project, name: str) -> None:
    """Refuse a new environment that looks like a known one written otherwise.

    Raises `NotFound` with the known ones; who means a new one names it in the policy.
    """
    known = [DEFAULT, *environments(project)]
    if name in known:
        return
    stage = stage_word(name)
    alike = [one for one in known if stage is not None and stage_word(one) is stage]
    alike = alike or get_close_matches(name, known, n=1, cutoff=_ALIKE)
    if alike:
        raise NotFound(
            f"no environment called {name!r}; is it {alike[0]}?",
            f"there are: {', '.join(known)}; a new one is named under environments in the policy",
        )


def require_known(project: Project, name: str) -> None:
    """Refuse to read an environment that is neither configured nor has a folder at HEAD."""
    known = [DEFAULT, *environments(project)]
    if parse_name(name, kind="environment name") not in known:
        raise NotFound(f"no environment called {name!r}", f"there are: {', '.join(known)}")


def environments(project: Project) -> list[str]:
    """Every environment that is configured, or has a folder at HEAD."""
    folder = f"{project.layout.specweave}/environments/"
    items = project.git.list_tree(project.tip, folder, recursive=False) if project.tip else ()
    found = {item.path.rsplit("/", 1)[-1] for item in items if item.kind == "tree"}
    return sorted(found | set(project.policy.environments))


def compare_environments(project: Project, a: str, b: str) -> Outcome[EnvironmentComparison]:
    """What two environments have in which stage, and where they differ."""
    registries = [_registry(project, name) for name in (a, b)]
    names = sorted({model.name for one in registries for _, model in one.models()})
    differences, same = [], []
    for name in names:
        found = _difference(name, *(_model(one, name) for one in registries))
        if found is None:
            same.append(name)
        else:
            differences.append(found)
    data = EnvironmentComparison(a=a, b=b, differences=tuple(differences), same=tuple(same))
    return read_outcome("registry-compare", data)


def _registry(project: Project, name: str) -> Registry:
    there = place_of(project, name).project
    registry = there.committed(there.tip).load()
    if not registry.catalogs and name not in (DEFAULT, *environments(project)):
        known = ", ".join([DEFAULT, *environments(project)])
        raise NotFound(f"no environment called {name!r}", f"there are: {known}")
    return registry


def _model(registry: Registry, name: str) -> Model:
    homes = registry.homes_of(name)
    return registry.catalogs[homes[0]].models[name] if homes else Model(name)


def _difference(name: str, a: Model, b: Model) -> Difference | None:
    both = set(a.versions) & set(b.versions)
    found = Difference(
        model=name,
        stages={str(stage): (a.stages.get(stage), b.stages.get(stage)) for stage in POINTED},
        missing_a=tuple(sorted(set(b.versions) - both)),
        missing_b=tuple(sorted(set(a.versions) - both)),
        other_bytes=tuple(
            one
            for one in sorted(both)
            if a.versions[one].artifact.digest != b.versions[one].artifact.digest
        ),
    )
    moved = any(one != other for one, other in found.stages.values())
    return found if moved or found.missing_a or found.missing_b or found.other_bytes else None

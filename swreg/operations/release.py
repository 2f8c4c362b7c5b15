"""The next version after the latest one: of new bytes, or the same bytes released again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from swreg.domain.catalog import Found
from swreg.domain.metadata import as_mapping, make_metadata
from swreg.domain.names import parse_name, parse_reference, plain_text
from swreg.domain.version import Bump
from swreg.errors import NotFound, UsageError
from swreg.operations.evidence import facts_of_version, folder_of
from swreg.operations.fetching import write_payload
from swreg.operations.numbering import Wish
from swreg.operations.outcome import Outcome
from swreg.operations.project import Project
from swreg.operations.register import Registration, register_files
from swreg.operations.storing import set_aside, store_of
from swreg.operations.transaction import WriteOptions
from swreg.operations.version_files import REQUIREMENTS, VersionFiles, from_artifact
from swreg.storage.artifacts.payload import collect
from swreg.storage.layout import home_name
from swreg.storage.source import Revision

_COMMAND = "registry-version"


def bump_version(
    project: Project,
    name: str | None,
    kind: Bump,
    *,
    artifact: Path | None = None,
    metadata: Mapping[str, Any] | None = None,
    increment: str | None = None,
    reason: str = "",
    options: WriteOptions = WriteOptions(),
) -> Outcome[Registration]:
    """The next version after the latest, in dev: of new bytes, or the same bytes again.

    A re-release names its parent, and its metrics are marked as measured there. Without `name`
    the only model of the increment is meant.
    """
    name = parse_name(name) if name is not None else only_model(project, increment)
    reason = plain_text(reason, kind="reason") if reason else ""
    _require_a_model(project, name, kind)
    wish = Wish(name=name, kind=kind, increment=increment, reason=reason)
    with set_aside(project, store_of(project, options)) as place:
        if artifact is not None:
            files = from_artifact(collect(artifact, place), metadata or {})
            return register_files(project, wish, files, options, command=_COMMAND)
        files = _again(project, name, place, metadata or {})
        again = replace(wish, allow_duplicate=True)
        return register_files(project, again, files, options, command=_COMMAND)


def _require_a_model(project: Project, name: str, kind: Bump) -> None:
    """A version's name where a model's is wanted would become a model of its own."""
    meant = parse_reference(name)
    if meant.version is not None and not project.registry(names=[name]).homes_of(name):
        raise UsageError(
            f"{name} names a version, and the next one follows the model's latest",
            f"name the model: {meant.names[-1]} {kind}",
        )


def _again(project: Project, name: str, place: Path, metadata: Mapping[str, Any]) -> VersionFiles:
    """The latest version's files once more, to be released under a new number."""
    found = project.find(replace(parse_reference(name), latest=True))
    state = project.state(names=[found.model.name])
    payload = write_payload(project, state.source, found, place)
    facts = facts_of_version(project, state.source, found)
    files = from_artifact(payload, metadata)
    inherited = replace(
        facts.metadata,
        created_at=None,
        git=None,
        files=(),
        versioning=None,
        version=None,
        parent_model=f"{folder_of(project, state.commit, found).rsplit('/', 1)[-1]}",
        metrics_from=facts.metadata.metrics_from or found.version,
    )
    return replace(
        files,
        metadata=make_metadata({**as_mapping(inherited), **metadata}),
        requirements=read_requirements(project, state.source, found),
        features=files.features or facts.features,
        signature=files.signature or facts.signature,
    )


def read_requirements(project: Project, source: Revision, found: Found) -> tuple[str, ...]:
    """The lines of a version's `requirements.txt`, none where it has none."""
    data = source.read(f"{folder_of(project, source.commit, found)}/{REQUIREMENTS}") or b""
    return tuple(data.decode("utf-8", "replace").splitlines())


def only_model(project: Project, increment: str | None) -> str:
    """The single model of an increment; `UsageError` names them where there are several."""
    home = project.increment(increment)
    catalog = project.registry().catalogs.get(home)
    names = sorted(catalog.models) if catalog else []
    if not names:
        raise NotFound(f"{home_name(home)} has no model", "register one first")
    if len(names) > 1:
        raise UsageError(
            f"{home_name(home)} has several models", f"name one of: {', '.join(names)}"
        )
    return names[0]

"""Where MLflow and git disagree: what somebody moved, deleted or wrote there by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from swreg.domain.finding import Finding, Spot, finding
from swreg.domain.names import visible
from swreg.domain.policy import MLflow
from swreg.domain.version import Version
from swreg.integrations import mlflow_tags as tags
from swreg.integrations.mlflow_server import Server
from swreg.integrations.mlflow_state import ModelThere, Wanted, read_model, wanted_of
from swreg.operations.project import Project

UNKNOWN = ("unknown",)
"""The kinds that are shown and are no error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """One place where MLflow is not as git has it.

    `kind` is `model` (it is not there), `version` (one is not there), `files` (other files under
    its number), `alias`, `tag`, `behind` (events that this clone does not know) or `unknown` (a
    version that is not swreg's). For an alias, `version` is what it should stand on and `stands`
    what it does.
    """

    kind: str
    model: str
    what: str
    version: Version | None = None
    alias: str = ""
    stands: Version | None = None
    number: int | None = None


def drifts(project: Project, server: Server, commit: str | None) -> Iterator[Drift]:
    """Every disagreement about the models of a commit."""
    registry = project.committed(commit).load()
    for home, model in registry.models():
        if len(registry.homes_of(model.name)) == 1:
            yield from of_model(server, wanted_of(project, commit, home, model))


def of_model(server: Server, wanted: Wanted) -> Iterator[Drift]:
    """Every disagreement about one model."""
    there = read_model(server, wanted.name)
    if there is None:
        yield _missing(server, wanted)
        return
    ids = {short for one in there.versions for short in tags.event_ids(one.tags)}
    if ids - wanted.known:
        count = len(ids - wanted.known)
        what = f"MLflow tells {count} events of {wanted.name} that this clone does not have"
        yield Drift(kind="behind", model=wanted.model.name, what=what)
    for version in sorted(wanted.model.versions):
        yield from _of_version(wanted, there, version)
    yield from _of_aliases(wanted, there)
    yield from _unknown(wanted, there)


def _missing(server: Server, wanted: Wanted) -> Drift:
    what = f"MLflow has no model {wanted.name}"
    for one in server.models(f"tags.`{tags.MODEL}`='{wanted.name}'"):
        what = f"MLflow calls {wanted.name} now {visible(one.name)!r}: somebody renamed it there"
    return Drift(kind="model", model=wanted.model.name, what=what)


def _of_version(wanted: Wanted, there: ModelThere, version: Version) -> Iterator[Drift]:
    name, found = wanted.model.name, wanted.found(version)
    ones = there.of.get(version, ())
    if not ones:
        what = f"MLflow has no {version} of {wanted.name}"
        yield Drift(kind="version", model=name, version=version, what=what)
        return
    one = ones[0]
    if one.tags.get(tags.DIGEST) != found.entry.artifact.digest:
        what = f"MLflow's version {one.number} says it is {version}, with other files"
        yield Drift(kind="files", model=name, version=version, what=what, number=one.number)
    wish = wanted.tags_of(version)
    wrong = list(tags.to_set(wish, one.tags))
    wrong += [key for key in tags.STATE if key in one.tags and key not in wish]
    for key in wrong:
        has, wants = one.tags.get(key), wish.get(key)
        said = f"{key} is {has!r}, git says {wants!r}"
        if key.startswith(tags.EVENT):
            said = f"{key} was {'edited' if has else 'taken away'}"
        what = f"{version} in MLflow: {visible(said)}"
        yield Drift(kind="tag", model=name, version=version, what=what[:300], number=one.number)


def _of_aliases(wanted: Wanted, there: ModelThere) -> Iterator[Drift]:
    for alias in ("dev", "staging", "production"):
        wish = wanted.aliases.get(alias)
        number, stands = there.at(alias)
        if stands == wish and (stands is not None or number is None):
            continue
        shown = stands or (f"version {number}, which is not swreg's" if number else "nothing")
        what = f"{alias} stands on {shown} in MLflow, git says {wish or 'nothing'}"
        yield Drift(
            kind="alias", model=wanted.model.name, what=what, version=wish, alias=alias,
            stands=stands, number=number,
        )  # fmt: skip


def _unknown(wanted: Wanted, there: ModelThere) -> Iterator[Drift]:
    for one in there.versions:
        if tags.VOID in one.tags or one.version in wanted.model.versions:
            continue
        who = f", which says it is {one.version}" if one.version else ""
        what = f"version {one.number} of {wanted.name} in MLflow is not swreg's{who}"
        yield Drift(kind="unknown", model=wanted.model.name, what=what, number=one.number)


def findings(project: Project, setting: MLflow, server: Server, at: str | None) -> list[Finding]:
    """The disagreements as findings of `registry-check`."""
    server.version()
    made = []
    for one in drifts(project, server, project.commit_at(at)):
        spot = Spot(path=setting.tracking_uri, model=one.model, version=str(one.version or ""))
        check = "SWR228" if one.kind in UNKNOWN else "SWR227"
        made.append(finding(check, one.what, spot))
    return made

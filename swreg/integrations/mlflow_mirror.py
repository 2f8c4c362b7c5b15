"""Bring one registered model of MLflow in step with git. Done twice it changes nothing.

Git is the truth. What somebody moved in MLflow by hand is left and told, except where git has
moved the same since; `whole` (the user said so) puts everything as git has it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from swreg.domain.names import visible
from swreg.domain.policy import MLflow
from swreg.domain.stage import Stage
from swreg.domain.version import Version
from swreg.errors import AlreadyExists, Contention, FactError
from swreg.integrations import mlflow_tags as tags
from swreg.integrations.mlflow_server import Server
from swreg.integrations.mlflow_state import ModelThere, There, Wanted, read_model
from swreg.integrations.mlflow_upload import add_version, refresh_signature, require_same
from swreg.operations.evidence import folder_of
from swreg.operations.version_files import SIGNATURE

SYNC = "swreg registry-sync mlflow --from git"


def bring(
    server: Server, setting: MLflow, wanted: Wanted,
    changed: Iterable[Version] | None = None, *, whole: bool = False,
) -> list[str]:  # fmt: skip
    """Show a model as git has it: the `changed` versions, or all; lines worth telling come back.

    Raises `Contention` where MLflow tells events that this clone does not know, `FactError` for a
    registered model that is somebody else's, and `IntegrityError` for other files under a number
    of ours; with `whole` those are set aside instead.
    """
    there = read_model(server, wanted.name) or _create(server, wanted)
    notes: list[str] = []
    if not there.fresh:
        _require_ours(wanted, there, whole=whole)
        notes += _foreign_events(server, wanted, there, whole=whole)
    every = set(wanted.model.versions)
    todo = every if changed is None or there.fresh or whole else every & set(changed)
    numbers = {version: ones[0] for version, ones in there.of.items() if version in every}
    for version in sorted(todo):
        one = _version(server, setting, wanted, there, version, whole, notes)
        if one is not None:
            numbers[version] = one
    todo &= numbers.keys()
    notes += _aliases(server, wanted, there, numbers, whole=whole)
    for version in sorted(todo):
        _tags(server, wanted, version, numbers[version])
    _signatures(server, wanted, {version: numbers[version] for version in todo})
    # Last, so that it stands only where all the rest does.
    told = tags.stages_tag(wanted.aliases)
    if there.tags.get(tags.STAGES) != told:
        server.tag_model(wanted.name, tags.STAGES, told)
    return notes


def _create(server: Server, wanted: Wanted) -> ModelThere:
    marks = {tags.STAGES: "{}", tags.MODEL: wanted.name}
    require_not_renamed(server, wanted.name)
    try:
        server.create_model(wanted.name, marks)
    except AlreadyExists:
        there = read_model(server, wanted.name)
        assert there is not None
        return there
    return ModelThere(name=wanted.name, tags=marks, fresh=True)


def require_not_renamed(server: Server, name: str) -> None:
    """A model that somebody renamed in MLflow must not be made there a second time."""
    for one in server.models(f"tags.`{tags.MODEL}`='{name}'"):
        raise FactError(
            f"MLflow calls {name} now {visible(one.name)!r}: somebody renamed it there",
            "rename it back there; models keep their names in git",
        )


def _require_ours(wanted: Wanted, there: ModelThere, *, whole: bool) -> None:
    foreign = [one for one in there.versions if one.version is None and tags.VOID not in one.tags]
    if foreign and not there.of and tags.STAGES not in there.tags and not whole:
        raise FactError(
            f"MLflow has a model {wanted.name} with {len(foreign)} versions that are not swreg's",
            f"rename it there, or let swreg add its versions beside them: {SYNC}",
        )


def _foreign_events(
    server: Server, wanted: Wanted, there: ModelThere, *, whole: bool
) -> Iterator[str]:
    """What MLflow tells and this clone does not know: this clone is behind, or history was cut."""
    unknown = [
        (one, key)
        for one in there.versions
        for key in one.tags
        if tags.event_ids([key]) - wanted.known
    ]
    if not unknown:
        return
    what = f"MLflow tells {len(unknown)} events of {wanted.name} that this clone does not have"
    if not whole:
        raise Contention(what, f"git pull, then any change or: {SYNC}")
    for one, key in unknown:
        kept = key.replace(tags.EVENT, tags.FOREIGN_EVENT)
        server.tag_version(wanted.name, one.number, kept, one.tags[key])
        server.tag_version(wanted.name, one.number, key, None)
    yield f"{what}; they are kept there as {tags.FOREIGN_EVENT}…"


def _version(
    server: Server, setting: MLflow, wanted: Wanted, there: ModelThere, version: Version,
    whole: bool, notes: list[str],
) -> There | None:  # fmt: skip
    """The version in MLflow, made where it is not there; further ones of its number are void.

    What is out of use in git and was deleted in MLflow stays so.
    """
    found, ones = wanted.found(version), there.of.get(version, ())
    if ones and whole and ones[0].tags.get(tags.DIGEST) != found.entry.artifact.digest:
        for one in ones:
            server.tag_version(wanted.name, one.number, tags.VOID, "other files")
        notes.append(f"version {ones[0].number} of {wanted.name} had other files and is set aside")
        ones = ()
    for one in ones[1:]:
        server.tag_version(wanted.name, one.number, tags.VOID, "duplicate")
    if not ones and found.stage is Stage.ARCHIVED and not (whole or there.fresh):
        return None
    if not ones:
        return add_version(server, setting, wanted, version)
    require_same(wanted, found, ones[0])
    return ones[0]


def _aliases(
    server: Server, wanted: Wanted, there: ModelThere, numbers: dict[Version, There], *, whole: bool
) -> Iterator[str]:
    last = tags.read_stages(there.tags.get(tags.STAGES))
    for alias in ("dev", "staging", "production"):
        version = wanted.aliases.get(alias)
        target = numbers.get(version) if version is not None else None
        number, held = there.at(alias)
        if number == (target.number if target else None) and (target or version is None):
            continue
        stands = tags.semver(held) if held else None if number is None else f"version {number}"
        wish = tags.semver(version) if version else None
        drifted, moved = stands != last.get(alias), wish != last.get(alias)
        if target is None and version is not None:
            yield f"{alias} of {wanted.name} is left: {version} was deleted in MLflow; run {SYNC}"
            continue
        if drifted and not moved and not whole:
            yield (
                f"{alias} of {wanted.name} stands on {stands or 'nothing'} in MLflow, not on "
                f"{wish or 'nothing'}: somebody moved it there, it is left; run {SYNC}"
            )
            continue
        if target is not None:
            server.set_alias(wanted.name, alias, target.number)
        else:
            server.delete_alias(wanted.name, alias)
        if drifted and not whole:
            yield (
                f"{alias} of {wanted.name} stood on {stands or 'nothing'} in MLflow, moved there "
                f"by somebody; it stands on {wish or 'nothing'} now"
            )


def _tags(server: Server, wanted: Wanted, version: Version, one: There) -> None:
    wish = wanted.tags_of(version)
    for key, value in tags.to_set(wish, one.tags).items():
        server.tag_version(wanted.name, one.number, key, value)
    for key in tags.STATE:
        if key in one.tags and key not in wish:
            server.tag_version(wanted.name, one.number, key, None)


def _signatures(server: Server, wanted: Wanted, numbers: dict[Version, There]) -> None:
    folders = [
        folder_of(wanted.project, wanted.source.commit, wanted.found(version))
        for version in numbers
    ]
    files = wanted.source.read_many([f"{folder}/{SIGNATURE}" for folder in folders])
    for one, data in zip(numbers.values(), files, strict=True):
        if data is None:
            continue
        if one.tags.get(tags.SIGNATURE_DIGEST) != f"sha256:{hashlib.sha256(data).hexdigest()}":
            refresh_signature(server, wanted, one, data)

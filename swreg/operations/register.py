"""Register a version: its files, its entry and its lineage in one commit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from swreg.domain.catalog import Found, Model
from swreg.domain.events import RegisteredEvent
from swreg.domain.metadata_keys import GitFact, Metadata, Versioning
from swreg.domain.names import parse_new_name, visible
from swreg.domain.stage import Stage
from swreg.domain.version import Version
from swreg.errors import AlreadyExists, FactError, UsageError
from swreg.operations.lineage_file import with_version
from swreg.operations.numbering import Wish, Wished, number, wish_of
from swreg.operations.outcome import Outcome
from swreg.operations.placing import place_files, size_text
from swreg.operations.project import Project
from swreg.operations.promote import bring
from swreg.operations.storing import set_aside, store_of, stored_part, upload
from swreg.operations.transaction import Transaction, WriteOptions, write
from swreg.operations.version_files import (
    VersionFiles,
    digest_of,
    from_artifact,
    generated,
)
from swreg.operations.views import VersionView, view
from swreg.storage.artifacts.payload import Payload, Progress, collect
from swreg.storage.layout import home_name, version_folder

if TYPE_CHECKING:
    from swreg.formats.sealing import SigningKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """A version as it was registered, and why it has its number."""

    version: VersionView
    folder: str
    bump: str | None
    reasons: tuple[str, ...]


def register(
    project: Project,
    name: str,
    *,
    artifact: Path,
    metadata: Mapping[str, Any] | None = None,
    signing: SigningKey | None = None,
    progress: Progress = lambda done: None,
    options: WriteOptions = WriteOptions(),
    **wished: Unpack[Wished],
) -> Outcome[Registration]:
    """Register a file or folder of any kind as a version of a model.

    `wished` are the words of `Wished`; without `version` the number is worked out from what
    changed. With `signing` a model signature is kept beside the files. Raises `AlreadyExists` for a
    taken number or the same bytes again, and `PolicyRefused` where the number hides a break.
    """
    wish = wish_of(name, **wished)
    project.require_layout()
    if ".git" in {part.casefold() for part in artifact.resolve().parts}:
        # Its configuration may hold passwords, and would be committed.
        raise FactError(f"{visible(str(artifact))} is git's own", "name the model's file or folder")
    with set_aside(project, store_of(project, options)) as place:
        payload = collect(artifact, place, progress=progress)
        files = replace(from_artifact(payload, metadata or {}), signing=signing)
        return register_files(project, wish, files, options, progress=progress)


def register_files(
    project: Project,
    wish: Wish,
    files: VersionFiles,
    options: WriteOptions,
    *,
    command: str = "registry-register",
    progress: Progress = lambda done: None,
) -> Outcome[Registration]:
    """Register files that were set aside; `command` is the one that the outcome names.

    What goes to a store is there and proven before the commit that names it, and is not sent
    before it is known that nothing forbids the commit.
    """
    code = code_state(project)
    if files.signing is None:
        files = replace(files, signing=_own_key(project))
    store = store_of(project, options)
    uri = str(store.address) if store is not None else None

    def decide(tx: Transaction) -> Registration:
        return add_version(tx, wish, files, code, store=uri)

    if store is not None and not options.dry_run:
        write(project, command, decide, replace(options, dry_run=True))
        upload(project, store, files.payload, progress=progress)
    return write(project, command, decide, options)


def _own_key(project: Project) -> SigningKey | None:
    """The key that the user's git configuration names; most have none, and pay for one question."""
    if not project.git.config("swreg.signkey"):
        return None
    from swreg.operations.sealing import signing_key

    return signing_key(project)


def add_version(
    tx: Transaction,
    wish: Wish,
    files: VersionFiles,
    code: GitFact | None,
    *,
    store: str | None = None,
) -> Registration:
    """Decide the number, write the folder, and let the event happen.

    `store` is the address of the store that has the caller's files.
    """
    stored = stored_part(files.payload) if store is not None else ()
    home, model = home_and_model(tx, wish)
    increment = wish_increment(tx, wish, home)
    _require_new_bytes(wish, model, files.payload)
    version, versioning, forced = number(tx, wish, home, model, files)
    if version in model.versions:
        raise AlreadyExists(f"{wish.name} {version} is registered already", "leave --version out")
    metadata = complete(tx, wish, files, version=version, increment=increment, code=code,
                        versioning=versioning)  # fmt: skip
    made = generated(files, metadata)
    if files.signing is not None:
        made |= _sealed(tx, files, made)
    relative = version_folder(wish.name, version)
    folder = f"{increment}/{relative}"
    event = RegisteredEvent(
        model=wish.name,
        version=version,
        increment=home_name(increment),
        path=relative,
        digest=digest_of(files.payload.files, made),
        content=files.payload.content,
        size=files.payload.size,
        store=store if stored else None,
        code_commit=code.commit if code else None,
        bump=versioning.bump,
        warnings=versioning.warnings,
        tags=wish.tags,
        actor=tx.actor,
        at=tx.now,
        reason=wish.reason,
        forced=forced,
    )
    place_files(tx, folder, files.payload, made, stored=stored)
    tx.warnings += versioning.warnings
    after = tx.apply(home, model, event) or model
    with_version(tx, home, wish.name, version, metadata, files.features)
    found = Found(home, after, version)
    if wish.stage is not Stage.DEV:
        found = bring(tx, found, wish.stage, reason=wish.reason, force=wish.force, made_here=True)
    return Registration(
        version=view(found), folder=folder, bump=versioning.bump, reasons=versioning.reasons
    )


def _sealed(tx: Transaction, files: VersionFiles, made: Mapping[str, bytes]) -> dict[str, bytes]:
    from swreg.formats.sealing import SEAL
    from swreg.operations.sealing import seal

    assert files.signing is not None
    return {SEAL: seal(tx.project, files.payload, made, files.signing, at=tx.now)}


def home_and_model(tx: Transaction, wish: Wish) -> tuple[str, Model]:
    """Where the model lives; a new one lives in the increment that registers it."""
    tx.registry.require_free_name(wish.name)
    if tx.registry.homes_of(wish.name):
        return tx.registry.single_home(wish.name), tx.registry.model(wish.name)[1]
    return tx.project.increment(wish.increment), Model(parse_new_name(wish.name))


def wish_increment(tx: Transaction, wish: Wish, home: str) -> str:
    """The folder of the increment that registers this version."""
    if wish.increment is None:
        return home
    return tx.project.increment(wish.increment)


def _require_new_bytes(wish: Wish, model: Model, payload: Payload) -> None:
    if wish.allow_duplicate:
        return
    for version, entry in sorted(model.versions.items(), reverse=True):
        if entry.artifact.content == payload.content:
            raise AlreadyExists(
                f"the same bytes are registered as {wish.name} {version}",
                "promote that one, or use --allow-duplicate",
            )


def complete(
    tx: Transaction,
    wish: Wish,
    files: VersionFiles,
    *,
    version: Version,
    increment: str,
    code: GitFact | None,
    versioning: Versioning,
) -> Metadata:
    """The caller's facts with everything beside them that can be known."""
    given = files.metadata
    if given.name not in (None, wish.name):
        raise UsageError(f"metadata.name is {given.name!r}, not {wish.name!r}", "leave it out")
    return replace(
        given,
        name=wish.name,
        version=version,
        created_at=given.created_at or tx.now,
        increment=home_name(increment),
        model_size=given.model_size or size_text(files.payload.size),
        features=given.features or (files.features.names if files.features else ()),
        num_features=given.num_features or (len(files.features.names) if files.features else None),
        git=given.git or code,
        files=files.payload.files,
        versioning=versioning,
    )


def code_state(project: Project) -> GitFact | None:
    """The commit the training code stands at, and whether the work tree differs from it."""
    commit = project.tip
    if commit is None or project.git.bare:
        return None
    answer = project.git.run("status", "--porcelain", "--untracked-files=no", "--ignore-submodules")
    return GitFact(commit=commit, dirty=bool(answer.out))

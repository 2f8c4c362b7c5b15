"""Which number a new version gets: what the caller says, held against what changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict, Unpack

from swreg.domain import bump
from swreg.domain.catalog import Found, Model
from swreg.domain.metadata_keys import Versioning
from swreg.domain.names import parse_name, plain_text
from swreg.domain.stage import Stage
from swreg.domain.version import FIRST, Bump, Version
from swreg.errors import AlreadyExists, PolicyRefused, UsageError
from swreg.operations.evidence import facts_of_version
from swreg.operations.transaction import Transaction
from swreg.operations.version_files import VersionFiles


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a caller wants registered, and how strictly."""

    name: str
    version: Version | None = None
    kind: Bump | None = None
    increment: str | None = None
    stage: Stage = Stage.DEV
    tags: tuple[str, ...] = ()
    allow_duplicate: bool = False
    force: bool = False
    reason: str = ""


class Wished(TypedDict, total=False):
    """What every way of registering takes beside the name, as words; what is left out is as in Wish.

    `version` is text such as `v3.1.0`, None where the number is to be worked out.
    """

    version: str | None
    increment: str | None
    stage: Stage
    tags: tuple[str, ...]
    allow_duplicate: bool
    force: bool
    reason: str


def wish_of(name: str, **wished: Unpack[Wished]) -> Wish:
    """The wish that a caller's words mean; `UsageError` for words that mean none.

    >>> wish_of("churn", version="v3").version
    Version('v3.0.0')
    """
    version, reason = wished.get("version"), wished.get("reason", "")
    force = wished.get("force", False)
    if force and not reason:
        raise UsageError("force needs a reason", "say with --reason why the rule does not hold")
    return Wish(
        name=parse_name(name),
        version=Version.parse(version) if version is not None else None,
        increment=wished.get("increment"),
        stage=wished.get("stage", Stage.DEV),
        tags=tuple(plain_text(tag, kind="tag") for tag in wished.get("tags", ())),
        allow_duplicate=wished.get("allow_duplicate", False),
        force=force,
        reason=plain_text(reason, kind="reason") if reason else "",
    )


def number(
    tx: Transaction, wish: Wish, home: str, model: Model, files: VersionFiles
) -> tuple[Version, Versioning, bool]:
    """The version, why, and whether force was needed."""
    latest = model.latest
    if latest is None:
        first = wish.version or FIRST
        return first, Versioning(reasons=("first version",)), False
    if wish.version is not None and wish.version in model.versions:
        raise AlreadyExists(
            f"{wish.name} {wish.version} is registered already", "leave --version out"
        )
    below = [one for one in model.versions if wish.version is None or one < wish.version]
    if not below:
        return wish.version or FIRST, Versioning(reasons=("below every other version",)), False
    older = max(below)
    change = bump.change_between(
        facts_of_version(tx.project, tx.source, Found(home, model, older)),
        files.facts(str(wish.version or "new")),
        primary=tx.policy.metrics.primary,
        directions=tx.policy.metrics.directions,
    )
    decided = bump.decide(change)
    version = wish.version or older.bump(wish.kind or decided.bump)
    strict = tx.policy.gates.removed_features == "refuse"
    refusals, warnings = bump.check_explicit(older, version, change, strict_features=strict)
    if refusals and not wish.force:
        raise PolicyRefused(
            f"{version} is too small a step from {older}: {'; '.join(refusals)}",
            f"register it as {older.bump(decided.bump)}, or use --force with --reason",
            tuple(refusals),
        )
    step = version.bump_from(older)
    versioning = Versioning(
        bump=step,
        reasons=decided.reasons if step == decided.bump else (f"asked for: {step or version}",),
        warnings=(*refusals, *warnings),
        forced=wish.reason if refusals else None,
    )
    return version, versioning, bool(refusals)

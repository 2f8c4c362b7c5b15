"""Register a model object: saved in every safe way there is, then like any files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Unpack

from swreg.domain.names import parse_name
from swreg.domain.signature import make_signature
from swreg.domain.version import Bump
from swreg.operations.numbering import Wish, Wished, wish_of
from swreg.operations.objects import from_object
from swreg.operations.outcome import Outcome
from swreg.operations.project import Project
from swreg.operations.register import Registration, register_files
from swreg.operations.storing import set_aside, store_of
from swreg.operations.transaction import WriteOptions

if TYPE_CHECKING:
    from swreg.formats.sealing import SigningKey


def register_object(
    project: Project,
    name: str,
    model: object,
    *,
    metadata: Mapping[str, Any] | None = None,
    input_example: Any = None,
    signature: Mapping[str, Mapping[str, Any]] | None = None,
    signing: SigningKey | None = None,
    options: WriteOptions = WriteOptions(),
    **wished: Unpack[Wished],
) -> Outcome[Registration]:
    """Register a trained model; see `register` for what is refused."""
    wish = wish_of(name, **wished)
    return _register(project, wish, model, metadata, options, input_example, signature, signing)


def bump_object(
    project: Project,
    name: str,
    kind: Bump,
    model: object,
    *,
    metadata: Mapping[str, Any] | None = None,
    increment: str | None = None,
    options: WriteOptions = WriteOptions(),
) -> Outcome[Registration]:
    """Register a trained model as the next major, minor or patch version."""
    wish = Wish(name=parse_name(name), kind=kind, increment=increment)
    return _register(project, wish, model, metadata, options, None, None)


def _register(
    project: Project,
    wish: Wish,
    model: object,
    metadata: Mapping[str, Any] | None,
    options: WriteOptions,
    input_example: Any,
    signature: Mapping[str, Mapping[str, Any]] | None,
    signing: SigningKey | None = None,
) -> Outcome[Registration]:
    declared = None
    if signature is not None:
        declared = make_signature(signature.get("inputs", {}), signature.get("outputs", {}))
    with set_aside(project, store_of(project, options)) as place:
        files, notes = from_object(
            model, place, metadata or {}, input_example=input_example, signature=declared
        )
        outcome = register_files(project, wish, replace(files, signing=signing), options)
    return replace(outcome, warnings=(*notes, *outcome.warnings))

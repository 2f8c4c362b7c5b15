"""How loosely callers may write: what each word of a call means to the operations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from swreg.domain.names import Reference, parse_reference
from swreg.domain.stage import Stage, parse_stage
from swreg.errors import ApprovalPending, UsageError
from swreg.operations.outcome import Outcome
from swreg.operations.project import Project

if TYPE_CHECKING:
    from swreg.formats.sealing import SigningKey

T = TypeVar("T")

_INCREMENT_VERSION = re.compile(r"(\d{4}[A-Za-z]?)-(v\d.*)")


def text(given: object, *, kind: str) -> str:
    """Text that is one; raises `UsageError` for anything else, such as None or a number.

    >>> text("churn", kind="name")
    'churn'
    """
    if not isinstance(given, str):
        raise UsageError(f"{kind} must be text, not {_said(given)}", f'write {kind}="…"')
    return given


def texts(given: Iterable[str] | None, *, kind: str) -> tuple[str, ...]:
    """A list of texts; None is none. A single text is refused: it would be read letter by letter.

    >>> texts(["grace@example.org"], kind="approvers")
    ('grace@example.org',)
    """
    if given is None:
        return ()
    if isinstance(given, (str, bytes, Mapping)) or not isinstance(given, Iterable):
        raise UsageError(f"{kind} must be a list of texts, not {_said(given)}", f'{kind}=["…"]')
    return tuple(text(one, kind=f"each of {kind}") for one in given)


def signing_of(
    project: Project, key: Path | str | None, certificate: Path | str | None
) -> SigningKey | None:
    """The key that a caller names to sign a model with, None for none."""
    if key is None and certificate is None:
        return None
    from swreg.operations.sealing import signing_key

    key = None if key is None else Path(key)
    return signing_key(project, key, None if certificate is None else Path(certificate))


def mapping(given: object, *, kind: str) -> Mapping[str, Any]:
    """A mapping from names; None is an empty one. Raises `UsageError` for anything else."""
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise UsageError(f"{kind} must be a mapping, not {_said(given)}", f'{kind}={{"…": …}}')
    for key in given:
        text(key, kind=f"each name in {kind}")
    return given


def facts_or_none(given: object) -> Mapping[str, Any] | None:
    """The facts that `metadata=` holds; None stays None."""
    return None if given is None else mapping(given, kind="metadata")


def signature_of(given: object) -> Mapping[str, Mapping[str, Any]] | None:
    """A signature as callers write it, `{"inputs": {…}, "outputs": {…}}`; None stays None."""
    if given is None:
        return None
    parts = mapping(given, kind="signature")
    odd = [name for name in parts if name not in ("inputs", "outputs")]
    if odd:
        raise UsageError(f"signature: {odd[0]!r} is no part of it", "its parts: inputs, outputs")
    return {name: mapping(part, kind=f"signature[{name!r}]") for name, part in parts.items()}


def count(given: object, *, kind: str) -> int:
    """A whole number; raises `UsageError` for anything else, also for the text of one."""
    if isinstance(given, bool) or not isinstance(given, int):
        raise UsageError(f"{kind} must be a whole number, not {_said(given)}", f"write {kind}=1")
    return given


def _said(given: object) -> str:
    shown = repr(given)
    return shown if len(shown) <= 40 else type(given).__name__


def open_project(path: Path | str | None, environment: str | None = None) -> Project:
    """The project of a folder, or of the current one."""
    return Project.open(Path(path) if path is not None else Path.cwd(), environment=environment)


def stage_or_none(word: str | Stage | None) -> Stage | None:
    """A stage in any spelling; None stays None."""
    return a_stage(word) if word is not None else None


def a_stage(word: str | Stage) -> Stage:
    """A stage in any spelling."""
    return parse_stage(text(word, kind="stage"))


def day(word: date | str | None) -> date | None:
    """A day from a date or its text, `2024-06-01`."""
    if word is None or isinstance(word, date):
        return word
    try:
        return date.fromisoformat(word)
    except (TypeError, ValueError):
        raise UsageError(f"{word!r} is no date", "write it like 2024-06-01") from None


def reference_to(
    name: str, *, version: str | None = None, stage: str | Stage | None = None
) -> Reference:
    """The reference that a name with a version or a stage means."""
    text(name, kind="name")
    if version is not None and stage is not None:
        raise UsageError("version and stage are both given", "say one of them")
    if version is not None:
        return parse_reference(name, str(version))
    reference = parse_reference(name)
    wanted = stage_or_none(stage)
    if wanted is None:
        return reference
    return replace(reference, version=None, stage=wanted, others=())


def increment_version(word: str) -> tuple[str | None, str]:
    """The increment and the version of a word like `0042-v3`.

    >>> increment_version("0042-v3")
    ('0042', 'v3')
    """
    found = _INCREMENT_VERSION.fullmatch(text(word, kind="version"))
    return (found[1], found[2]) if found else (None, word)


def value_of(outcome: Outcome[T]) -> T:
    """The value of an outcome; what was refused after the change is raised.

    A request that waits for approvals is no error in Python: it is what the caller asked for.
    """
    if outcome.refusal is not None and not isinstance(outcome.refusal, ApprovalPending):
        raise outcome.refusal
    return outcome.data
